/* SPDX-License-Identifier: Apache-2.0 */
#include "service/refuse.h"

#include <stdarg.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/encode.h"
#include "json/json.h"

enum { LIST_MAX = 16 * 1024, DETAIL_MAX = 512 };

static struct str json_words(struct str_list words)
{
	struct buf json;

	buf_init_arena(&json, task_arena(), LIST_MAX);
	buf_char(&json, '[');
	for (size_t i = 0; i < words.count; i++) {
		if (i)
			buf_char(&json, ',');
		json_write_str(&json, words.items[i]);
	}
	buf_char(&json, ']');
	return buf_view(&json);
}

void refuse_listing(const struct problem *problem, const char *member, struct str_list words, const char *format, ...)
{
	const struct problem_member list = { str_from(member), json_words(words) };
	char detail[DETAIL_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(detail, sizeof(detail), format, args);
	va_end(args);
	refuse_with(problem, str_dup(task_arena(), (struct str){ detail, utf8_mend(detail, strlen(detail)) }), &list,
	            1);
}

/* ---- Moves that a state machine has not ----------------------------------------------------------------------- */

static bool lists(struct str_list words, struct str word)
{
	for (size_t i = 0; i < words.count; i++)
		if (str_eq(words.items[i], word))
			return true;
	return false;
}

static struct str_list allowed_of(const struct transition *asked)
{
	const struct machine *machine = asked->machine;
	struct str *items = ARENA_ARRAY(task_arena(), struct str, machine->row_count);
	struct str_list allowed = { items, 0 };

	for (const struct machine_row *row = NULL; (row = machine_next(machine, asked->from, asked->who, row));) {
		struct str word =
		        machine->steps ? choice_text(machine->steps, row->step) : choice_text(machine->states, row->to);

		if (row->guard && asked->holds && !asked->holds(row->guard, asked->facts))
			continue;
		if (!lists(allowed, word))
			items[allowed.count++] = word;
	}
	return allowed;
}

void refuse_transition_(const struct problem *problem, const struct transition *asked)
{
	const struct machine *machine = asked->machine;
	struct str from = choice_text(machine->states, asked->from);
	struct str_list allowed = allowed_of(asked);

	if (machine->steps)
		refuse_listing(problem, "allowed", allowed, "\"%.*s\" is no step of %s that is %.*s",
		               STR_ARG(choice_text(machine->steps, asked->to)), asked->noun, STR_ARG(from));
	refuse_listing(problem, "allowed", allowed, "%s that is %.*s cannot become %.*s", asked->noun, STR_ARG(from),
	               STR_ARG(choice_text(machine->states, asked->to)));
}

/* ---- For a while ---------------------------------------------------------------------------------------------- */

/* Rounded up: a client that comes back a moment early is refused again. */
static long long tell_retry_after(struct request *req, int64_t retry_after_us)
{
	long long wait_s = (retry_after_us + US_PER_S - 1) / US_PER_S;

	if (wait_s < 1)
		wait_s = 1;
	reply_header(req, "Retry-After", str_printf(task_arena(), "%lld", wait_s));
	return wait_s;
}

void refuse_for_now(struct request *req, const struct problem *problem, int64_t retry_after_us)
{
	refuse(problem, "Try again in %lld s", tell_retry_after(req, retry_after_us));
}

void refuse_rate_limited(struct request *req, int64_t retry_after_us, const char *policy)
{
	struct str name = str_from(policy);

	refuse_listing(&problem_rate_limited, "violated-policies", (struct str_list){ &name, 1 }, "Try again in %lld s",
	               tell_retry_after(req, retry_after_us));
}
