/* SPDX-License-Identifier: Apache-2.0 */
/* Service keys: their form, what they may be given, and for how long they are remembered. */
#include "base/test.h"

#include <sodium.h>

#include "auth/service_key.h"
#include "auth/test_roles.h"
#include "base/clock.h"

static struct arena *arena;
static struct permissions *permissions;

static int start(void **state)
{
	arena = arena_new(4096, 1024 * 1024, NULL, NULL);
	permissions = test_permissions();
	return sodium_init() < 0;
}

static int stop(void **state)
{
	permissions_free(permissions);
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

/* Nothing that lets people or keys in, nothing of an account's own, nothing that every account has. */
static void test_what_a_key_may_have(void **state)
{
	static const struct permission *const never[] = {
		&permission_anyone, &permission_signed_in, &users_write, &orders_own, &orders_follow,
	};
	struct str names[] = { STR("orders.read"), STR("users.write"), STR("nothing"), STR("orders.own"),
		               STR("stock.adjust") };
	struct permission_set can =
	        service_key_permissions(permissions, arena, (struct str_list){ names, ARRAY_COUNT(names) });
	struct permission_set none = service_key_permissions(permissions, arena, (struct str_list){ NULL, 0 });
	struct permission_set all = service_key_all(permissions, arena);

	for (size_t i = 0; i < ARRAY_COUNT(never); i++) {
		assert_false(service_key_grantable(never[i]));
		assert_null(service_key_permission(permissions, str_from(never[i]->name)));
		assert_false(permission_set_has(can, never[i]) || permission_set_has(all, never[i]));
	}
	assert_ptr_equal(service_key_permission(permissions, STR("orders.read")), &orders_read);
	assert_true(permission_set_has(can, &orders_read) && permission_set_has(can, &stock_adjust));
	assert_false(permission_set_has(can, &orders_cancel) || permission_set_has(none, &orders_read));
	assert_true(permission_set_has(all, &stock_adjust) && permission_set_has(all, &orders_cancel));
}

static struct service_key key_made(const char *name)
{
	struct service_key key = { .can = permission_set_new(permissions, arena), .expires_at = INT64_MAX };

	permission_set_add(key.can, &orders_read);
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
	assert_true(actor_can(&actor, &permission_anyone) && actor_can(&actor, &orders_read));
	assert_false(actor_can(&actor, &permission_signed_in) || actor_can(&actor, &orders_cancel));
	actor = (struct actor){ .role = &picker_role, .can = role_permissions(permissions, &picker_role) };
	assert_true(actor_can(&actor, &permission_signed_in) && actor_can(&actor, &orders_read));
	assert_false(actor_can(&actor, &orders_cancel));
}

static void test_a_key_is_remembered_for_a_second(void **state)
{
	struct service_key_cache *cache = service_key_cache_new(permissions);
	struct service_key key = key_made("till"), other = key_made("another");
	int64_t now_us = 1000 * US_PER_S;

	assert_null(service_key_recall(cache, key.hash, now_us));
	service_key_remember(cache, &key, now_us);
	assert_non_null(service_key_recall(cache, key.hash, now_us + US_PER_S - 1));
	assert_true(permission_set_has(service_key_recall(cache, key.hash, now_us)->can, &orders_read));
	assert_null(service_key_recall(cache, key.hash, now_us + US_PER_S));
	assert_null(service_key_recall(cache, key.hash, now_us - 1)); /* a clock set back */
	assert_null(service_key_recall(cache, other.hash, now_us));
	service_key_cache_free(cache);
}

static void test_use_is_written_down_once_a_minute(void **state)
{
	struct service_key_cache *cache = service_key_cache_new(permissions);
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
	struct service_key_cache *cache = service_key_cache_new(permissions);

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
