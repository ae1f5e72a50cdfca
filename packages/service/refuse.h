/* SPDX-License-Identifier: Apache-2.0 */
/* Refusals that also say when to come back, or what is allowed. */
#ifndef STOA_SERVICE_REFUSE_H
#define STOA_SERVICE_REFUSE_H

#include "base/machine.h"
#include "service/request.h"

/* The problem with one more member, a list of words: {"code":..,"allowed":["cancelled"]}. */
NORETURN void refuse_listing(const struct problem *problem, const char *member, struct str_list words,
                             const char *format, ...) PRINTF_LIKE(4, 5);

/* ---- Moves that a state machine has not ----------------------------------------------------------------------- */

struct transition {
	const struct machine *machine;
	const char *noun; /* "an order" */
	int from;
	int to; /* the state that was asked for; with machine->steps the step */
	unsigned who;
	/* Whether a row may be listed whose guard is not 0; NULL: it may. */
	bool (*holds)(int guard, const void *facts);
	const void *facts;
};

/* Refuses, and lists in the member `allowed` where it may go from there (with machine->steps, by which steps):
 *     refuse_transition(&problem_illegal_transition, .machine = &order_machine, .noun = "an order", .from = .., ..);
 */
#define refuse_transition(problem, ...) refuse_transition_((problem), &(struct transition){ __VA_ARGS__ })
NORETURN void refuse_transition_(const struct problem *problem, const struct transition *asked);

/* ---- For a while ---------------------------------------------------------------------------------------------- */

/* Refuses a try that may be repeated, with Retry-After in whole seconds, at least one. */
NORETURN void refuse_for_now(struct request *req, const struct problem *problem, int64_t retry_after_us);

/* The same where a rate rule of that name is the reason: rate_limited, with the member violated-policies
 * (draft-ietf-httpapi-ratelimit-headers). */
NORETURN void refuse_rate_limited(struct request *req, int64_t retry_after_us, const char *policy);

#endif
