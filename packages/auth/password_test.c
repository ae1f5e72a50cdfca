/* SPDX-License-Identifier: Apache-2.0 */
/* Password hashing in tasks: right and wrong, accounts there are none of, and what happens to those who wait too many.
 */
#include "base/test.h"
#undef fail /* ours ends an attempt */

#include <sodium.h>

#include "auth/password.h"
#include "base/clock.h"
#include "task/task.h"

/* cmocka's asserts would jump off the task's stack. */
#define EXPECT(expression) \
	do { \
		if (!(expression)) \
			fail("line %d: %s", __LINE__, #expression); \
	} while (0)

struct outcome {
	task_fn *body;
	struct failure failure;
	char detail[200];
};

static void run_body(void *arg)
{
	struct outcome *outcome = arg;

	outcome->failure = task_attempt(outcome->body, NULL);
	snprintf(outcome->detail, sizeof(outcome->detail), "%.*s", STR_ARG(outcome->failure.detail));
	arena_reset(task_arena());
}

static const struct task_options options = { .name = "test", .timeout_us = 60 * US_PER_S };

static void run(task_fn *body)
{
	struct loop *loop = loop_new();
	struct outcome outcome = { .body = body };

	assert_non_null(task_spawn(loop, &options, run_body, &outcome));
	loop_run(loop);
	loop_free(loop);
	if (outcome.failure.kind)
		test_fail("%s", outcome.detail);
}

static void right_and_wrong(void *arg)
{
	struct str hash = password_hash(STR("correct horse")), other = password_hash(STR("correct horse"));

	EXPECT(str_starts(hash, STR("$argon2id$")));
	EXPECT(!str_eq(hash, other));
	EXPECT(password_check(STR("correct horse"), hash));
	EXPECT(password_check(STR("correct horse"), other));
	EXPECT(!password_check(STR("correct horsf"), hash));
	EXPECT(!password_check(STR("correct hors"), hash));
	EXPECT(!password_check(STR("correct horse "), hash));
	EXPECT(!password_check(STR("correct horse\0"), hash));
	EXPECT(!password_check(STR(""), hash));
}

static void test_right_and_wrong_passwords(void **state)
{
	run(right_and_wrong);
}

static void odd_bytes(void *arg)
{
	static char longest[PASSWORD_MAX];
	const struct str whole = { longest, sizeof(longest) };
	const struct str shorter = { longest, sizeof(longest) - 1 };

	memset(longest, 0xc3, sizeof(longest));
	struct str hash = password_hash(whole);

	EXPECT(password_check(whole, hash));
	EXPECT(!password_check(shorter, hash));
	hash = password_hash(STR("nul \0 inside"));
	EXPECT(password_check(STR("nul \0 inside"), hash));
	EXPECT(!password_check(STR("nul \0 insidE"), hash));
}

static void test_every_byte_counts(void **state)
{
	run(odd_bytes);
}

static void no_account(void *arg)
{
	EXPECT(!password_check(STR("anything"), STR_NULL));
	EXPECT(!password_check(STR(""), STR_NULL));
	EXPECT(!password_check(STR("anything"), STR("")));
	EXPECT(!password_check(STR("anything"), STR("anything")));
	EXPECT(!password_check(STR("anything"), STR("$argon2id$v=19$m=65536,t=2,p=1$")));
	EXPECT(!password_check(STR("anything"), STR("$argon2id$v=19$m=4294967295,t=4294967295,p=1$AAAA$AAAA")));
}

static void test_no_account_and_no_hash(void **state)
{
	run(no_account);
}

/* Nobody's hash is well-formed, and as costly as those we make: else the time would tell. */
static void test_nobody_costs_as_much_as_somebody(void **state)
{
	assert_int_equal(crypto_pwhash_str_needs_rehash(password_nobody, crypto_pwhash_OPSLIMIT_INTERACTIVE,
	                                                crypto_pwhash_MEMLIMIT_INTERACTIVE),
	                 0);
}

static void made_by_us(void *arg)
{
	struct str hash = password_hash(STR("correct horse"));

	EXPECT(!crypto_pwhash_str_needs_rehash(str_cstr(task_arena(), hash), crypto_pwhash_OPSLIMIT_INTERACTIVE,
	                                       crypto_pwhash_MEMLIMIT_INTERACTIVE));
	EXPECT(hash.len == strlen(password_nobody));
}

static void test_somebody_costs_as_much_as_nobody(void **state)
{
	run(made_by_us);
}

/* ---- Crowds ----------------------------------------------------------------------------------- */

enum { CROWD = 80, RUNNING = 2, WAITING = 64 };

static struct {
	struct task *tasks[CROWD];
	int kinds[FAILURE_CANCELLED + 1];
} crowd;

static void check_one(void *arg)
{
	password_check(STR("anything"), STR_NULL);
}

static void join_crowd(void *arg)
{
	struct task **place = arg;

	crowd.kinds[task_attempt(check_one, NULL).kind]++;
	*place = NULL;
	arena_reset(task_arena());
}

static void watch_crowd(void *arg)
{
	while (!crowd.kinds[FAILURE_UNAVAILABLE])
		task_yield();
	for (int i = 0; i < CROWD; i++)
		if (crowd.tasks[i])
			task_cancel(crowd.tasks[i]);
}

static void test_a_crowd_is_turned_away(void **state)
{
	struct loop *loop = loop_new();

	memset(&crowd, 0, sizeof(crowd));
	for (int i = 0; i < CROWD; i++) {
		crowd.tasks[i] = task_spawn(loop, &options, join_crowd, &crowd.tasks[i]);
		assert_non_null(crowd.tasks[i]);
	}
	assert_non_null(task_spawn(loop, &options, watch_crowd, NULL));
	loop_run(loop);
	loop_free(loop);
	assert_int_equal(crowd.kinds[FAILURE_UNAVAILABLE], CROWD - RUNNING - WAITING);
	assert_int_equal(crowd.kinds[FAILURE_CANCELLED] + crowd.kinds[FAILURE_NONE], RUNNING + WAITING);
	assert_true(crowd.kinds[FAILURE_CANCELLED] >= WAITING);
}

/* What they held came back with them. */
static void test_after_the_crowd_there_is_room(void **state)
{
	run(right_and_wrong);
	test_a_crowd_is_turned_away(state);
}

/* ---- Registrations and logins ------------------------------------------------------------------- */

enum { REGISTRATIONS = 24 };

static struct {
	int made, refused, made_before_check;
	bool checked;
} rush;

static void make_one(void *arg)
{
	password_hash(STR("correct horse"));
}

static void register_somebody(void *arg)
{
	struct failure failure = task_attempt(make_one, NULL);

	rush.made += failure.kind == FAILURE_NONE;
	rush.refused += failure.kind == FAILURE_UNAVAILABLE;
	arena_reset(task_arena());
}

static void log_in(void *arg)
{
	password_check(STR("anything"), STR_NULL);
	rush.checked = true;
	rush.made_before_check = rush.made;
}

/* Both take equally long: a login that found its own place free ends beside the first registration, not after all. */
static void test_those_who_log_in_keep_a_place(void **state)
{
	struct loop *loop = loop_new();

	memset(&rush, 0, sizeof(rush));
	for (int i = 0; i < REGISTRATIONS; i++)
		assert_non_null(task_spawn(loop, &options, register_somebody, NULL));
	assert_non_null(task_spawn(loop, &options, log_in, NULL));
	loop_run(loop);
	loop_free(loop);
	assert_true(rush.checked);
	assert_int_equal(rush.made, REGISTRATIONS);
	assert_true(rush.made_before_check < REGISTRATIONS / 2);
}

enum { MAKES_RUNNING = 1, MAKES_WAITING = 32 };

static void test_too_many_registrations_are_turned_away(void **state)
{
	struct loop *loop = loop_new();

	memset(&rush, 0, sizeof(rush));
	for (int i = 0; i < MAKES_RUNNING + MAKES_WAITING + 3; i++)
		assert_non_null(task_spawn(loop, &options, register_somebody, NULL));
	loop_run(loop);
	loop_free(loop);
	assert_int_equal(rush.made, MAKES_RUNNING + MAKES_WAITING);
	assert_int_equal(rush.refused, 3);
}

static int start(void **state)
{
	return sodium_init() < 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_right_and_wrong_passwords),
		cmocka_unit_test(test_every_byte_counts),
		cmocka_unit_test(test_no_account_and_no_hash),
		cmocka_unit_test(test_nobody_costs_as_much_as_somebody),
		cmocka_unit_test(test_somebody_costs_as_much_as_nobody),
		cmocka_unit_test(test_a_crowd_is_turned_away),
		cmocka_unit_test(test_after_the_crowd_there_is_room),
		cmocka_unit_test(test_those_who_log_in_keep_a_place),
		cmocka_unit_test(test_too_many_registrations_are_turned_away),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
