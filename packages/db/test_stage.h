/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stage of packages/db's integration tests: a private PostgreSQL with a small schema, statements on it written by
 * hand as tools/sqlgen would generate them, and tasks whose ends are counted.
 */
#ifndef STOA_DB_TEST_STAGE_H
#define STOA_DB_TEST_STAGE_H

#include "base/test.h"
#include "db/db.h"
#include "db/test_stores.h"
#include "task/task.h"

struct item_key {
	int64_t id;
};

struct item_row {
	int64_t id;
	struct str name;
	int64_t amount;
};

struct item {
	int64_t id, amount;
	struct str name;
};

struct sleep_params {
	double seconds;
};

struct number_row {
	int64_t number;
};

struct everything {
	bool yes;
	struct opt_bool maybe;
	int64_t i16, i32, i64, at;
	struct opt_i64 some, no;
	double real;
	struct opt_f64 half;
	struct str text, absent, jsonb, json, bytes;
	struct uuid id;
	struct opt_uuid other;
	struct uuid_list ids;
	struct str_list texts;
	struct i64_list longs, ints, times;
	struct bool_list flags;
};

#define STATES(X) \
	X(STATE, open) \
	X(STATE, ajar) \
	X(STATE, closed)
CHOICE_ENUM(state, STATES)

struct named {
	struct money price, none;
	int state, unset;
};

struct item_page_params {
	struct sql_page page;
	int64_t least; /* amount */
};

/* Items by id and by falling amount. */
extern const struct sql_list item_pages;

/* echo and named_echo answer their parameters, named_halves leaves half of each sum out, named_odd and named_odds know another state;
 * stray is in no module. */
extern const struct sql_statement item_more, items_below, pause_of, item_get, item_list, divide, sleep_read,
        sleep_in_tx, item_lock, item_insert, item_txid, item_returning, item_take, child_insert, late_insert,
        sleep_write, echo, generic_plans, item_must, named_echo, named_halves, named_odd, named_odds, item_by_id,
        item_by_id_after, item_by_amount_desc, item_by_amount_desc_after, stray;

extern const struct sql_module *const stage_modules[];
extern struct stores *stores;

struct stage {
	struct loop *loop;
	struct db *db;
	int live; /* tasks that have not ended */
	struct failure_count {
		int none, failed, unavailable, conflict, deadline, cancelled, other;
	} ends;
};

/* The test program: starts and stops the stores around the tests. `only` filters by name; may be NULL. */
int stage_start(void **state);
int stage_stop(void **state);
#define STAGE_MAIN(...) \
	int main(int argc, char **argv) \
	{ \
		const struct CMUnitTest tests[] = { __VA_ARGS__ }; \
\
		cmocka_set_test_filter(argc > 1 ? argv[1] : NULL); \
		return cmocka_run_group_tests(tests, stage_start, stage_stop); \
	}

/* Items 1 to 100 with an amount of 10 each; a connected db. Conninfo, name and modules are filled in. */
struct stage *open_stage(struct db_options options);
void close_stage(struct stage *stage);

/* fn(stage, n) as one attempt of a new task; its end is counted. */
struct task *spawn(struct stage *stage, void (*fn)(struct stage *, int64_t), int64_t n, int64_t timeout_us);
enum failure_kind attempt(struct stage *stage, void (*fn)(struct stage *, int64_t), int64_t n);
void run_all(struct stage *stage); /* until every task has ended */
void wait_connected(struct stage *stage, int64_t n);

/* On a connection outside the stage, blocking. */
void admin(const char *sql);
int64_t admin_number(const char *sql);

/* Tasks that several tests use. */
const struct item_row *get(struct db *db, int64_t id);
void read_item(struct stage *stage, int64_t n); /* expects item n as it was made */
void insert(struct tx *tx, const struct sql_statement *statement, int64_t id);
void write_pair(struct stage *stage, int64_t n); /* items 1000 + 2n and the next, with their transaction's id */
void take_one(struct stage *stage, int64_t n);   /* one piece of item n % 5 + 1, if there is one */

#endif
