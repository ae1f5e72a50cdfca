/* SPDX-License-Identifier: Apache-2.0 */
/*
 * State machines: the life of a thing as one table. Each row says from where to where, who may (a bit set of the
 * service's actors), and what has to hold besides (a guard: an enum of the service's; 0 for nothing):
 *
 *     static const struct machine_row rows[] = {
 *             { ORDER_pending, ORDER_rejected, BY_STAFF, .guard = NEEDS_REASON },
 *             { ORDER_ready, ORDER_picked_up, BY_COURIER },
 *     };
 *     const struct machine order_machine = MACHINE(order_status, rows);
 *
 * Where clients do not name the state they want but a step ("pick-up"), rows carry .step and the machine its names
 * (.steps): MACHINE(delivery_state, rows, .steps = &delivery_step_choice).
 *
 * The machine answers from the table alone. Guards need facts that are not in it, so the caller checks the row's guard.
 * States and steps count from 1, as enums of base/choice.h do. Pure: no allocation, no clock.
 */
#ifndef STOA_BASE_MACHINE_H
#define STOA_BASE_MACHINE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/check.h"
#include "base/choice.h"

struct machine_row {
	int from;
	int to;
	unsigned who;
	int guard;
	int step;
};

struct machine {
	const struct choice *states;
	const struct machine_row *rows;
	size_t row_count;
	const struct choice *steps; /* NULL: clients name the state */
};

#define MACHINE(tag, rows_, ...) \
	{ \
		.states = &tag##_choice, .rows = (rows_), .row_count = ARRAY_COUNT(rows_), __VA_ARGS__ \
	}

/* The first row from -> to that an actor of `who` may use. The caller checks its guard. NULL: illegal. */
const struct machine_row *machine_may(const struct machine *machine, int from, int to, unsigned who);
/* The same by step. */
const struct machine_row *machine_may_step(const struct machine *machine, int from, int step, unsigned who);

/* Walks the rows that an actor of `who` may use from there, in the order of the table, without asking guards:
 *     for (row = NULL; (row = machine_next(machine, from, who, row));)
 */
const struct machine_row *machine_next(const struct machine *machine, int from, unsigned who,
                                       const struct machine_row *after);

/* Did an actor of `who` come to `at` by this step? Then taking it again changes nothing. */
bool machine_came_by(const struct machine *machine, int at, int step, unsigned who);

/* No row leads on. */
bool machine_is_final(const struct machine *machine, int state);

/* What a machine promises. Lists end with 0. */
struct machine_promise {
	int first;
	const int *finals; /* the states without a way on */
	const int *rests;  /* others in which a thing may stay for ever, because nobody waits for more; NULL: none */
	unsigned always;   /* actors who are there for as long as the thing is: staff and the system, not one person */
};

/* For the table's test; tools/check-calls wants one for each machine. Does it hold together: each state can be reached
 * from the first, and from each those who are always there can bring it to a final state or to rest; each row has a
 * state and a step that exist, an actor who may use it, and no row above it that is always taken instead. 0, or -1 and
 * in `why` (of `size` bytes, ends with a NUL) the first fault, by names. */
MUST_CHECK int machine_check(const struct machine *machine, const struct machine_promise *promise, char *why,
                             size_t size);

#endif
