/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys of an outside provider, for one loop: fetched over HTTPS when first needed, kept as long as the provider's
 * Cache-Control says (max-age, between five minutes and a day; an hour without one), fetched again for a kid that is
 * not among them, at most once a minute. While the provider is away the last keys stay good for a day.
 *
 * A fetch runs on the thread pool, one at a time for each loop, and takes three seconds and 128 KiB at most; no
 * redirect is followed. A task that needs the keys waits for the fetch.
 */
#ifndef STOA_AUTH_JWKS_SOURCE_H
#define STOA_AUTH_JWKS_SOURCE_H

#include "auth/jwks.h"
#include "task/loop.h"

struct jwks_source;

/* Whether `url` is one that keys may come from: https, or http to this machine. */
bool jwks_url_allowed(struct str url);

/* `url` outlives the source. Fetches nothing yet. */
struct jwks_source *jwks_source_new(struct loop *loop, const char *url);
void jwks_source_free(struct jwks_source *source); /* no task may be waiting */

/* The known keys, fetched again when `kid` is not among them; it may be missing in the result, too. Valid until the
 * task waits. fail_unavailable when no keys can be had. */
const struct jwks *jwks_source_get(struct jwks_source *source, struct str kid);

/* ---- When to fetch: apart, for tests ------------------------------------------------------------- */

/* Times are monotonic microseconds; 0: never. */
struct jwks_age {
	int64_t fetched_at, expires_at; /* of the keys there are */
	int64_t tried_at;               /* successful or not */
	int64_t missed_at;              /* for a kid that was not among fresh keys */
};

enum jwks_step { JWKS_USE, JWKS_FETCH, JWKS_AWAY };
/* What to do for a kid that is known or not. AWAY: there are no keys, and it is too soon to ask again. FETCH is noted
 * in *age when it is for a missing kid. */
enum jwks_step jwks_next(struct jwks_age *age, bool known, int64_t now_us);
/* Microseconds to keep keys, from a Cache-Control header; null: none was sent. */
int64_t jwks_life(struct str cache_control);

#endif
