/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of packages/db, from the bottom up:
 *
 *   value.c   one value to PostgreSQL's binary form and back
 *   rows.c    results to row structs
 *   op.c      one statement on its way: encoded parameters, the task that waits, what came of it
 *   errors.c  what an SQLSTATE means for the attempt
 *   call.c    executions, of one call or of many
 *   conn.c    one libpq connection: connect, prepare, poll, results in order, reconnect
 *   lane.c    groups of reads
 *   writes.c  groups of write sets, in which equal statements are one
 *   session.c connections for interactive transactions
 *   tx.c      both kinds of transaction, as tasks see them
 *   leader.c  advisory locks with terms
 *   breaker.c whether the server answers at all
 *   stats.c   numbers
 *   db.c      open, close, status
 *
 * Who frees what: an op belongs to the lane or session that holds it until it is DONE, then to the task that waits for
 * it. A task that leaves early turns its op into a tombstone (task NULL), which keeps its place in the order of
 * answers.
 */
#ifndef STOA_DB_INTERNAL_H
#define STOA_DB_INTERNAL_H

#include <libpq-fe.h>
#include <uv.h>

#include "base/clock.h"
#include "base/list.h"
#include "db/db.h"
#include "task/task.h"

enum {
	GROUP_OPS = 64,         /* reads under one Sync */
	GROUPS_IN_FLIGHT = 2,   /* per read lane, while the next gathers */
	GROUP_SETS = 64,        /* write sets under one Sync */
	GROUP_CALLS = 2048,     /* of their statements, unless the first set alone has more */
	GROUP_BYTES = 4 << 20,  /* their parameters, likewise */
	REPLAYS_IN_FLIGHT = 16, /* sets that run alone share the pipeline, not the commit */
	QUEUE_BYTES = 64 << 20, /* parameters waiting in one lane, or in one transaction */
	PARAMS_MAX = 128,
	REGROUPS_MAX = 3,
	ATTEMPTS_MAX = 3, /* of a read whose connection broke */
	TICK_MS = 250,
};

#define AWAY_AFTER_US   (5 * US_PER_S)  /* queued work waits this long for a lost server */
#define REPLAY_US       (5 * US_PER_S)  /* a set that meets others' locks is tried again for this long */
#define SETTLE_US       (5 * US_PER_S)  /* a cancelled statement must end within */
#define CONNECT_US      (10 * US_PER_S) /* connecting and preparing */
#define SESSION_IDLE_US (120 * US_PER_S)
#define SILENT_MS       "3000"         /* after which the server ends a transaction, or a leader, that says nothing */
#define GRACE_US        (5 * US_PER_S) /* beyond statement_timeout before a silent connection is given up */

struct core;
struct conn;
struct lane;

struct leadership {
	int64_t key, term;
};

/* What tasks hold. `tx` set: reads go into that interactive transaction. `led.term` set: transactions are fenced. */
struct db {
	struct core *core;
	struct tx *tx;
	struct leadership led;
};

/* ---- op.c ------------------------------------------------------------------------------------ */

enum op_state { OP_QUEUED, OP_SENT, OP_DONE };
enum op_end {
	OP_OK,
	OP_ERROR,   /* `result` tells */
	OP_ABORTED, /* an earlier statement of the group failed */
	OP_LOST,    /* the connection broke */
	OP_AWAY,    /* the server is away for too long */
};

struct op {
	struct list node;
	const struct sql_statement *statement;
	struct db_statement_stats *stats;
	struct lane *lane;        /* of a read outside transactions, for leaving its queue */
	struct task *task;        /* NULL: nobody waits */
	struct op *along;         /* in a group: the next call of the same execution */
	PGresult *result;         /* DONE with OK or ERROR: owned, together with so many others */
	int *sharers;             /* of one execution; NULL: alone */
	int row_first, row_count; /* its own rows in it */
	int calls; /* SENT in a lane: of the execution that it is the first of; 0: is along with another */
	int64_t queued_us;
	size_t bytes;
	enum op_state state;
	enum op_end end;
	uint8_t attempts, aborts;
	bool alone; /* was aborted twice: has a group of its own */
	const char **values;
	int *lengths;
};

/* In a task: encodes `params`. Ends the attempt when a value cannot be (NULL where none may be, out of range). */
struct op *op_new(struct core *core, const struct sql_statement *statement, const void *params);
void op_free(struct op *op); /* NULL is fine */
void ops_free(struct list *ops);
/* Ends it: wakes the task, or frees a tombstone. Takes `result`. */
void op_finish(struct core *core, struct op *op, enum op_end end, PGresult *result);
/* The same as OK with some rows of a result that several share; `sharers`, on the heap, says how many; the last frees
 * both. */
void op_finish_shared(struct core *core, struct op *op, PGresult *result, int *sharers, int row_first, int row_count);
/* In the task that waits for it: until DONE. When the task must leave instead, `leave(op)` runs and the attempt ends.
 */
void op_wait(struct op *op, void (*leave)(struct op *op));
/* In its task, DONE and OK: the rows in the task's arena; the op is gone afterwards. */
void *op_take_rows(struct op *op, size_t *ret_count);

/* ---- value.c --------------------------------------------------------------------------------- */

bool value_is_present(const struct sql_value *param, const void *field); /* or NULL */
/* Bytes of the binary form, or -1 for NULL. Ends the attempt when the value is not acceptable. */
int64_t value_measure(const struct sql_statement *statement, const struct sql_value *param, const void *field);
char *value_encode(char *out, const struct sql_value *param, const void *field); /* returns the end */
/* A value that is not NULL, into its zeroed field; false when the bytes are not of its type. */
bool value_decode(void *field, const struct sql_value *column, const char *bytes, int len, struct arena *arena);
Oid value_oid(enum sql_type type);
Oid value_array_oid(enum sql_type type); /* 0 for lists */
/* The binary form of an array begins with its head, of VALUE_ARRAY_HEAD bytes or 8 less when it is empty; bytes NULL: a NULL.
 * Both return the end. */
enum { VALUE_ARRAY_HEAD = 20 };
char *value_array_head(char *out, Oid element, bool nulls, size_t count);
char *value_element(char *out, const char *bytes, size_t len);

/* ---- rows.c ---------------------------------------------------------------------------------- */

void *rows_decode(const struct op *op, struct arena *arena, size_t *ret_count); /* DONE and OK */

/* ---- errors.c -------------------------------------------------------------------------------- */

bool error_is_transient(const PGresult *result);  /* serialization failure, deadlock, lock not had in time */
bool error_is_stale_plan(const PGresult *result); /* the connection must prepare again */
bool error_is_fatal(const PGresult *result);      /* the server ends the connection */
/* NULL when it is no refusal. In a task; lives in its arena. */
const struct tx_refusal *error_refusal(const PGresult *result, const struct sql_statement *statement);
/* Ends the attempt; takes `result`. `statement` may be NULL. */
NORETURN void error_end(PGresult *result, const struct sql_statement *statement);
NORETURN void error_end_away(void);

/* ---- conn.c ---------------------------------------------------------------------------------- */

enum conn_state { CONN_CLOSED, CONN_WAITING, CONN_RESOLVING, CONN_CONNECTING, CONN_PREPARING, CONN_READY };

/*
 * Plans of the kept connections are made once, often while a table is small, and must still be right when it is large:
 * with sequential scans priced out, the planner takes an index wherever one fits.
 */
#define SETTINGS_KEPT_PLANS "-c enable_seqscan=off"
/* Nor are they made for how many calls the first executions had. */
#define SETTINGS_ONE_PLAN SETTINGS_KEPT_PLANS " -c plan_cache_mode=force_generic_plan"

struct conn_kind {
	const char *name;                                        /* in application_name and errors */
	bool (*prepares)(const struct sql_statement *statement); /* NULL: nothing */
	bool batches;                                            /* statements with a text over many calls go by it */
	const struct sql_statement *const *extra;                /* prepared too; NULL-terminated; may be NULL */
	const char *settings;                                    /* further "-c name=value"; may be NULL */
	void (*on_ready)(struct conn *conn);
	/* One per statement, in order; takes it. A commit that fails gives one more, before its on_sync. */
	void (*on_result)(struct conn *conn, PGresult *result);
	void (*on_sync)(struct conn *conn);
	/* Also after a failed attempt to connect; the next is already planned. */
	void (*on_lost)(struct conn *conn);
};

struct conn {
	struct list node; /* in core->conns */
	struct core *core;
	const struct conn_kind *kind;
	enum conn_state state;
	PGconn *pg;
	uv_poll_t *poll; /* on the heap: outlives this struct until libuv has closed it */
	uv_timer_t *timer;
	struct resolution *resolution;
	int watched; /* events polled for */
	int syncs;   /* sent, not yet answered */
	bool broken; /* libpq did not take a statement */
	int backoff_ms;
	unsigned failures;   /* to connect, ever, or those of its predecessor: chooses among addresses */
	int64_t away_us;     /* since when, monotonic; 0 while READY */
	int64_t progress_us; /* when bytes last came while an answer is due */
	int64_t asked_us;    /* when the clock was asked for, while PREPARING */
	char address[64];    /* of a host name, looked up before each attempt */
	char error[256];     /* why not READY */
};

void conn_open(struct conn *conn, struct core *core, const struct conn_kind *kind);
void conn_close(struct conn *conn);
/* Gives the connection up and plans the next attempt; on_lost runs before it returns. */
PRINTF_LIKE(2, 3) void conn_lose(struct conn *conn, const char *format, ...);
/* READY only. Queue a statement; end a group. A failure shows as a lost connection when conn_sync is done. */
void conn_send(struct conn *conn, const struct op *op);
void conn_send_calls(struct conn *conn, const struct op *calls); /* those along with it, too; of a kind that batches */
void conn_sync(struct conn *conn);
void conn_tick(struct conn *conn, int64_t now_us); /* gives up what takes too long */
void conn_knock(struct conn *conn);                /* connects at once, if it waits to */
bool conn_is_due(const struct conn *conn);         /* the server owes it an answer */
bool conn_is_away(const struct conn *conn);        /* for AWAY_AFTER_US or longer, or the server is silent */

/* ---- lane.c ---------------------------------------------------------------------------------- */

struct group {
	struct list ops; /* not answered yet, in order */
	int64_t sent_us;
};

struct lane {
	struct conn conn;
	struct loop_flush flush;
	struct list queued;
	size_t count, bytes; /* queued */
	int group_ops;
	struct group groups[GROUPS_IN_FLIGHT];
	int first, in_flight; /* a ring */
	struct list again;    /* aborted by a neighbour's error, until the Sync */
	bool stale;           /* reconnect at the Sync */
};

void lane_open(struct lane *lane, struct core *core, const struct conn_kind *kind, int group_ops);
void lane_close(struct lane *lane);
void lane_tick(struct lane *lane, int64_t now_us);
void *lane_read(struct lane *lane, const struct sql_statement *statement, const void *params, size_t *ret_count);
extern const struct conn_kind read_kind, slow_kind;

/* ---- writes.c -------------------------------------------------------------------------------- */

/* A write set. Belongs to its transaction until committed, then to the lane until DONE, then to the task again. */
struct set {
	struct list node;
	struct list ops;
	struct list *at; /* while its group is planned: the next of its ops */
	size_t count, bytes;
	struct task *task; /* NULL: nobody waits */
	enum op_state state;
	enum op_end end;
	PGresult *error;                       /* ERROR: owned */
	const struct sql_statement *statement; /* ERROR: which; NULL unknown */
	struct writes *writes;
	int64_t since_us; /* handed over for commit */
	int stale;        /* times it met statements that had to be prepared again */
	int regroups;     /* because of a neighbour */
	bool apart;       /* each of its calls is an execution */
	bool alone;
};

/* One execution: calls of a statement. */
struct step {
	struct op *calls, **last; /* linked by op.along; where the next one goes */
	struct set *set;          /* whose they are; NULL: of several */
};

struct write_group {
	struct list node;
	struct list sets;
	int count;
	struct step *steps;
	size_t step_count, at; /* answered next; step_count: only the Sync is due */
	bool joined;           /* the error is of a step of several calls */
	struct set *culprit;   /* NULL with `error` set and not joined: the commit itself failed */
	const struct sql_statement *statement;
	PGresult *error;
	int64_t sent_us;
};

struct writes {
	struct conn conn;
	struct loop_flush flush;
	struct list queued;
	size_t count, bytes;
	struct list groups; /* in flight */
	int in_flight;
	struct list delayed; /* met others' locks */
	uv_timer_t *timer;
	bool stale;
};

void writes_open(struct writes *writes, struct core *core);
void writes_close(struct writes *writes);
void writes_tick(struct writes *writes, int64_t now_us);
struct set *set_new(void);
void set_free(struct set *set);
/* In a task: commits and waits. The set is DONE afterwards and the caller's. */
void writes_commit(struct writes *writes, struct set *set);

/* ---- session.c ------------------------------------------------------------------------------- */

enum session_state { SESSION_STARTING, SESSION_IDLE, SESSION_USED, SESSION_SETTLING };

struct session {
	struct conn conn;
	struct list node;
	enum session_state state;
	struct list ops;                       /* sent, in order */
	PGresult *error;                       /* the first of this transaction */
	const struct sql_statement *statement; /* whose */
	bool lost;                             /* the connection broke under the transaction */
	struct cancel *cancel;                 /* on its way */
	int64_t since_us;                      /* in this state */
};

struct sessions {
	struct core *core;
	struct list all;
	struct list waiting;
	int open, waiters;
};

void sessions_open(struct sessions *sessions, struct core *core);
void sessions_close(struct sessions *sessions);
void sessions_tick(struct sessions *sessions, int64_t now_us);
/* In a task: a connection for this task alone, USED. */
struct session *session_take(struct sessions *sessions);
/* Gives it back, in any state: what runs is cancelled (unless `finishing`, a COMMIT on its way), then rolled
 * back. */
void session_release(struct session *session, bool finishing);
/* Sends ops (moved) under one Sync. */
void session_run(struct session *session, struct list *ops);

extern const struct sql_statement session_begin, session_commit;

/* ---- tx.c ------------------------------------------------------------------------------------ */

void *tx_read(struct tx *tx, const struct sql_statement *statement, const void *params, size_t *ret_count);

/* ---- leader.c -------------------------------------------------------------------------------- */

extern const struct sql_statement leader_fence; /* params: struct leadership */

/* ---- breaker.c ------------------------------------------------------------------------------- */

struct breaker {
	struct conn probe;
	bool open;         /* the server is silent: nothing waits for it, only the probe knocks */
	bool heard;        /* bytes came from it since the last tick */
	int quiet_ticks;   /* in which an answer was due and none came */
	int useless_ticks; /* in which nothing was due */
};

void breaker_tick(struct breaker *breaker, int64_t now_us);
void breaker_done(struct breaker *breaker);

/* ---- stats.c --------------------------------------------------------------------------------- */

struct stats {
	struct db_statement_stats *rows;
	size_t count;
	struct db_statement_stats **slots; /* open addressing by the statement's address */
	size_t mask;
};

void stats_init(struct stats *stats, const struct sql_module *const *modules);
void stats_done(struct stats *stats);
struct db_statement_stats *stats_find(const struct stats *stats, const struct sql_statement *statement);
void stats_count(struct db_statement_stats *row, const PGresult *result, int rows, int64_t took_us);

/* ---- db.c ------------------------------------------------------------------------------------ */

struct core {
	struct db db; /* the handle that is given out */
	struct loop *loop;
	struct db_options options;
	struct lane read, slow;
	struct writes writes;
	struct sessions sessions;
	struct breaker breaker;
	struct list conns, leaders;
	struct stats stats;
	struct db_counters counters;
	struct wait_queue connecting;
	void *context; /* of the package above */
	uv_timer_t *tick;
	int64_t now_us; /* read when bytes arrive on a connection */
	int64_t latency_us;
	unsigned failures;        /* of the connection that became READY last: a new one begins at its address */
	const char *host;         /* to look up before connecting; NULL: libpq needs no help */
	const char *user_options; /* the conninfo's own "options" */
	PQconninfoOption *parsed;
	char error[256];
};

void core_check(const struct core *core, const struct sql_statement *statement); /* in a task: it must be in a module */
void core_connection_changed(struct core *core);                                 /* a lane became ready */
/* In a task: ends the attempt, because the server is away or else because the queue is full. */
NORETURN void core_refuse(struct core *core, const struct conn *conn);

/* A handle of libuv that does not keep the loop running and frees itself when closed. */
uv_timer_t *timer_new(struct core *core, void *data);
void handle_close(void *handle); /* NULL is fine */

#endif
