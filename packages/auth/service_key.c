/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/service_key.h"

#include <sodium.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/clock.h"

enum { CACHE_SLOTS = 256 };
#define PREFIX        STR("sk_")
#define REMEMBERED_US US_PER_S
#define USED_EVERY_US (60 * US_PER_S)

struct service_key_cache {
	struct {
		struct service_key key;
		int64_t found_at; /* 0: nothing here */
		int64_t used_at;  /* written down */
	} slots[CACHE_SLOTS];
	size_t words;   /* of a set of permissions */
	uint64_t *bits; /* a set a slot */
};

struct str service_key_new(struct arena *arena)
{
	struct str secret = secret_new(arena);

	return str_printf(arena, "%.*s%.*s", STR_ARG(PREFIX), STR_ARG(secret));
}

bool service_key_shaped(struct str text)
{
	return text.len == SERVICE_KEY_LEN && str_starts(text, PREFIX);
}

void service_key_hash(uint8_t ret[SERVICE_KEY_HASH_LEN], struct str text)
{
	crypto_hash_sha256(ret, (const uint8_t *)text.ptr, text.len);
}

/* ---- Permissions -------------------------------------------------------------------------------- */

bool service_key_grantable(const struct permission *permission)
{
	return permission->kind == PERMISSION_WORK;
}

const struct permission *service_key_permission(const struct permissions *permissions, struct str name)
{
	struct permission_list all = permissions_all(permissions);

	for (size_t i = 0; i < all.count; i++)
		if (service_key_grantable(all.items[i]) && str_eq(str_from(all.items[i]->name), name))
			return all.items[i];
	return NULL;
}

struct permission_set service_key_permissions(const struct permissions *permissions, struct arena *arena,
                                              struct str_list names)
{
	struct permission_set can = permission_set_new(permissions, arena);

	for (size_t i = 0; i < names.count; i++) {
		const struct permission *permission = service_key_permission(permissions, names.items[i]);

		if (permission)
			permission_set_add(can, permission);
	}
	return can;
}

struct permission_set service_key_all(const struct permissions *permissions, struct arena *arena)
{
	struct permission_list all = permissions_all(permissions);
	struct permission_set can = permission_set_new(permissions, arena);

	for (size_t i = 0; i < all.count; i++)
		if (service_key_grantable(all.items[i]))
			permission_set_add(can, all.items[i]);
	return can;
}

struct actor service_key_actor(const struct service_key *key, struct arena *arena)
{
	return (struct actor){
		.account_id = key->id,
		.session_id = key->id,
		.audience = AUDIENCE_ADMIN,
		.scope = key->scope,
		.expires_at = key->expires_at,
		.key = str_dup(arena, str_from(key->name)),
		.can = permission_set_copy(key->can, arena),
	};
}

/* ---- Remembered --------------------------------------------------------------------------------- */

struct service_key_cache *service_key_cache_new(const struct permissions *permissions)
{
	struct service_key_cache *cache = calloc(1, sizeof(*cache));

	CHECK(cache);
	cache->words = permission_set_words(permissions);
	cache->bits = calloc(CACHE_SLOTS * cache->words, sizeof(*cache->bits));
	CHECK(cache->bits);
	return cache;
}

void service_key_cache_free(struct service_key_cache *cache)
{
	if (!cache)
		return;
	free(cache->bits);
	free(cache);
}

static size_t slot_of(const uint8_t hash[SERVICE_KEY_HASH_LEN])
{
	uint32_t index;

	memcpy(&index, hash, sizeof(index));
	return index % CACHE_SLOTS;
}

const struct service_key *service_key_recall(struct service_key_cache *cache, const uint8_t hash[SERVICE_KEY_HASH_LEN],
                                             int64_t now_us)
{
	size_t at = slot_of(hash);
	int64_t age_us = now_us - cache->slots[at].found_at;

	if (!cache->slots[at].found_at || age_us < 0 || age_us >= REMEMBERED_US ||
	    sodium_memcmp(cache->slots[at].key.hash, hash, SERVICE_KEY_HASH_LEN) != 0)
		return NULL;
	return &cache->slots[at].key;
}

void service_key_remember(struct service_key_cache *cache, const struct service_key *key, int64_t now_us)
{
	size_t at = slot_of(key->hash);
	uint64_t *bits = cache->bits + at * cache->words;

	if (!uuid_eq(cache->slots[at].key.id, key->id))
		cache->slots[at].used_at = 0;
	cache->slots[at].key = *key;
	if (key->can.of)
		memcpy(bits, key->can.bits, cache->words * sizeof(*bits));
	cache->slots[at].key.can.bits = bits;
	cache->slots[at].found_at = now_us;
}

bool service_key_used(struct service_key_cache *cache, const struct service_key *key, int64_t now_us)
{
	size_t at = slot_of(key->hash);

	if (!uuid_eq(cache->slots[at].key.id, key->id) || now_us - cache->slots[at].used_at < USED_EVERY_US)
		return false;
	cache->slots[at].used_at = now_us;
	return true;
}
