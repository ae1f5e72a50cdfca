/* SPDX-License-Identifier: Apache-2.0 */
#include "http/test_main.h"

#include "base/check.h"
#include "http/message.h"

static struct arena *arena;
static struct cursor_key key;

static int set_up(void **state)
{
	arena = arena_new(4096, 1024 * 1024, NULL, NULL);
	cursor_key_init(&key, STR("a secret"));
	return 0;
}

static int tear_down(void **state)
{
	arena_free(arena);
	return 0;
}

static void test_round_trip(void **state)
{
	static const struct str payloads[] = { STR(""), STR("x"), STR("2026-11-21T10:00:00Z|0193\0binary") };

	for (size_t i = 0; i < ARRAY_COUNT(payloads); i++) {
		struct str text = cursor_seal(arena, &key, STR("orders"), payloads[i]);
		struct str payload;

		assert_int_equal(cursor_open(arena, &key, STR("orders"), text, &payload), 0);
		assert_str(payload, payloads[i]);
	}
}

static void test_longest(void **state)
{
	char bytes[CURSOR_PAYLOAD_MAX];
	struct str payload;

	memset(bytes, 0xff, sizeof(bytes));
	assert_int_equal(cursor_open(arena, &key, STR("s"),
	                             cursor_seal(arena, &key, STR("s"), (struct str){ bytes, sizeof(bytes) }),
	                             &payload),
	                 0);
	assert_int_equal(payload.len, sizeof(bytes));
}

static void test_bound_to_scope_and_key(void **state)
{
	struct str text = cursor_seal(arena, &key, STR("orders?sort=a"), STR("bc"));
	struct cursor_key other;
	struct str payload = STR("untouched");

	cursor_key_init(&other, STR("another secret"));
	assert_int_equal(cursor_open(arena, &key, STR("orders?sort="), text, &payload), -1);
	assert_int_equal(cursor_open(arena, &key, STR("orders?sort=ab"), text, &payload), -1);
	assert_int_equal(cursor_open(arena, &other, STR("orders?sort=a"), text, &payload), -1);
	assert_str(payload, STR("untouched"));
}

/* The scope's end cannot be moved into the payload. */
static void test_scope_has_an_end(void **state)
{
	struct str one = cursor_seal(arena, &key, STR("ab"), STR("c"));
	struct str two = cursor_seal(arena, &key, STR("a"), STR("bc"));

	assert_false(str_eq(str_slice(one, one.len - 16, one.len), str_slice(two, two.len - 16, two.len)));
}

static void test_every_changed_character(void **state)
{
	struct str text = cursor_seal(arena, &key, STR("s"), STR("payload"));
	struct str payload;

	for (size_t i = 0; i < text.len; i++) {
		struct str changed = str_dup(arena, text);

		((char *)changed.ptr)[i] = changed.ptr[i] == 'A' ? 'B' : 'A';
		assert_int_equal(cursor_open(arena, &key, STR("s"), changed, &payload), -1);
	}
	for (size_t len = 0; len < text.len; len++)
		assert_int_equal(cursor_open(arena, &key, STR("s"), str_slice(text, 0, len), &payload), -1);
}

static void test_foreign(void **state)
{
	char many[1000];
	struct str payload;

	memset(many, 'A', sizeof(many));
	assert_int_equal(cursor_open(arena, &key, STR("s"), STR(""), &payload), -1);
	assert_int_equal(cursor_open(arena, &key, STR("s"), STR("not base64!"), &payload), -1);
	assert_int_equal(cursor_open(arena, &key, STR("s"), (struct str){ many, sizeof(many) }, &payload), -1);
	assert_int_equal(cursor_open(arena, &key, STR("s"), (struct str){ many, 64 }, &payload), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_longest),
		cmocka_unit_test(test_bound_to_scope_and_key),
		cmocka_unit_test(test_scope_has_an_end),
		cmocka_unit_test(test_every_changed_character),
		cmocka_unit_test(test_foreign),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
