/* SPDX-License-Identifier: Apache-2.0 */
#include "base/machine.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

enum { STATES_MAX = 63 };

const struct machine_row *machine_next(const struct machine *machine, int from, unsigned who,
                                       const struct machine_row *after)
{
	for (size_t i = after ? (size_t)(after - machine->rows) + 1 : 0; i < machine->row_count; i++)
		if (machine->rows[i].from == from && machine->rows[i].who & who)
			return &machine->rows[i];
	return NULL;
}

const struct machine_row *machine_may(const struct machine *machine, int from, int to, unsigned who)
{
	const struct machine_row *row = NULL;

	while ((row = machine_next(machine, from, who, row)))
		if (row->to == to)
			return row;
	return NULL;
}

const struct machine_row *machine_may_step(const struct machine *machine, int from, int step, unsigned who)
{
	const struct machine_row *row = NULL;

	while ((row = machine_next(machine, from, who, row)))
		if (row->step == step)
			return row;
	return NULL;
}

bool machine_came_by(const struct machine *machine, int at, int step, unsigned who)
{
	for (size_t i = 0; i < machine->row_count; i++) {
		const struct machine_row *row = &machine->rows[i];

		if (row->to == at && row->step == step && row->who & who)
			return true;
	}
	return false;
}

bool machine_is_final(const struct machine *machine, int state)
{
	return !machine_next(machine, state, ~0U, NULL);
}

/* ---- Does the table hold together? ------------------------------------------------------------- */

/* What is being said about a machine. */
struct fault {
	const struct machine *machine;
	char *why;
	size_t size;
};

PRINTF_LIKE(2, 3) static int fault_of(struct fault *fault, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(fault->why, fault->size, format, args);
	va_end(args);
	return -1;
}

static int count_of(const struct choice *choice)
{
	int count = 0;

	while (choice && choice->names[count + 1])
		count++;
	return count;
}

static const char *state_name(const struct fault *fault, int state)
{
	return fault->machine->states->names[state];
}

static bool takes_the_place_of(const struct machine_row *above, const struct machine_row *row)
{
	return above->from == row->from && above->who & row->who &&
	       (row->step ? above->step == row->step : above->to == row->to);
}

static int check_row(struct fault *fault, const struct machine_row *row)
{
	const struct machine *machine = fault->machine;
	int states = count_of(machine->states), steps = count_of(machine->steps);
	size_t at = (size_t)(row - machine->rows);

	if (row->from < 1 || row->from > states || row->to < 1 || row->to > states)
		return fault_of(fault, "row %zu has a state that does not exist", at);
	if (machine->steps ? row->step < 1 || row->step > steps : row->step != 0)
		return fault_of(fault, "row %zu has a step that does not exist", at);
	if (!row->who)
		return fault_of(fault, "nobody may go from %s to %s", state_name(fault, row->from),
		                state_name(fault, row->to));
	for (const struct machine_row *above = machine->rows; above < row; above++)
		if (takes_the_place_of(above, row))
			return fault_of(fault, "row %zu takes the place of row %zu, from %s to %s",
			                (size_t)(above - machine->rows), at, state_name(fault, row->from),
			                state_name(fault, row->to));
	return 0;
}

static uint64_t bit(int state)
{
	return UINT64_C(1) << state;
}

static uint64_t set_of(const int *states)
{
	uint64_t set = 0;

	for (; states && *states; states++)
		set |= bit(*states);
	return set;
}

/* All states that rows of these actors lead to from those of the set; backwards: from which rows lead to them. */
static uint64_t closure(const struct machine *machine, uint64_t set, unsigned who, bool backwards)
{
	uint64_t before;

	do {
		before = set;
		for (size_t i = 0; i < machine->row_count; i++) {
			const struct machine_row *row = &machine->rows[i];
			int near = backwards ? row->to : row->from, far = backwards ? row->from : row->to;

			if (row->who & who && set & bit(near))
				set |= bit(far);
		}
	} while (set != before);
	return set;
}

static int check_state(struct fault *fault, int state, uint64_t reached, uint64_t finals)
{
	bool final = machine_is_final(fault->machine, state);

	if (!(reached & bit(state)))
		return fault_of(fault, "%s is never reached", state_name(fault, state));
	if (final && !(finals & bit(state)))
		return fault_of(fault, "%s has no way out", state_name(fault, state));
	if (!final && finals & bit(state))
		return fault_of(fault, "%s is final and has a way out", state_name(fault, state));
	return 0;
}

static int check_states(struct fault *fault, const struct machine_promise *promise)
{
	const struct machine *machine = fault->machine;
	uint64_t finals = set_of(promise->finals), reached = closure(machine, bit(promise->first), ~0U, false);
	uint64_t ending = closure(machine, finals | set_of(promise->rests), promise->always, true);
	int states = count_of(machine->states);

	for (int state = 1; state <= states; state++)
		if (check_state(fault, state, reached, finals))
			return -1;
	for (int state = 1; state <= states; state++)
		if (!(ending & bit(state)))
			return fault_of(fault, "%s never comes to an end by those who are always there",
			                state_name(fault, state));
	return 0;
}

int machine_check(const struct machine *machine, const struct machine_promise *promise, char *why, size_t size)
{
	struct fault fault = { .machine = machine, .size = size };
	int states = count_of(machine->states);

	CHECK(states <= STATES_MAX && promise->first >= 1 && promise->first <= states);
	fault.why = why;
	for (size_t i = 0; i < machine->row_count; i++)
		if (check_row(&fault, &machine->rows[i]))
			return -1;
	return check_states(&fault, promise);
}
