/* SPDX-License-Identifier: Apache-2.0 */
/* What names make of columns and parameters: sums of money and choices; and lists by page. */
#include "db/test_stage.h"

static void echo_named(struct stage *stage, int64_t n)
{
	struct named in = { .price = EUR(7), .state = STATE_closed };
	const struct named *out = sql_read(stage->db, &named_echo, &in, NULL);

	(void)n;
	assert_memory_equal(&out->price, &in.price, sizeof(in.price));
	assert_memory_equal(&out->none, &in.none, sizeof(in.none));
	assert_int_equal(out->state, STATE_closed);
	assert_int_equal(out->unset, state_none);
}

/* The first sum comes without its currency, the second without its amount. */
static void read_halves(struct stage *stage, int64_t n)
{
	static const struct money absent;
	struct named in = { .price = EUR(7), .state = STATE_open };
	const struct named *out = sql_read(stage->db, &named_halves, &in, NULL);

	(void)n;
	assert_memory_equal(&out->price, &absent, sizeof(absent));
	assert_memory_equal(&out->none, &absent, sizeof(absent));
}

static void test_money_and_choices_round_trip(void **state)
{
	struct stage *stage = open_stage((struct db_options){ 0 });

	(void)state;
	spawn(stage, echo_named, 0, 0);
	spawn(stage, read_halves, 0, 0);
	run_all(stage);
	assert_int_equal(stage->ends.none, 2);
	close_stage(stage);
}

static void read_odd(struct stage *stage, int64_t n)
{
	(void)n;
	sql_read(stage->db, &named_odd, &(struct named){ .price = EUR(1), .state = STATE_ajar }, NULL);
}

/* One row of a newer release does not take the others with it. */
static void read_odds(struct stage *stage, int64_t n)
{
	size_t count = 0;
	const struct named *rows =
	        sql_read(stage->db, &named_odds, &(struct named){ .price = EUR(1), .state = STATE_ajar }, &count);

	(void)n;
	assert_int_equal(count, 1);
	assert_int_equal(rows[0].state, state_none);
	assert_int_equal(rows[0].price.amount, 1);
}

static void send_state(struct stage *stage, int64_t n)
{
	sql_read(stage->db, &named_echo, &(struct named){ .state = (int)n }, NULL);
}

struct attempt {
	struct stage *stage;
	void (*fn)(struct stage *stage, int64_t n);
	int64_t n;
};

static void run_attempt(void *arg)
{
	struct attempt *run = arg;

	run->fn(run->stage, run->n);
}

static void expect_failures(struct stage *stage, int64_t n)
{
	struct attempt attempts[] = { { stage, read_odd, 0 },
		                      { stage, send_state, state_none },
		                      { stage, send_state, state_count },
		                      { stage, send_state, -1 } };
	static const char *const details[] = { "named_odd: column state: \"ajar?\" is no state of this release",
		                               "named_echo: parameter state is NULL",
		                               "named_echo: parameter state is out of range",
		                               "named_echo: parameter state is out of range" };

	(void)n;
	for (size_t i = 0; i < ARRAY_COUNT(attempts); i++) {
		struct failure failure = task_attempt(run_attempt, &attempts[i]);

		assert_int_equal(failure.kind, i == 0 ? FAILURE_UNAVAILABLE : FAILURE_FAILED);
		assert_str(failure.detail, str_from(details[i]));
	}
}

static void test_unknown_choices_fail(void **state)
{
	struct stage *stage = open_stage((struct db_options){ 0 });

	(void)state;
	spawn(stage, expect_failures, 0, 0);
	spawn(stage, read_odds, 0, 0);
	run_all(stage);
	assert_int_equal(stage->ends.none, 2);
	close_stage(stage);
}

/* ---- Pages --------------------------------------------------------------------------------------------------- */

/* As the door makes it of the last row shown. */
static void go_on_after(struct sql_page *page, const struct item_row *row)
{
	const struct sql_order *order = &item_pages.orders[page->order];

	page->after_set = true;
	for (size_t i = 0; i < order->key_count; i++)
		page->after[i].number = *(const int64_t *)((const char *)row + order->keys[i].offset);
}

static void walk(struct stage *stage, int64_t order)
{
	struct sql_total_row total = { 0 };
	struct item_page_params params = { .page = { .order = (size_t)order, .limit = 8, .total = &total },
		                           .least = 10 };
	const struct item_row *last = NULL;
	size_t seen = 0, count;

	do {
		const struct item_row *rows = sql_read_page(stage->db, &item_pages, &params.page, &params, &count);

		assert_int_equal(total.total, 100);
		for (size_t i = 0; i < count; i++) {
			int64_t before = last ? last->id : 0;

			if (order)
				assert_true(!last || rows[i].amount < last->amount ||
				            (rows[i].amount == last->amount && rows[i].id < before));
			else
				assert_true(rows[i].id > before);
			last = &rows[i];
		}
		seen += count;
		if (count)
			go_on_after(&params.page, last);
	} while (count == 8);
	assert_int_equal(seen, 100);
	params.page = (struct sql_page){ .order = (size_t)order, .limit = 101, .total = &total };
	total.total = 0;
	(void)sql_read_page(stage->db, &item_pages, &params.page, &params, &count);
	assert_int_equal(total.total, 100);
}

static void ask_for_no_page(struct stage *stage, int64_t n)
{
	struct sql_page page = { .order = (size_t)n, .limit = n ? 1 : 0 };

	(void)stage;
	(void)sql_page_statement(&item_pages, &page, NULL);
}

static void test_pages_meet_each_row_once(void **state)
{
	struct stage *stage = open_stage((struct db_options){ 0 });

	(void)state;
	admin("UPDATE shop.item SET amount = 10 + id % 7");
	spawn(stage, walk, 0, 0);
	spawn(stage, walk, 1, 0);
	spawn(stage, ask_for_no_page, 0, 0);
	spawn(stage, ask_for_no_page, 2, 0);
	run_all(stage);
	assert_int_equal(stage->ends.none, 2);
	assert_int_equal(stage->ends.failed, 2);
	close_stage(stage);
}

STAGE_MAIN(cmocka_unit_test(test_money_and_choices_round_trip), cmocka_unit_test(test_unknown_choices_fail),
           cmocka_unit_test(test_pages_meet_each_row_once))
