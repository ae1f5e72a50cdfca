/* SPDX-License-Identifier: Apache-2.0 */
/* What the integration tests of this package stand on: private stores for the program, a fresh loop with db, Redis and
 * events for each test, whose body is a task. */
#ifndef STOA_EVENTS_TEST_BENCH_H
#define STOA_EVENTS_TEST_BENCH_H

#include "base/test.h"
#undef fail /* ours ends an attempt */

#include "base/clock.h"
#include "db/test_stores.h"
#include "events/bus.h"
#include "events/consumer.h"
#include "events/event.h"
#include "events/relay.h"
#include "redis/redis.h"
#include "task/task.h"

struct bench {
	struct loop *loop;
	struct db *db;
	struct redis *redis; /* NULL in tests without */
	struct events *events;
	struct bus *bus;
	void (*body)(struct bench *bench);
	bool keep, passed;
};

enum bench_kind { BENCH_REDIS, BENCH_POSTGRES };

int bench_start(void **state); /* group set-up and tear-down */
int bench_stop(void **state);
struct stores *bench_stores(void);

/* Empties both stores, runs body in a task of at most 60 s, cancels what it left, closes everything. */
void bench_run(enum bench_kind kind, void (*body)(struct bench *bench));

/* The same in steps, for tests that fork: empty the stores, then run without emptying; 0 when the body passed. The
 * child opens connections of its own. */
void bench_empty(enum bench_kind kind);
int bench_run_forked(enum bench_kind kind, void (*body)(struct bench *bench));

/* One statement over a blocking connection of its own; the first value as a number, 0 when there is none. */
PRINTF_LIKE(1, 2) int64_t bench_sql(const char *format, ...);

/* cmocka's asserts would jump off the task's stack. */
#define EXPECT(expression) \
	do { \
		if (!(expression)) \
			fail("%s:%d: %s", __FILE__, __LINE__, #expression); \
	} while (0)
/* Until true; fails after 20 s. */
#define UNTIL(expression) \
	do { \
		int64_t until_us = clock_mono_us() + 20 * US_PER_S; \
		while (!(expression)) { \
			if (clock_mono_us() > until_us) \
				fail("%s:%d: never: %s", __FILE__, __LINE__, #expression); \
			task_sleep_us(2 * US_PER_MS); \
		} \
	} while (0)

/* Two event types with a number and a text. */
#define FACT(X, T) \
	X(T, i64, _, number, .min = 0, .max = 1000000) \
	X(T, str, block, text, .max = 1000)
#define FACT_SHAPES(STRUCT, OVER) STRUCT(fact, FACT, "A fact of the tests")
SCHEMA_DECLARE(FACT_SHAPES)
#define FACT_EVENTS(X) \
	X(fact_happened, "fact.happened", fact, 1, fact, "It happened") \
	X(fact_undone, "fact.undone", fact, 1, fact, "It is undone")
FACT_EVENTS(EVENT_DECLARE)

/* Emits and commits one; of a new aggregate. */
struct uuid bench_emit(struct bench *bench, const struct event_type *type, int64_t number);

/* The effect of a test's handler: a row of test_effect. */
void effect_insert(struct tx *tx, struct uuid event_id, int64_t number);

#endif
