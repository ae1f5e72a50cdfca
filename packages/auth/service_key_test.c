/* SPDX-License-Identifier: Apache-2.0 */
/* Service keys: their form, what they may be given, and for how long they are remembered. */
#include "base/test.h"

#include <sodium.h>

#include "auth/service_key.h"
#include "base/clock.h"

static struct arena *arena;

static int start(void **state)
{
	arena = arena_new(4096, 1024 * 1024, NULL, NULL);
	return sodium_init() < 0;
}

static int stop(void **state)
{
	arena_free(arena);
	return 0;
}

static void test_keys_have_a_form(void **state)
{
	struct str one = service_key_new(arena), other = service_key_new(arena);

	assert_true(service_key_shaped(one) && service_key_shaped(other));
	assert_false(str_eq(one, other));
	assert_false(service_key_shaped(STR("")));
	assert_false(service_key_shaped(STR_NULL));
	assert_false(service_key_shaped(str_slice(one, 0, one.len - 1)));
	assert_false(service_key_shaped(str_slice(one, 1, one.len)));
}

/* Nothing that lets people or keys in, nothing of one's own, nothing that every account has. */
static void test_what_a_key_may_have(void **state)
{
	static const enum permission never[] = {
		PERMISSION_ANYONE,     PERMISSION_SIGNED_IN,      PERMISSION_USERS_WRITE,   PERMISSION_KEYS_WRITE,
		PERMISSION_ORDERS_OWN, PERMISSION_DELIVERIES_OWN, PERMISSION_ADDRESSES_OWN, PERMISSION_ORDERS_FOLLOW,
	};
	struct str names[] = { STR("orders.read"), STR("users.write"), STR("nothing"), STR("stock.adjust") };

	for (size_t i = 0; i < ARRAY_COUNT(never); i++)
		assert_false(service_key_grantable(never[i]));
	assert_true(service_key_grantable(PERMISSION_ORDERS_READ));
	assert_true(service_key_permissions((struct str_list){ names, ARRAY_COUNT(names) }) ==
	            (CAN(ORDERS_READ) | CAN(STOCK_ADJUST)));
	assert_true(service_key_permissions((struct str_list){ NULL, 0 }) == 0);
	assert_true(service_key_all() & CAN(STOCK_ADJUST));
	assert_false(service_key_all() & (CAN(USERS_WRITE) | CAN(KEYS_WRITE) | CAN(SIGNED_IN)));
}

static struct service_key key_made(const char *name)
{
	struct service_key key = { .can = CAN(ORDERS_READ), .expires_at = INT64_MAX };

	snprintf(key.name, sizeof(key.name), "%s", name);
	service_key_hash(key.hash, str_from(name));
	memcpy(key.id.bytes, key.hash, sizeof(key.id.bytes));
	return key;
}

static void test_the_actor_of_a_key(void **state)
{
	struct service_key key = key_made("till");
	struct actor actor = service_key_actor(&key, arena);

	assert_str(actor.key, STR("till"));
	assert_true(actor_can(&actor, PERMISSION_ANYONE) && actor_can(&actor, PERMISSION_ORDERS_READ));
	assert_false(actor_can(&actor, PERMISSION_SIGNED_IN) || actor_can(&actor, PERMISSION_ORDERS_CANCEL));
	actor = (struct actor){ .role = ROLE_PICKER, .can = CAN(ORDERS_CANCEL) };
	assert_true(actor_can(&actor, PERMISSION_SIGNED_IN) && actor_can(&actor, PERMISSION_PICKING_WORK));
	assert_false(actor_can(&actor, PERMISSION_ORDERS_CANCEL));
}

static void test_a_key_is_remembered_for_a_second(void **state)
{
	struct service_key_cache *cache = service_key_cache_new();
	struct service_key key = key_made("till"), other = key_made("another");
	int64_t now_us = 1000 * US_PER_S;

	assert_null(service_key_recall(cache, key.hash, now_us));
	service_key_remember(cache, &key, now_us);
	assert_non_null(service_key_recall(cache, key.hash, now_us + US_PER_S - 1));
	assert_null(service_key_recall(cache, key.hash, now_us + US_PER_S));
	assert_null(service_key_recall(cache, key.hash, now_us - 1)); /* a clock set back */
	assert_null(service_key_recall(cache, other.hash, now_us));
	service_key_cache_free(cache);
}

static void test_use_is_written_down_once_a_minute(void **state)
{
	struct service_key_cache *cache = service_key_cache_new();
	struct service_key key = key_made("till");
	int64_t now_us = 1000 * US_PER_S;

	assert_false(service_key_used(cache, &key, now_us));
	service_key_remember(cache, &key, now_us);
	assert_true(service_key_used(cache, &key, now_us));
	assert_false(service_key_used(cache, &key, now_us + 59 * US_PER_S));
	service_key_remember(cache, &key, now_us + 59 * US_PER_S);
	assert_false(service_key_used(cache, &key, now_us + 59 * US_PER_S));
	assert_true(service_key_used(cache, &key, now_us + 60 * US_PER_S));
	service_key_cache_free(cache);
}

/* However many keys come, the table is as large as ever, and each newest one is found. */
static void test_many_keys(void **state)
{
	struct service_key_cache *cache = service_key_cache_new();

	for (int i = 0; i < 5000; i++) {
		char name[SERVICE_KEY_NAME_MAX];

		snprintf(name, sizeof(name), "key-%d", i);
		struct service_key key = key_made(name);

		service_key_remember(cache, &key, US_PER_S);
		const struct service_key *found = service_key_recall(cache, key.hash, US_PER_S);

		assert_non_null(found);
		assert_string_equal(found->name, name);
	}
	service_key_cache_free(cache);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys_have_a_form),
		cmocka_unit_test(test_what_a_key_may_have),
		cmocka_unit_test(test_the_actor_of_a_key),
		cmocka_unit_test(test_a_key_is_remembered_for_a_second),
		cmocka_unit_test(test_use_is_written_down_once_a_minute),
		cmocka_unit_test(test_many_keys),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
