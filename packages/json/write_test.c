/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"

#include <math.h>

#include "json/json.h"
#include "json/sample.h"

#define FULL                                                                                                        \
	"{\"note\":\"a\\nb\",\"email\":\"ann@example.org\",\"password\":\"s3cret-word\",\"nickname\":null,"         \
	"\"priority\":-5,\"any_number\":-9223372036854775808,\"rank\":10,\"weight\":0.1,\"share\":1,\"gift\":true," \
	"\"express\":false,\"parent_id\":\"00000000-0000-7000-8000-000000000001\","                                 \
	"\"placed_at\":\"2026-11-21T10:00:00.500000Z\",\"due_at\":null,\"total\":{\"amount\":100,\"currency\":"     \
	"\"EUR\"},"                                                                                                 \
	"\"tip\":{\"amount\":-1,\"currency\":\"JPY\"},\"shortage\":\"refund\","                                     \
	"\"address\":{\"street\":\"A \\u0001 \\\"B\\\"\",\"city\":\"Köln\",\"floor\":null},"                       \
	"\"lines\":[{\"product_id\":\"00000000-0000-7000-8000-000000000001\",\"quantity\":1},"                      \
	"{\"product_id\":\"00000000-0000-7000-8000-000000000002\",\"quantity\":999,\"on_short\":\"ask_me\"}],"      \
	"\"tags\":[\"a\",\"\"],\"fallbacks\":[\"refund\"],"                                                         \
	"\"product_ids\":[\"00000000-0000-7000-8000-000000000001\"],\"extra\":{\"x\":[1, 2.50]},"                   \
	"\"tree\":{\"label\":\"root\",\"children\":[{\"label\":\"leaf\",\"children\":[]}]}}"

static struct arena *arena;

static int set_up(void **state)
{
	arena = arena_new(4096, 1 << 20, NULL, NULL);
	return 0;
}

static int tear_down(void **state)
{
	arena_free(arena);
	return 0;
}

static void assert_text(struct buf *buf, const char *expected)
{
	assert_false(buf->overflow);
	assert_string_equal(str_cstr(arena, buf_view(buf)), expected);
}

static struct buf new_buf(void)
{
	struct buf buf;

	buf_init_arena(&buf, arena, 1 << 16);
	return buf;
}

static void test_what_is_read_is_written(void **state)
{
	struct sample_order order;
	struct json_errors errors;
	struct buf buf = new_buf();

	if (json_read(arena, &sample_order_schema, STR(FULL), &order, &errors))
		fail_msg("%.*s: %.*s", STR_ARG(errors.items[0].pointer), STR_ARG(errors.items[0].detail));
	assert_true(order.any_number == INT64_MIN);
	assert_true(order.rank.set && order.rank.value == 10);
	assert_true(order.express.set && !order.express.value);
	assert_int_equal(order.shortage, SAMPLE_SHORTAGE_refund);
	assert_int_equal(order.lines.count, 2);
	assert_int_equal(order.lines.items[1].quantity, 999);
	assert_int_equal(order.lines.items[0].on_short, sample_shortage_none);
	assert_string_equal(order.tip.value.currency, "JPY");
	assert_int_equal(order.address->city.len, 5);
	assert_true(str_eq(order.tree->children.items[0].label, STR("leaf")));
	json_write(&buf, &sample_order_schema, &order);
	assert_text(&buf, FULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_what_is_read_is_written, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
