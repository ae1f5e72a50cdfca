/* SPDX-License-Identifier: Apache-2.0 */
/* A lamp by the states it goes to, a door by its steps, and tables that do not hold together. */
#include "base/test.h"

#include "base/machine.h"

enum { KID = 1, OWNER = 2, TIMER = 4, GUEST = 8 };

#define LAMPS(X) \
	X(LAMP, off) \
	X(LAMP, on) \
	X(LAMP, dim) \
	X(LAMP, spare) \
	X(LAMP, broken)
CHOICE_ENUM(lamp, LAMPS)
CHOICE_TABLE(lamp, LAMPS)

enum { NEEDS_NOTHING, NEEDS_POWER };

static const struct machine_row lamp_rows[] = {
	{ LAMP_off, LAMP_on, KID | OWNER, .guard = NEEDS_POWER },
	{ LAMP_on, LAMP_off, KID | OWNER | TIMER },
	{ LAMP_on, LAMP_dim, OWNER },
	{ LAMP_dim, LAMP_off, TIMER },
	{ LAMP_on, LAMP_broken, KID },
	{ LAMP_off, LAMP_spare, OWNER },
	{ LAMP_spare, LAMP_broken, OWNER },
};
static const struct machine lamp_machine = MACHINE(lamp, lamp_rows);

#define STEPS(X) \
	X(STEP, push) \
	X(STEP, slam) \
	X(STEP, lock)
CHOICE_ENUM(step, STEPS)
CHOICE_TABLE(step, STEPS)

#define DOORS(X) \
	X(DOOR, open) \
	X(DOOR, shut) \
	X(DOOR, locked)
CHOICE_ENUM(door, DOORS)
CHOICE_TABLE(door, DOORS)

static const struct machine_row door_rows[] = {
	{ DOOR_open, DOOR_shut, KID, .step = STEP_slam },
	{ DOOR_open, DOOR_shut, KID | OWNER, .step = STEP_push },
	{ DOOR_shut, DOOR_open, KID | OWNER, .step = STEP_push },
	{ DOOR_shut, DOOR_locked, OWNER, .step = STEP_lock },
};
static const struct machine door_machine = MACHINE(door, door_rows, .steps = &step_choice);

static void test_who_may_go_where(void **state)
{
	static const struct {
		int from, to;
		unsigned who;
		int guard; /* -1: illegal */
	} rows[] = {
		{ LAMP_off, LAMP_on, KID, NEEDS_POWER },
		{ LAMP_off, LAMP_on, KID | TIMER, NEEDS_POWER },
		{ LAMP_off, LAMP_on, TIMER, -1 },
		{ LAMP_off, LAMP_on, 0, -1 },
		{ LAMP_off, LAMP_off, OWNER, -1 },
		{ LAMP_off, LAMP_dim, OWNER, -1 },
		{ LAMP_on, LAMP_dim, OWNER, NEEDS_NOTHING },
		{ LAMP_on, LAMP_dim, KID, -1 },
		{ LAMP_broken, LAMP_on, OWNER, -1 },
		{ lamp_none, LAMP_on, OWNER, -1 },
		{ LAMP_on, lamp_none, OWNER, -1 },
		{ LAMP_on, lamp_count, OWNER, -1 },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const struct machine_row *row = machine_may(&lamp_machine, rows[i].from, rows[i].to, rows[i].who);

		print_message("row %zu\n", i);
		assert_int_equal(row ? row->guard : -1, rows[i].guard);
		assert_true(!row || (row->from == rows[i].from && row->to == rows[i].to));
	}
}

static void test_what_is_allowed_from_there(void **state)
{
	static const struct {
		int from;
		unsigned who;
		int to[4]; /* ends with 0 */
	} rows[] = {
		{ LAMP_on, KID, { LAMP_off, LAMP_broken } },
		{ LAMP_on, OWNER, { LAMP_off, LAMP_dim } },
		{ LAMP_on, KID | OWNER, { LAMP_off, LAMP_dim, LAMP_broken } },
		{ LAMP_off, TIMER, { 0 } },
		{ LAMP_broken, KID | OWNER | TIMER, { 0 } },
		{ lamp_none, OWNER, { 0 } },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const struct machine_row *row = NULL;
		size_t count = 0;

		while ((row = machine_next(&lamp_machine, rows[i].from, rows[i].who, row)))
			assert_int_equal(row->to, rows[i].to[count++]);
		assert_int_equal(rows[i].to[count], 0);
	}
}

static void test_steps(void **state)
{
	static const struct {
		int from, step;
		unsigned who;
		int to; /* 0: illegal */
	} rows[] = {
		{ DOOR_open, STEP_push, OWNER, DOOR_shut }, { DOOR_open, STEP_slam, KID, DOOR_shut },
		{ DOOR_open, STEP_slam, OWNER, 0 },         { DOOR_shut, STEP_push, KID, DOOR_open },
		{ DOOR_shut, STEP_lock, KID, 0 },           { DOOR_shut, STEP_lock, OWNER, DOOR_locked },
		{ DOOR_locked, STEP_push, OWNER, 0 },       { DOOR_open, step_none, KID, 0 },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const struct machine_row *row =
		        machine_may_step(&door_machine, rows[i].from, rows[i].step, rows[i].who);

		print_message("row %zu\n", i);
		assert_int_equal(row ? row->to : 0, rows[i].to);
		assert_true(!row || machine_came_by(&door_machine, row->to, rows[i].step, rows[i].who));
	}
	assert_false(machine_came_by(&door_machine, DOOR_shut, STEP_slam, OWNER));
	assert_false(machine_came_by(&door_machine, DOOR_open, STEP_lock, OWNER));
}

static void test_final_states(void **state)
{
	for (int s = 1; s < lamp_count; s++)
		assert_int_equal(machine_is_final(&lamp_machine, s), s == LAMP_broken);
}

/* ---- Tables that do not hold together ------------------------------------------------------------ */

static const int shut_for_ever[] = { DOOR_locked, 0 };

static void expect_fault(const struct machine *machine, const int *finals, const char *fault)
{
	char why[120] = "";
	const struct machine_promise promise = { .first = 1, .finals = finals, .always = KID | OWNER | TIMER };

	assert_int_equal(machine_check(machine, &promise, why, sizeof(why)), *fault ? -1 : 0);
	assert_string_equal(why, fault);
}

static void test_good_tables(void **state)
{
	static const int broken[] = { LAMP_broken, 0 };

	expect_fault(&lamp_machine, broken, "");
	expect_fault(&door_machine, shut_for_ever, "");
}

static void test_faults(void **state)
{
	static const struct {
		struct machine_row rows[4];
		const char *fault;
	} tables[] = {
		{ { { DOOR_open, DOOR_shut, KID }, { DOOR_shut, DOOR_locked, KID } }, "" },
		{ { { DOOR_open, DOOR_shut, KID } }, "shut has no way out" },
		{ { { DOOR_open, DOOR_locked, KID }, { DOOR_shut, DOOR_locked, KID } }, "shut is never reached" },
		{ { { DOOR_open, DOOR_shut, KID }, { DOOR_open, DOOR_locked, KID }, { DOOR_shut, DOOR_shut, KID } },
		  "shut never comes to an end by those who are always there" },
		{ { { DOOR_open, DOOR_shut, KID }, { DOOR_shut, DOOR_locked, GUEST } },
		  "open never comes to an end by those who are always there" },
		{ { { DOOR_open, DOOR_shut, KID }, { DOOR_shut, DOOR_locked, KID }, { DOOR_locked, DOOR_shut, OWNER } },
		  "locked is final and has a way out" },
		{ { { DOOR_open, door_count, KID } }, "row 0 has a state that does not exist" },
		{ { { DOOR_open, DOOR_shut, KID }, { door_none, DOOR_shut, KID } },
		  "row 1 has a state that does not exist" },
		{ { { DOOR_open, DOOR_shut, KID, .step = 1 } }, "row 0 has a step that does not exist" },
		{ { { DOOR_open, DOOR_shut, 0 } }, "nobody may go from open to shut" },
		{ { { DOOR_open, DOOR_shut, KID | OWNER }, { DOOR_open, DOOR_shut, TIMER | KID } },
		  "row 0 takes the place of row 1, from open to shut" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(tables); i++) {
		struct machine machine = { .states = &door_choice, .rows = tables[i].rows };

		print_message("%s\n", tables[i].fault);
		while (machine.row_count < ARRAY_COUNT(tables[i].rows) && tables[i].rows[machine.row_count].to)
			machine.row_count++;
		expect_fault(&machine, shut_for_ever, tables[i].fault);
	}
}

static void test_rests(void **state)
{
	static const struct machine_row rows[] = { { DOOR_open, DOOR_shut, KID }, { DOOR_shut, DOOR_locked, GUEST } };
	static const int shut[] = { DOOR_shut, 0 };
	const struct machine machine = MACHINE(door, rows);
	char why[120] = "";

	assert_int_equal(machine_check(&machine,
	                               &(struct machine_promise){
	                                       .first = 1, .finals = shut_for_ever, .rests = shut, .always = KID },
	                               why, sizeof(why)),
	                 0);
}

static void test_faults_of_steps(void **state)
{
	static const struct machine_row twice[] = {
		{ DOOR_open, DOOR_shut, KID, .step = STEP_push },
		{ DOOR_open, DOOR_locked, KID, .step = STEP_push },
	}, unnamed[] = {
		{ DOOR_open, DOOR_shut, KID },
	}, none[] = {
		{ DOOR_open, DOOR_shut, KID, .step = step_count },
	};

	expect_fault(&(struct machine)MACHINE(door, twice, .steps = &step_choice), shut_for_ever,
	             "row 0 takes the place of row 1, from open to locked");
	expect_fault(&(struct machine)MACHINE(door, unnamed, .steps = &step_choice), shut_for_ever,
	             "row 0 has a step that does not exist");
	expect_fault(&(struct machine)MACHINE(door, none, .steps = &step_choice), shut_for_ever,
	             "row 0 has a step that does not exist");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who_may_go_where),
		cmocka_unit_test(test_what_is_allowed_from_there),
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_final_states),
		cmocka_unit_test(test_good_tables),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_rests),
		cmocka_unit_test(test_faults_of_steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
