/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections for interactive transactions: opened when asked for, at most options.interactive_max, closed after
 * idling. A task owns one from session_take to session_release, which never waits: a statement still running is
 * cancelled on the server (PQcancel blocks, so on the thread pool), the transaction is rolled back, and only a
 * connection that is quiet and outside any transaction, with no cancel on its way that could hit the next statement,
 * goes to the next task. One that does not settle in time is closed.
 */
#include "base/check.h"
#include "db/internal.h"

static const struct sql_statement session_rollback = { .name = "stoa_rollback", .text = "ROLLBACK", .rows = SQL_EXEC };
const struct sql_statement session_begin = { .name = "stoa_begin", .text = "BEGIN", .rows = SQL_EXEC };
const struct sql_statement session_commit = { .name = "stoa_commit", .text = "COMMIT", .rows = SQL_EXEC };
static const struct sql_statement *const own_statements[] = { &session_begin, &session_commit, &session_rollback,
	                                                      &leader_fence, NULL };

/* A cancel request outlives the session it was made for: `session` is NULL then. */
struct cancel {
	uv_work_t work;
	PGcancel *request;
	struct session *session;
};

/* A task that waits for a connection: on its stack. */
struct waiter {
	struct list node;
	struct task *task;
	struct session *given;
	bool away;
};

static struct session *session_of(struct conn *conn)
{
	return CONTAINER_OF(conn, struct session, conn);
}

static struct sessions *pool_of(struct session *session)
{
	return &session->conn.core->sessions;
}

static void enter(struct session *session, enum session_state state)
{
	session->state = state;
	session->since_us = clock_mono_us();
}

/* ---- Idle and given -------------------------------------------------------------------------- */

static void become_idle(struct session *session)
{
	struct list *node = list_pop_front(&pool_of(session)->waiting);

	PQclear(session->error);
	session->error = NULL;
	session->statement = NULL;
	enter(session, node ? SESSION_USED : SESSION_IDLE);
	if (!node)
		return;
	struct waiter *waiter = CONTAINER_OF(node, struct waiter, node);
	waiter->given = session;
	task_wake(waiter->task);
}

static void settle(struct session *session)
{
	struct list ops;

	if (session->state != SESSION_SETTLING || session->conn.syncs > 0 || session->cancel)
		return;
	if (PQtransactionStatus(session->conn.pg) == PQTRANS_IDLE) {
		become_idle(session);
		return;
	}
	struct op *op = op_new(session->conn.core, &session_rollback, NULL);
	list_init(&ops);
	list_push_back(&ops, &op->node);
	session_run(session, &ops);
}

/* ---- Cancelling ------------------------------------------------------------------------------ */

static void run_cancel(uv_work_t *work)
{
	char error[256];

	(void)PQcancel(CONTAINER_OF(work, struct cancel, work)->request, error, sizeof(error));
}

static void on_cancelled(uv_work_t *work, int status)
{
	struct cancel *cancel = CONTAINER_OF(work, struct cancel, work);
	struct session *session = cancel->session;

	(void)status;
	PQfreeCancel(cancel->request);
	free(cancel);
	if (!session)
		return;
	session->cancel = NULL;
	settle(session);
}

static void cancel_statement(struct session *session)
{
	struct cancel *cancel = calloc(1, sizeof(*cancel));

	CHECK(cancel);
	cancel->request = PQgetCancel(session->conn.pg);
	if (!cancel->request ||
	    uv_queue_work(loop_uv(session->conn.core->loop), &cancel->work, run_cancel, on_cancelled)) {
		PQfreeCancel(cancel->request);
		free(cancel);
		return;
	}
	cancel->session = session;
	session->cancel = cancel;
}

/* ---- The connection -------------------------------------------------------------------------- */

/* A lost transaction keeps its session until its task has noticed. */
static void on_ready(struct conn *conn)
{
	if (session_of(conn)->state == SESSION_STARTING)
		become_idle(session_of(conn));
}

static void on_result(struct conn *conn, PGresult *result)
{
	struct session *session = session_of(conn);
	struct list *node = list_pop_front(&session->ops);
	struct op *op = CONTAINER_OF(node, struct op, node);
	ExecStatusType status = PQresultStatus(result);

	if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
		CHECK(node);
		op_finish(conn->core, op, OP_OK, result);
		return;
	}
	if (status == PGRES_PIPELINE_ABORTED || session->error) {
		PQclear(result);
	} else {
		session->error = result;
		session->statement = node ? op->statement : NULL;
	}
	if (node)
		op_finish(conn->core, op, OP_ABORTED, NULL);
}

static void on_sync(struct conn *conn)
{
	settle(session_of(conn));
}

/* The conn goes on trying by itself; the tick decides whether anybody still wants it. */
static void on_lost(struct conn *conn)
{
	struct session *session = session_of(conn);

	if (session->cancel)
		session->cancel->session = NULL;
	session->cancel = NULL;
	session->lost |= session->state == SESSION_USED;
	if (session->state != SESSION_USED)
		enter(session, SESSION_STARTING);
	for (struct list *node; (node = list_pop_front(&session->ops));)
		op_finish(conn->core, CONTAINER_OF(node, struct op, node), OP_LOST, NULL);
}

static bool is_any(const struct sql_statement *statement)
{
	(void)statement;
	return true;
}

static const struct conn_kind session_kind = { .name = "tx",
	                                       .prepares = is_any,
	                                       .settings = SETTINGS_KEPT_PLANS,
	                                       .extra = own_statements,
	                                       .on_ready = on_ready,
	                                       .on_result = on_result,
	                                       .on_sync = on_sync,
	                                       .on_lost = on_lost };

/* ---- The pool -------------------------------------------------------------------------------- */

static void open_session(struct sessions *sessions)
{
	struct session *session = calloc(1, sizeof(*session));

	CHECK(session);
	list_init(&session->ops);
	list_push_back(&sessions->all, &session->node);
	sessions->open++;
	enter(session, SESSION_STARTING);
	conn_open(&session->conn, sessions->core, &session_kind);
}

static void free_session(struct session *session)
{
	pool_of(session)->open--;
	if (session->cancel)
		session->cancel->session = NULL;
	conn_close(&session->conn);
	ops_free(&session->ops);
	PQclear(session->error);
	list_remove(&session->node);
	free(session);
}

static struct session *find_idle(struct sessions *sessions)
{
	LIST_FOR (node, &sessions->all) {
		struct session *session = CONTAINER_OF(node, struct session, node);
		if (session->state == SESSION_IDLE)
			return session;
	}
	return NULL;
}

static int count_starting(const struct sessions *sessions)
{
	int count = 0;

	LIST_FOR (node, &sessions->all)
		count += CONTAINER_OF(node, struct session, node)->state == SESSION_STARTING;
	return count;
}

static void stop_waiting(struct sessions *sessions, struct waiter *waiter)
{
	sessions->waiters--;
	if (waiter->given)
		session_release(waiter->given, false);
	else
		list_remove(&waiter->node);
}

struct session *session_take(struct sessions *sessions)
{
	struct waiter waiter = { .task = task_self() };
	struct session *session = find_idle(sessions);
	struct core *core = sessions->core;

	if (session) {
		enter(session, SESSION_USED);
		return session;
	}
	if (sessions->waiters >= core->options.queue_max || conn_is_away(&core->read.conn))
		core_refuse(core, &core->read.conn);
	sessions->waiters++;
	list_push_back(&sessions->waiting, &waiter.node);
	if (sessions->open < core->options.interactive_max && count_starting(sessions) < sessions->waiters)
		open_session(sessions);
	while (!waiter.given && !waiter.away) {
		enum wake why = task_wait();
		if (why == WAKE_DONE)
			continue;
		stop_waiting(sessions, &waiter);
		task_end(why);
	}
	sessions->waiters--;
	if (waiter.away)
		error_end_away();
	return waiter.given;
}

void session_release(struct session *session, bool finishing)
{
	LIST_FOR (node, &session->ops)
		CONTAINER_OF(node, struct op, node)->task = NULL;
	if (session->lost) {
		session->lost = false;
		PQclear(session->error);
		session->error = NULL;
		/* It may have come back meanwhile, or be on its way. */
		enter(session, SESSION_STARTING);
		if (session->conn.state == CONN_READY)
			become_idle(session);
		return;
	}
	enter(session, SESSION_SETTLING);
	if (session->conn.syncs > 0 && !finishing)
		cancel_statement(session);
	settle(session);
}

void session_run(struct session *session, struct list *ops)
{
	LIST_FOR (node, ops) {
		struct op *op = CONTAINER_OF(node, struct op, node);
		op->state = OP_SENT;
		conn_send(&session->conn, op);
	}
	list_move_all(&session->ops, ops);
	conn_sync(&session->conn);
}

/* ---- Life ------------------------------------------------------------------------------------ */

static void tick_session(struct session *session, int64_t now_us)
{
	int64_t age_us = now_us - session->since_us;
	bool wanted = !list_is_empty(&pool_of(session)->waiting);

	conn_tick(&session->conn, now_us);
	if (session->state == SESSION_SETTLING && age_us > SETTLE_US)
		conn_lose(&session->conn, "a cancelled statement does not end");
	if ((session->state == SESSION_IDLE && age_us > SESSION_IDLE_US) ||
	    (session->state == SESSION_STARTING && !wanted && age_us > SETTLE_US))
		free_session(session);
}

/* The lanes may be well and yet no further connection be had: max_connections. */
static bool none_connects(const struct sessions *sessions)
{
	LIST_FOR (node, &sessions->all) {
		const struct session *session = CONTAINER_OF(node, struct session, node);
		if (session->state != SESSION_STARTING || !conn_is_away(&session->conn))
			return false;
	}
	return sessions->open > 0;
}

static void turn_away(struct sessions *sessions)
{
	for (struct list *node; (node = list_pop_front(&sessions->waiting));) {
		struct waiter *waiter = CONTAINER_OF(node, struct waiter, node);
		waiter->away = true;
		task_wake(waiter->task);
	}
}

void sessions_tick(struct sessions *sessions, int64_t now_us)
{
	LIST_FOR_SAFE (node, &sessions->all)
		tick_session(CONTAINER_OF(node, struct session, node), now_us);
	if (conn_is_away(&sessions->core->read.conn) || none_connects(sessions))
		turn_away(sessions);
	else if (!list_is_empty(&sessions->waiting) && sessions->open == 0)
		open_session(sessions);
}

void sessions_open(struct sessions *sessions, struct core *core)
{
	*sessions = (struct sessions){ .core = core };
	list_init(&sessions->all);
	list_init(&sessions->waiting);
}

void sessions_close(struct sessions *sessions)
{
	LIST_FOR_SAFE (node, &sessions->all)
		free_session(CONTAINER_OF(node, struct session, node));
}
