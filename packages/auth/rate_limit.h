/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rate limits by GCRA (a leaky bucket kept as one time stamp): in Redis, shared by all instances, one script call;
 * while Redis is away, locally, with the same numbers per process. Local buckets are bounded (65,536, oldest idle
 * dropped).
 */
#ifndef STOA_AUTH_RATE_LIMIT_H
#define STOA_AUTH_RATE_LIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "task/loop.h"

struct config_section;
struct redis;

struct rate_rule {
	const char *name; /* "default", "login": in the headers and the key */
	int64_t window_us;
	int64_t quota; /* per window and principal, also the burst; 0 = no limit */
	/* Or the quota is configured: a number of this section of the configuration (RATE_QUOTA). */
	const struct config_section *section;
	size_t offset;
};

#define RATE_QUOTA(tag, member) .section = &tag##_section, .offset = offsetof(struct tag, member)

/* The rule with the quota that is set; `values` is the section's struct, and not looked at without one. */
struct rate_rule rate_rule_configured(const struct rate_rule *rule, const void *values);

struct rate_verdict {
	bool allowed;
	int64_t remaining;      /* of the quota */
	int64_t retry_after_us; /* 0 when allowed */
	int64_t reset_us;       /* until the bucket is full again */
};

struct rate_limiter;                                                           /* per loop */
struct rate_limiter *rate_limiter_new(struct loop *loop, struct redis *redis); /* redis may be NULL */
void rate_limiter_free(struct rate_limiter *limiter);

/* Takes one from the principal's bucket ("ip:10.0.0.7"). In a task; decides locally as soon as Redis does not answer in
 * time. */
struct rate_verdict rate_take(struct rate_limiter *limiter, const struct rate_rule *rule, struct str principal);

#endif
