/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"
#include "task/task.h"

static void in_task(task_fn *fn, void *arg)
{
	const struct task_options options = { .name = "tested", .arena_max = 64 * 1024 };
	struct loop *loop = loop_new();

	assert_non_null(task_spawn(loop, &options, fn, arg));
	loop_run(loop);
	assert_int_equal(tasks_running(loop), 0);
	loop_free(loop);
}

/* ---- Every way to end --------------------------------------------------------------------------- */

static void end_well(void *arg)
{
	(void)arg;
}

static void end_refused(void *arg)
{
	refuse(&problem_not_found, "order %d of %s", 7, (const char *)arg);
}

static void end_failed(void *arg)
{
	fail("no luck with %s", (const char *)arg);
}

static void end_unavailable(void *arg)
{
	fail_unavailable(9, "%s is away", (const char *)arg);
}

static void end_conflict(void *arg)
{
	fail_conflict("%s changed", (const char *)arg);
}

static void end_deadline(void *arg)
{
	(void)arg;
	task_end(WAKE_DEADLINE);
}

static void end_cancelled(void *arg)
{
	(void)arg;
	task_end(WAKE_CANCELLED);
}

static void end_again(void *arg)
{
	struct failure failure = task_attempt(end_unavailable, arg);

	fail_again(&failure);
}

struct ending {
	task_fn *fn;
	enum failure_kind kind;
	const struct problem *problem;
	const char *detail;
	int retry_after_s;
};

static const struct ending endings[] = {
	{ end_well, FAILURE_NONE },
	{ end_refused, FAILURE_REFUSED, &problem_not_found, "order 7 of Ada" },
	{ end_failed, FAILURE_FAILED, &problem_internal, "no luck with Ada" },
	{ end_unavailable, FAILURE_UNAVAILABLE, &problem_unavailable, "Ada is away", 9 },
	{ end_conflict, FAILURE_CONFLICT, &problem_conflict, "Ada changed" },
	{ end_deadline, FAILURE_DEADLINE, &problem_deadline, "past the deadline" },
	{ end_cancelled, FAILURE_CANCELLED, NULL, "cancelled" },
	{ end_again, FAILURE_UNAVAILABLE, &problem_unavailable, "Ada is away", 9 },
};

static bool ending_ok[ARRAY_COUNT(endings)];

static void attempt_endings(void *arg)
{
	char name[] = "Ada";

	(void)arg;
	for (size_t i = 0; i < ARRAY_COUNT(endings); i++) {
		const struct ending *ending = &endings[i];
		struct failure failure = task_attempt(ending->fn, name);
		ending_ok[i] = failure.kind == ending->kind && failure.problem == ending->problem &&
		               str_eq(failure.detail, str_from(ending->detail)) &&
		               failure.retry_after_s == ending->retry_after_s && failure.field_count == 0;
	}
}

static void attempts_tell_how_they_ended(void **state)
{
	(void)state;
	in_task(attempt_endings, NULL);
	for (size_t i = 0; i < ARRAY_COUNT(endings); i++)
		assert_true(ending_ok[i]);
}

/* ---- Nesting ---------------------------------------------------------------------------------- */

static char trace[256];

static void note(const char *text)
{
	size_t len = strlen(trace);

	snprintf(trace + len, sizeof(trace) - len, "%s", text);
}

static void on_reset(void *arg)
{
	note(arg);
}

static void inner(void *arg)
{
	arena_on_reset(task_arena(), on_reset, (void *)"[inner]");
	task_sleep_us(1);
	fail("inner %s", (const char *)arg);
}

static void outer(void *arg)
{
	volatile int before = 1;

	arena_on_reset(task_arena(), on_reset, (void *)"[outer]");
	before = 2;
	struct failure failure = task_attempt(inner, arg);
	note(failure.kind == FAILURE_FAILED && before == 2 ? "caught " : "missed ");
	refuse(&problem_conflict, "outer after %.*s", STR_ARG(failure.detail));
}

static void nest(void *arg)
{
	struct failure failure = task_attempt(outer, arg);

	note(failure.kind == FAILURE_REFUSED ? "refused: " : "missed: ");
	note(failure.detail.len < 100 ? str_cstr(task_arena(), failure.detail) : "long");
	note(" ");
	arena_reset(task_arena());
	note(" again ");
	arena_on_reset(task_arena(), on_reset, (void *)"[end]");
}

static void attempts_nest_and_hooks_run_last_in_first_out(void **state)
{
	(void)state;
	trace[0] = '\0';
	in_task(nest, (void *)"trouble");
	assert_string_equal(trace, "caught refused: outer after inner trouble [inner][outer] again [end]");
}

static void nest_deep(void *arg)
{
	int *depth = arg;

	if (--*depth > 0)
		(void)task_attempt(nest_deep, depth);
	fail("%d", *depth);
}

static void attempt_deep(void *arg)
{
	if (task_attempt(nest_deep, arg).kind == FAILURE_FAILED)
		note("deep");
}

static void attempts_nest_deep(void **state)
{
	int depth = 20;

	(void)state;
	trace[0] = '\0';
	in_task(attempt_deep, &depth);
	assert_string_equal(trace, "deep");
}

static int64_t instants[4];

static void take_inner_instant(void *arg)
{
	(void)arg;
	instants[2] = task_now_us();
}

static void take_instants(void *arg)
{
	(void)arg;
	instants[0] = task_now_us();
	task_sleep_us(2000);
	instants[1] = task_now_us();
	(void)task_attempt(take_inner_instant, NULL);
	instants[3] = task_now_us();
}

static void an_attempt_lives_at_one_instant(void **state)
{
	(void)state;
	in_task(take_instants, NULL);
	assert_true(instants[0] > INT64_C(1577836800000000));
	assert_int_equal(instants[0], instants[1]);
	assert_true(instants[2] > instants[0]);
	assert_int_equal(instants[0], instants[3]);
}

/* ---- Texts outlive the frames they came from ------------------------------------------------------ */

static void refuse_from_stack(void *arg)
{
	char pointer[] = "#/lines/0";
	char detail[] = "at most 99";
	const struct field_error fields[] = { { str_from(pointer), str_from(detail) },
		                              { STR("page"), STR_NULL, false } };

	(void)arg;
	refuse_fields(&problem_invalid_body, fields, ARRAY_COUNT(fields));
}

static void refuse_with_members(void *arg)
{
	char text[] = "stock is short";
	char json[] = "17";
	const struct problem_member members[] = { { STR("available"), str_from(json) } };

	(void)arg;
	refuse_with(&problem_conflict, str_from(text), members, ARRAY_COUNT(members));
}

/* Overwrites what the attempts before left on the stack. */
static __attribute__((noinline)) void scribble(void)
{
	volatile char rubbish[4096];

	for (size_t i = 0; i < sizeof(rubbish); i++)
		rubbish[i] = '#';
}

static bool texts_ok[2];

static void keep_texts(void *arg)
{
	struct failure fields = task_attempt(refuse_from_stack, NULL);
	struct failure members = task_attempt(refuse_with_members, NULL);

	(void)arg;
	scribble();
	texts_ok[0] = fields.kind == FAILURE_REFUSED && fields.problem == &problem_invalid_body &&
	              fields.field_count == 2 && str_eq(fields.fields[0].pointer, STR("#/lines/0")) &&
	              str_eq(fields.fields[0].detail, STR("at most 99")) && str_is_null(fields.fields[1].detail) &&
	              str_is_null(fields.detail);
	texts_ok[1] = members.member_count == 1 && str_eq(members.detail, STR("stock is short")) &&
	              str_eq(members.members[0].name, STR("available")) && str_eq(members.members[0].json, STR("17")) &&
	              members.field_count == 0;
}

static void failures_own_their_texts(void **state)
{
	(void)state;
	in_task(keep_texts, NULL);
	assert_true(texts_ok[0]);
	assert_true(texts_ok[1]);
}

/* ---- A full arena ------------------------------------------------------------------------------- */

static void fill_arena(void *arg)
{
	(void)arg;
	for (;;)
		arena_alloc(task_arena(), 16);
}

static void refuse_many(void *arg)
{
	static struct field_error fields[5000];

	for (size_t i = 0; i < ARRAY_COUNT(fields); i++)
		fields[i].pointer = STR("#/lines/0/quantity");
	(void)arg;
	refuse_fields(&problem_invalid_body, fields, ARRAY_COUNT(fields));
}

static bool full_ok[4];

static void fail_when_full(void *arg)
{
	struct failure full = task_attempt(fill_arena, NULL);
	struct failure printed = task_attempt(end_refused, arg);

	full_ok[0] = full.kind == FAILURE_FAILED && full.problem == &problem_internal && full.detail.len > 0;
	full_ok[1] = printed.kind == FAILURE_REFUSED && printed.problem == &problem_not_found &&
	             str_eq(printed.detail, STR("order 7 of Ada"));
	arena_reset(task_arena());
	struct failure many = task_attempt(refuse_many, NULL);
	full_ok[2] = many.kind == FAILURE_REFUSED && many.field_count == 0 && !many.fields;
	full = task_attempt(fill_arena, NULL);
	full_ok[3] = full.kind == FAILURE_FAILED;
}

static void a_full_arena_ends_the_attempt_and_loses_no_refusal(void **state)
{
	(void)state;
	in_task(fail_when_full, (void *)"Ada");
	for (size_t i = 0; i < ARRAY_COUNT(full_ok); i++)
		assert_true(full_ok[i]);
}

static void fail_at_length(void *arg)
{
	fail("%s", (const char *)arg);
}

static size_t length_kept;

static void attempt_at_length(void *arg)
{
	length_kept = task_attempt(fail_at_length, arg).detail.len;
}

static void long_details_are_cut(void **state)
{
	char text[2000];

	(void)state;
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	in_task(attempt_at_length, text);
	assert_int_equal(length_kept, 511);
}

/* ---- What nobody catches ------------------------------------------------------------------------ */

static void on_unhandled(const char *task_name, const struct failure *failure)
{
	size_t len = strlen(trace);

	snprintf(trace + len, sizeof(trace) - len, "%s %d %.*s", task_name, failure->kind, STR_ARG(failure->detail));
}

static void unhandled_failures_are_reported(void **state)
{
	(void)state;
	tasks_on_unhandled(on_unhandled);
	trace[0] = '\0';
	in_task(end_failed, (void *)"Ada");
	assert_string_equal(trace, "tested 2 no luck with Ada");
	trace[0] = '\0';
	in_task(end_cancelled, NULL);
	assert_string_equal(trace, "");
	tasks_on_unhandled(NULL);
}

static void fail_outside(void)
{
	fail("nowhere to go");
}

static void fail_in_hook(void *arg)
{
	(void)arg;
	fail("in a hook");
}

static void leave_failing_hook(void *arg)
{
	(void)arg;
	arena_on_reset(task_arena(), fail_in_hook, NULL);
}

static void fail_in_last_hook(void)
{
	in_task(leave_failing_hook, NULL);
}

static void wait_outside(void)
{
	task_sleep_us(1);
}

/* Runs fn in a child process and returns the signal that ended it; 0 if none did. */
static int signal_of_child(void (*fn)(void))
{
	const struct rlimit no_core = { 0, 0 };
	int status = 0;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		setrlimit(RLIMIT_CORE, &no_core);
		signal(SIGABRT, SIG_DFL);
		if (!freopen("/dev/null", "w", stderr))
			_exit(2);
		fn();
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void failing_where_no_attempt_is_aborts(void **state)
{
	(void)state;
	assert_int_equal(signal_of_child(fail_outside), SIGABRT);
	assert_int_equal(signal_of_child(fail_in_last_hook), SIGABRT);
	assert_int_equal(signal_of_child(wait_outside), SIGABRT);
}

static void problems_are_rows_with_codes_of_their_own(void **state)
{
	(void)state;
	for (size_t i = 0; problems_general[i]; i++) {
		const struct problem *problem = problems_general[i];
		assert_in_range(problem->status, 400, 599);
		assert_true(problem->code[0] && problem->title[0]);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(problem->code, problems_general[j]->code);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(attempts_tell_how_they_ended),
		cmocka_unit_test(attempts_nest_and_hooks_run_last_in_first_out),
		cmocka_unit_test(attempts_nest_deep),
		cmocka_unit_test(an_attempt_lives_at_one_instant),
		cmocka_unit_test(failures_own_their_texts),
		cmocka_unit_test(a_full_arena_ends_the_attempt_and_loses_no_refusal),
		cmocka_unit_test(long_details_are_cut),
		cmocka_unit_test(unhandled_failures_are_reported),
		cmocka_unit_test(failing_where_no_attempt_is_aborts),
		cmocka_unit_test(problems_are_rows_with_codes_of_their_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
