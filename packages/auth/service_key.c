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

bool service_key_grantable(enum permission permission)
{
	if (permission == PERMISSION_ANYONE || permission == PERMISSION_SIGNED_IN)
		return false;
	for (enum role role = ROLE_NONE + 1; role < ROLE_COUNT; role++)
		if (role_audience(role) == AUDIENCE_PUBLIC && role_can(role, permission))
			return false;
	return role_can(ROLE_ADMIN, permission);
}

uint64_t service_key_all(void)
{
	uint64_t can = 0;

	for (enum permission permission = 0; permission < PERMISSION_COUNT; permission++)
		if (service_key_grantable(permission))
			can |= UINT64_C(1) << permission;
	return can;
}

uint64_t service_key_permissions(struct str_list names)
{
	uint64_t can = 0;

	for (enum permission permission = 0; permission < PERMISSION_COUNT; permission++)
		for (size_t i = 0; i < names.count; i++)
			if (str_eq(permission_name(permission), names.items[i]) && service_key_grantable(permission))
				can |= UINT64_C(1) << permission;
	return can;
}

struct actor service_key_actor(const struct service_key *key, struct arena *arena)
{
	return (struct actor){
		.account_id = key->id,
		.audience = AUDIENCE_ADMIN,
		.scope = key->scope,
		.expires_at = key->expires_at,
		.key = str_dup(arena, str_from(key->name)),
		.can = key->can,
	};
}

/* ---- Remembered --------------------------------------------------------------------------------- */

struct service_key_cache *service_key_cache_new(void)
{
	struct service_key_cache *cache = calloc(1, sizeof(*cache));

	CHECK(cache);
	return cache;
}

void service_key_cache_free(struct service_key_cache *cache)
{
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

	if (!uuid_eq(cache->slots[at].key.id, key->id))
		cache->slots[at].used_at = 0;
	cache->slots[at].key = *key;
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
