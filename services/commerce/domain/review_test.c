/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"

#include "commerce/domain/review.h"

/* clang-format off */
/* The table a second time: who takes a step, and where it leads from each state; 0: it must be refused. */
static const struct {
	int step;
	unsigned who;
	int to[review_state_count];
} rows[] = {
	/*                              none, pending, published, rejected, withdrawn */
	{ STEP_publish, BY_MODERATOR, { 0, REVIEW_published, 0, REVIEW_published, 0 } },
	{ STEP_reject, BY_MODERATOR, { 0, REVIEW_rejected, REVIEW_rejected, 0, 0 } },
	{ STEP_edit, BY_AUTHOR, { 0, REVIEW_pending, REVIEW_pending, REVIEW_pending, 0 } },
	{ STEP_withdraw, BY_AUTHOR, { 0, REVIEW_withdrawn, REVIEW_withdrawn, REVIEW_withdrawn, 0 } },
};
/* clang-format on */

static void test_every_step_from_every_state(void **state)
{
	assert_int_equal(ARRAY_COUNT(rows), review_step_count - 1);
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		for (int from = 1; from < review_state_count; from++)
			for (unsigned who = BY_AUTHOR; who <= BY_MODERATOR; who++) {
				const struct machine_row *row =
				        machine_may_step(&review_machine, from, rows[i].step, who);

				assert_int_equal(row ? row->to : 0, who == rows[i].who ? rows[i].to[from] : 0);
				if (row)
					assert_int_equal(row->guard,
					                 row->to == REVIEW_rejected ? REVIEW_NEEDS_REASON : 0);
			}
}

static void test_the_machine_holds_together(void **state)
{
	static const int finals[] = { REVIEW_withdrawn, 0 }, rests[] = { REVIEW_published, REVIEW_rejected, 0 };
	const struct machine_promise promise = {
		.first = REVIEW_pending, .finals = finals, .rests = rests, .always = BY_MODERATOR
	};
	char why[200];

	if (machine_check(&review_machine, &promise, why, sizeof(why)))
		test_fail("%s", why);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_every_step_from_every_state),
		                            cmocka_unit_test(test_the_machine_holds_together) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
