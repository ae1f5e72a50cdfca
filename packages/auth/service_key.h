/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Service keys: how machines call the admin API, by X-API-Key instead of a token. A key is 32 random bytes as text
 * behind "sk_"; what is stored, and what it is found by, is its SHA-256, and hashes are compared in constant time. Its
 * permissions are a set of its own, of the kind WORK only (permission.h): never those that give people or keys access,
 * nor those of an account's own things.
 *
 * The result of a look-up is remembered per loop for a second, in a fixed table whose newest entry wins: so a revoked
 * key is refused everywhere within two seconds, and a busy caller costs one look-up a second.
 */
#ifndef STOA_AUTH_SERVICE_KEY_H
#define STOA_AUTH_SERVICE_KEY_H

#include "auth/permission.h"
#include "auth/token.h"
#include "base/vec.h"

enum { SERVICE_KEY_NAME_MAX = 50, SERVICE_KEY_LEN = 46, SERVICE_KEY_HINT_LEN = 8, SERVICE_KEY_HASH_LEN = 32 };

struct service_key {
	struct uuid id;
	char name[SERVICE_KEY_NAME_MAX + 1];
	uint8_t hash[SERVICE_KEY_HASH_LEN]; /* of its text */
	struct permission_set can;
	struct opt_uuid scope; /* the one store whose rows it may see; not set: all */
	int64_t expires_at;    /* us; INT64_MAX: never */
};

struct str service_key_new(struct arena *arena); /* the text, shown once */
bool service_key_shaped(struct str text);        /* could be one of ours: worth a look-up */
void service_key_hash(uint8_t ret[SERVICE_KEY_HASH_LEN], struct str text);

/* Those of the kind WORK, and no others. */
bool service_key_grantable(const struct permission *permission);
/* NULL: unknown, or no key may have it. */
const struct permission *service_key_permission(const struct permissions *permissions, struct str name);
/* The set of those names, in the arena. What no key may have is left out. */
struct permission_set service_key_permissions(const struct permissions *permissions, struct arena *arena,
                                              struct str_list names);
struct permission_set service_key_all(const struct permissions *permissions, struct arena *arena);

/* The actor of a key; its name and permissions are copied into the arena. */
struct actor service_key_actor(const struct service_key *key, struct arena *arena);

/* ---- Remembered --------------------------------------------------------------------------------- */

struct service_key_cache; /* per loop */

/* `permissions` outlives it. */
struct service_key_cache *service_key_cache_new(const struct permissions *permissions);
void service_key_cache_free(struct service_key_cache *cache);
/* NULL when it is not remembered, or for too long. Valid until the next call for the cache. */
const struct service_key *service_key_recall(struct service_key_cache *cache, const uint8_t hash[SERVICE_KEY_HASH_LEN],
                                             int64_t now_us);
/* Copied, its permissions too. */
void service_key_remember(struct service_key_cache *cache, const struct service_key *key, int64_t now_us);
/* Whether its use is to be stored now: true once a minute for each key remembered. */
bool service_key_used(struct service_key_cache *cache, const struct service_key *key, int64_t now_us);

#endif
