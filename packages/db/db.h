/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PostgreSQL for one loop. Four kinds of connection, opened at start and kept:
 *
 *   read lane     autocommit reads of one turn form a group under one Sync; two groups in flight while the next
 *                 gathers; a group is capped (64), and equal statements in it are one execution. When a statement
 *                 fails, its attempt ends and the others are queued again.
 *   slow lane     the same, for statements marked slow; each has a group of its own, because a group answers as a
 *                 whole. They are planned again each time, for the filters they are given.
 *   write lane    collected write sets: several share one Sync and so one commit, and equal statements of theirs are one
 *                 execution. When it fails they go call by call; the one that fails then is tried again alone and the
 *                 others once more together, so the others do not fail with it.
 *   interactive   connections for tx_begin: a small pool, opened on demand, closed after idling.
 *
 * Queues are bounded: a full one is fail_unavailable(1). A task that is cancelled or late stops waiting at once; its
 * running interactive statement is cancelled on the server. Every connection sets application_name, timeouts and
 * keepalives, prepares all statements of all modules in one pipeline before it joins, and reconnects with back-off when
 * lost; work that was only queued waits for it (up to its deadline, and up to 5 s when the server is
 * known to be down), reads in flight are repeated, writes in flight end as unavailable ("outcome unknown": the
 * idempotency key or inbox row decides).
 */
#ifndef STOA_DB_DB_H
#define STOA_DB_DB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/str.h"
#include "db/sql.h"
#include "task/loop.h"

struct db_options {
	/* libpq connection string or URI; borrowed. A single host name is looked up off the loop; for a list of hosts
	 * give addresses (hostaddr), because libpq blocks while it looks up names. */
	const char *conninfo;
	const char *application_name;            /* "public-api" */
	const struct sql_module *const *modules; /* NULL-terminated */
	int interactive_max;                     /* connections for tx_begin; default 4 */
	int queue_max;                           /* waiting operations per lane; default 4096 */
	int64_t statement_timeout_us;            /* server side; default 30 s */
	bool synchronous_commit_off;             /* tests only */
};

/* Starts connecting; never waits, never fails: db_status says whether it is connected. */
struct db *db_open(struct loop *loop, const struct db_options *options);
void db_close(struct db *db); /* no task may be waiting, leaders are freed before; closes at once */

struct db_status {
	bool connected;
	int64_t latency_us;     /* of the last finished group */
	const char *last_error; /* static or owned by db; "" when fine */
	int queued;
};
struct db_status db_status(const struct db *db);
/* Waits (in a task) until connected; ends the attempt at its deadline. */
void db_wait_connected(struct db *db);

/* ---- Transactions ---------------------------------------------------------------------------- */

/* A write set: nothing is sent before tx_commit, then it travels as one round trip and may share a commit with its
 * neighbours. Statements with :exec and :expect only. Parameters are copied when added. A set that needs a row which
 * another transaction has locked is tried again for 5 s. When the task leaves while it waits for the commit, a set not
 * yet sent never happens; one that was sent runs on. */
struct tx *tx_collect(struct db *db);

/* Interactive: may read, lock and decide; holds a connection until it ends. A reset of the task's arena rolls it back.
 * Writes without an answer (:exec, :expect) are sent with the next statement that has one, or with the COMMIT, and so
 * is BEGIN; a refusal of them is reported there: as tx_try_commit's answer, or by ending the attempt at a statement
 * before it. */
struct tx *tx_begin(struct db *db);

/* READ statements inside an interactive transaction: a db handle that routes to it. */
struct db *tx_db(struct tx *tx);

/* Waits for the commit. Ends the attempt when it did not happen: fail_conflict on a count mismatch, serialization
 * failure or deadlock (after the runtime's own replays), fail on constraint violations and other errors,
 * fail_unavailable when the connection broke. A transaction is over after either. */
void tx_commit(struct tx *tx);

/* The same for callers that decide about refusals of the database: NULL when committed; otherwise what refused it. Only
 * these kinds come back; everything else ends the attempt as above. */
enum tx_refusal_kind { TX_EXPECTATION, TX_UNIQUE, TX_FOREIGN_KEY, TX_CHECK, TX_EXCLUSION };
struct tx_refusal {
	enum tx_refusal_kind kind;
	const struct sql_statement *statement; /* which; NULL when unknown (deferred constraints) */
	struct str constraint;                 /* name; for TX_EXPECTATION the statement's */
};
MUST_CHECK const struct tx_refusal *tx_try_commit(struct tx *tx);

/* Rolls back what was begun, drops what was collected. Happens by itself when the attempt ends. */
void tx_rollback(struct tx *tx);

/* Runs `fn(arg)` when the transaction committed, on the task, before tx_commit returns: doorbells, cache drops. */
void tx_on_commit(struct tx *tx, void (*fn)(void *arg), void *arg);

struct db *tx_owner(struct tx *tx); /* the db it was made from */

/* One pointer for the package above (events), so that emit finds its doorbell and source. */
void db_set_context(struct db *db, void *context);
void *db_context(const struct db *db);

/* ---- Locks ----------------------------------------------------------------------------------- */

/* A session-level advisory lock on a connection of its own, for leaders: relay, cron. A leader that is stopped or cut
 * off from the server has lost it after 3 s. */
struct db_leader;
struct db_leader *db_leader_new(struct db *db, int64_t key); /* starts trying at once and for ever */
void db_leader_free(struct db_leader *leader);               /* releases */
/* 0: does not lead, at once when its connection is lost; otherwise higher than that of every leader before. */
int64_t db_leader_term(const struct db_leader *leader);
void db_leader_wait(struct db_leader *leader); /* in a task: until it leads */
/* In a task, and in its arena: a handle whose transactions are refused (fail_conflict) once another leads, whatever
 * this process believes. Fails likewise when it does not lead now. */
struct db *db_leader_db(struct db_leader *leader);

/* ---- Metrics --------------------------------------------------------------------------------- */

struct db_statement_stats {
	const struct sql_statement *statement;
	uint64_t calls, errors, rows;
	uint64_t total_us;    /* queued to answered */
	uint64_t buckets[12]; /* < 100us, 250us, 500us, 1, 2.5, 5, 10, 25, 50, 100, 1000 ms, more */
};
size_t db_stats(const struct db *db, const struct db_statement_stats **ret);
struct db_counters {
	uint64_t groups, statements, write_groups, write_sets, replays, reconnects, refused_full;
	int interactive_open, interactive_waiting;
};
struct db_counters db_counters(const struct db *db);

#endif
