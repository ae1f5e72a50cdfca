/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An attempt is a jump target on the task's own stack; failing jumps to the innermost. What a failure says is copied
 * into the arena first, for it may point at frames that are about to vanish. The copy may itself find the arena full:
 * then the failure goes on without its lists and with as much of its detail as the task's own buffer holds.
 */
#include <stdarg.h>
#include <stdatomic.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/encode.h"
#include "task/internal.h"

struct failure task_attempt(task_fn *fn, void *arg)
{
	struct task *task = task_must_self();
	struct attempt attempt;

	attempt.outer = task->attempt;
	attempt.now_us = clock_now_us();
	task->attempt = &attempt;
	if (_setjmp(attempt.env) == 0) {
		fn(arg);
		task->attempt = attempt.outer;
		return (struct failure){ .kind = FAILURE_NONE };
	}
	/* Neither `task` nor `attempt` changed since _setjmp, so both are what they were; still, ask anew rather
	 * than trust a register. */
	task = task_self();
	task->attempt = attempt.outer;
	return task->failure;
}

struct failure task_attempt_within(int64_t timeout_us, task_fn *fn, void *arg)
{
	struct task *const task = task_must_self();
	const int64_t outer_deadline_us = task->deadline_us;
	task_set_timeout(timeout_us);
	struct failure failure = task_attempt(fn, arg);
	task_move_deadline(task, outer_deadline_us);
	return failure;
}

/* ---- The way out ------------------------------------------------------------------------------ */

static NORETURN void leave(struct task *task, struct failure failure)
{
	struct attempt *attempt = task->attempt;

	task->reporting = NULL;
	task->failure = failure;
	_longjmp(attempt->env, 1);
}

/* Outside any attempt there is nowhere to go: a bug, for instance in a clean-up hook. */
static struct task *failing_task(const char *detail)
{
	struct task *task = task_self();

	if (!task || !task->attempt) {
		fprintf(stderr, "failure outside any attempt%s%s: %s\n", task ? " of task " : "",
		        task ? task->name : "", detail);
		abort();
	}
	return task;
}

static struct str copy_text(struct arena *arena, struct str text)
{
	return text.ptr ? str_dup(arena, text) : text;
}

static const struct field_error *copy_fields(struct arena *arena, const struct field_error *fields, size_t count)
{
	struct field_error *copies = ARENA_ARRAY(arena, struct field_error, count);

	for (size_t i = 0; i < count; i++) {
		copies[i].header = fields[i].header;
		copies[i].pointer = copy_text(arena, fields[i].pointer);
		copies[i].detail = copy_text(arena, fields[i].detail);
	}
	return copies;
}

static const struct problem_member *copy_members(struct arena *arena, const struct problem_member *members,
                                                 size_t count)
{
	struct problem_member *copies = ARENA_ARRAY(arena, struct problem_member, count);

	for (size_t i = 0; i < count; i++) {
		copies[i].name = copy_text(arena, members[i].name);
		copies[i].json = copy_text(arena, members[i].json);
	}
	return copies;
}

/* Ends the attempt with a failure whose texts live anywhere. */
static NORETURN void end_attempt(struct failure failure)
{
	struct task *task = failing_task("a failure");
	const struct failure given = failure;

	task->reporting = &given;
	failure.detail = copy_text(task->arena, given.detail);
	if (given.field_count)
		failure.fields = copy_fields(task->arena, given.fields, given.field_count);
	if (given.member_count)
		failure.members = copy_members(task->arena, given.members, given.member_count);
	leave(task, failure);
}

void task_on_exhausted(void *arg)
{
	struct task *task = arg;
	struct failure kept = { .kind = FAILURE_FAILED,
		                .problem = &problem_internal,
		                .detail = STR("the task's arena is full") };

	if (task->reporting) {
		kept = *task->reporting;
		size_t len = kept.detail.len < sizeof(task->detail) ? kept.detail.len : sizeof(task->detail);
		if (kept.detail.ptr && kept.detail.ptr != task->detail)
			memmove(task->detail, kept.detail.ptr, len);
		len = utf8_mend(task->detail, len);
		kept.detail = (struct str){ kept.detail.ptr ? task->detail : NULL, len };
		kept.fields = NULL;
		kept.field_count = 0;
		kept.members = NULL;
		kept.member_count = 0;
	}
	failing_task("the task's arena is full");
	leave(task, kept);
}

/* Prints into the task's own buffer, so that nothing can fail before the failure is complete. */
static PRINTF_LIKE(1, 0) struct str print_detail(const char *format, va_list args)
{
	struct task *task = task_self();
	char outside[TASK_DETAIL_MAX];
	char *text = task ? task->detail : outside;

	text[0] = '\0';
	(void)vsnprintf(text, TASK_DETAIL_MAX, format, args);
	text[utf8_mend(text, strlen(text))] = '\0'; /* it may be cut, and it may quote anything */
	task = failing_task(text);
	return str_from(task->detail);
}

void refuse(const struct problem *problem, const char *format, ...)
{
	va_list args;

	CHECK(problem);
	va_start(args, format);
	struct str detail = print_detail(format, args);
	va_end(args);
	end_attempt((struct failure){ .kind = FAILURE_REFUSED, .problem = problem, .detail = detail });
}

void refuse_fields(const struct problem *problem, const struct field_error *fields, size_t count)
{
	CHECK(problem);
	end_attempt((struct failure){
	        .kind = FAILURE_REFUSED, .problem = problem, .fields = count ? fields : NULL, .field_count = count });
}

void refuse_field(const struct problem *problem, const char *pointer, const char *detail)
{
	refuse_fields(problem, &(struct field_error){ str_from(pointer), str_from(detail), false }, 1);
}

void refuse_header(const char *name, const char *detail)
{
	refuse_fields(&problem_invalid_parameter, &(struct field_error){ str_from(name), str_from(detail), true }, 1);
}

void refuse_with(const struct problem *problem, struct str detail, const struct problem_member *members, size_t count)
{
	CHECK(problem);
	end_attempt((struct failure){ .kind = FAILURE_REFUSED,
	                              .problem = problem,
	                              .detail = detail,
	                              .members = count ? members : NULL,
	                              .member_count = count });
}

void fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	struct str detail = print_detail(format, args);
	va_end(args);
	end_attempt((struct failure){ .kind = FAILURE_FAILED, .problem = &problem_internal, .detail = detail });
}

void fail_unavailable(int retry_after_s, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	struct str detail = print_detail(format, args);
	va_end(args);
	end_attempt((struct failure){ .kind = FAILURE_UNAVAILABLE,
	                              .problem = &problem_unavailable,
	                              .detail = detail,
	                              .retry_after_s = retry_after_s });
}

void fail_conflict(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	struct str detail = print_detail(format, args);
	va_end(args);
	end_attempt((struct failure){ .kind = FAILURE_CONFLICT, .problem = &problem_conflict, .detail = detail });
}

void fail_again(const struct failure *failure)
{
	CHECK(failure->kind != FAILURE_NONE);
	leave(failing_task("a failure again"), *failure);
}

void task_end(enum wake why)
{
	CHECK(why != WAKE_DONE);
	struct task *task = failing_task(why == WAKE_CANCELLED ? "cancelled" : "past the deadline");
	if (why == WAKE_CANCELLED)
		leave(task, (struct failure){ .kind = FAILURE_CANCELLED, .detail = STR("cancelled") });
	leave(task, (struct failure){ .kind = FAILURE_DEADLINE,
	                              .problem = &problem_deadline,
	                              .detail = STR("past the deadline") });
}

/* ---- What nobody caught ------------------------------------------------------------------------ */

typedef void unhandled_fn(const char *task_name, const struct failure *failure);

static void print_unhandled(const char *task_name, const struct failure *failure)
{
	static const char *const kinds[] = {
		[FAILURE_NONE] = "none",           [FAILURE_REFUSED] = "refused",
		[FAILURE_FAILED] = "failed",       [FAILURE_UNAVAILABLE] = "unavailable",
		[FAILURE_CONFLICT] = "conflict",   [FAILURE_DEADLINE] = "deadline",
		[FAILURE_CANCELLED] = "cancelled",
	};

	fprintf(stderr, "task %s ended unhandled: %s: %.*s\n", task_name, kinds[failure->kind],
	        STR_ARG(failure->detail));
}

static _Atomic(unhandled_fn *) on_unhandled = print_unhandled;

void tasks_on_unhandled(void (*fn)(const char *task_name, const struct failure *failure))
{
	atomic_store(&on_unhandled, fn ? fn : print_unhandled);
}

void task_report_unhandled(const struct task *task, const struct failure *failure)
{
	atomic_load (&on_unhandled)(task->name, failure);
}
