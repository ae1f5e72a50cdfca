/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"

#include "base/arena.h"
#include "base/uuid.h"

#define NOW_US INT64_C(1764000000123456)

static void ids_of_one_thread_ascend(void **state)
{
	struct uuid last = uuid_new_v7(NOW_US);

	assert_int_equal(uuid_time_us(last), NOW_US / 1000 * 1000);
	/* More than the counter holds, so the next millisecond is borrowed; and the clock steps back a little. */
	for (int i = 0; i < 20000; i++) {
		struct uuid id = uuid_new_v7(NOW_US - (i % 5) * 1000);

		assert_true(uuid_cmp(last, id) < 0);
		assert_int_equal(id.bytes[6] >> 4, 7);
		assert_int_equal(id.bytes[8] >> 6, 2);
		last = id;
	}
	assert_in_range(uuid_time_us(last) / 1000, NOW_US / 1000 + 4, NOW_US / 1000 + 5);
}

static void a_big_step_back_is_believed(void **state)
{
	uuid_new_v7(NOW_US + 3600 * INT64_C(1000000));
	assert_int_equal(uuid_time_us(uuid_new_v7(NOW_US)), NOW_US / 1000 * 1000);
}

static void names_give_fixed_ids(void **state)
{
	struct uuid a = uuid_from_name(STR("product/1")), b = uuid_from_name(STR("product/2"));

	assert_true(uuid_eq(a, uuid_from_name(STR("product/1"))));
	assert_false(uuid_eq(a, b));
	assert_int_equal(uuid_time_us(a), INT64_C(1767225600000000));
	assert_int_equal(uuid_time_us(b), INT64_C(1767225600000000));
	assert_memory_not_equal(a.bytes + 8, b.bytes + 8, 8);
	assert_int_equal(a.bytes[6] >> 4, 7);
	assert_int_equal(a.bytes[8] >> 6, 2);
	assert_false(uuid_is_nil(a));
	assert_true(uuid_is_nil((struct uuid){ 0 }));
}

static void text_forms(void **state)
{
	static const struct {
		struct str text;
		int result;
	} cases[] = {
		{ STR("0189dcd5-5311-7d40-8db0-9496a2eef37b"), 0 },
		{ STR("0189DCD5-5311-7D40-8DB0-9496A2EEF37B"), 0 },
		{ STR_NULL, -1 },
		{ STR(""), -1 },
		{ STR("0189dcd5-5311-7d40-8db0-9496a2eef37"), -1 },
		{ STR("0189dcd5-5311-7d40-8db0-9496a2eef37b0"), -1 },
		{ STR("0189dcd553117d408db09496a2eef37b"), -1 },
		{ STR("0189dcd5-5311-7d40-8db0+9496a2eef37b"), -1 },
		{ STR("0189dcd55-311-7d40-8db0-9496a2eef37b"), -1 },
		{ STR("0189dcd5-5311-7d40-8db0-9496a2eef37g"), -1 },
		{ STR("0189dcd5-5311-7d40-8db0-9496a2eef3\xff\xff"), -1 },
		{ STR("0189dcd5-5311-7d40-8db0-9496a2eef3\x10\x11"), -1 },
		{ STR("{189dcd5-5311-7d40-8db0-9496a2eef37}"), -1 },
	};
	struct arena *arena = arena_new(256, 4096, NULL, NULL);

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct uuid id = { { 9 } };

		assert_int_equal(uuid_parse(cases[i].text, &id), cases[i].result);
		if (cases[i].result == 0)
			assert_str(uuid_text(arena, id), cases[0].text);
		else
			assert_int_equal(id.bytes[0], 9);
	}
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_of_one_thread_ascend),
		cmocka_unit_test(a_big_step_back_is_believed),
		cmocka_unit_test(names_give_fixed_ids),
		cmocka_unit_test(text_forms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
