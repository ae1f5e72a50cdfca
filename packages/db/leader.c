/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Leadership by a session-level advisory lock: the server gives it to one connection and takes it back when that
 * connection ends, however it ends. A leader that is stopped or cut off ends nothing, so the server ends an idle
 * session of a leader by itself (idle_session_timeout), and a leader asks something twice a second. Losing the
 * connection is losing the lock, at once; a server that stops answering counts as lost after SILENT_MS.
 *
 * A process that was paused believes for a moment that it still leads. So the lock comes with a term, higher than any
 * before (stoa.leader), and each transaction through db_leader_db begins with a fence: it locks the row of its term, or
 * is refused because there is a newer one. The next leader's term waits for transactions that have passed the fence; one
 * whose process was stopped in the middle is ended by the server after SILENT_MS, too.
 *
 * What a leader does outside of PostgreSQL is not fenced, and must bear being done twice.
 */
#include "base/check.h"
#include "db/internal.h"

enum { ASK_MS = 500 };

#define LOST_US (3 * US_PER_S)

static const struct sql_value fence_params[] = {
	{ .name = "key", .type = SQL_I64, .offset = offsetof(struct leadership, key) },
	{ .name = "term", .type = SQL_I64, .offset = offsetof(struct leadership, term) },
};
const struct sql_statement leader_fence = {
	.name = "stoa_leader_fence",
	.text = "SELECT CASE count(*) WHEN 1 THEN 0 ELSE stoa.expect_failed('stoa_leader_fence') END"
	        " FROM (SELECT FROM stoa.leader WHERE key = $1 AND term = $2 FOR SHARE) AS mine",
	.use = SQL_WRITE,
	.rows = SQL_EXPECT,
	.params = fence_params,
	.param_count = ARRAY_COUNT(fence_params),
};

/* A row when the lock was free. */
static const char lead_sql[] = "WITH tried AS MATERIALIZED (SELECT pg_try_advisory_lock($1::bigint) AS got)"
                               " INSERT INTO stoa.leader AS l (key, term) SELECT $1, 1 FROM tried WHERE got"
                               " ON CONFLICT (key) DO UPDATE SET term = l.term + 1 RETURNING term";

struct db_leader {
	struct conn conn;
	struct list node;
	uv_timer_t *timer;
	struct wait_queue waiting;
	char key[I64_TEXT_MAX + 1];
	struct leadership held; /* term 0: does not lead */
};

static struct db_leader *leader_of(struct conn *conn)
{
	return CONTAINER_OF(conn, struct db_leader, conn);
}

static void ask(struct db_leader *leader)
{
	const char *const values[] = { leader->key };
	bool leads = leader->held.term;

	if (!PQsendQueryParams(leader->conn.pg, leads ? "SELECT" : lead_sql, leads ? 0 : 1, NULL, values, NULL, NULL,
	                       0))
		leader->conn.broken = true;
	conn_sync(&leader->conn);
}

static void on_ready(struct conn *conn)
{
	ask(leader_of(conn));
}

static void on_result(struct conn *conn, PGresult *result)
{
	struct db_leader *leader = leader_of(conn);
	bool answered = PQresultStatus(result) == PGRES_TUPLES_OK;

	if (answered && !leader->held.term && PQntuples(result) == 1 &&
	    !str_to_i64(str_from(PQgetvalue(result, 0, 0)), &leader->held.term))
		wait_queue_wake_all(&leader->waiting);
	PQclear(result);
	if (!answered)
		conn_lose(conn, "the leader's connection does not answer as it must");
}

static void on_sync(struct conn *conn)
{
	(void)conn;
}

static void on_lost(struct conn *conn)
{
	leader_of(conn)->held.term = 0;
}

static const struct conn_kind leader_kind = { .name = "leader",
	                                      .settings = "-c idle_session_timeout=" SILENT_MS,
	                                      .on_ready = on_ready,
	                                      .on_result = on_result,
	                                      .on_sync = on_sync,
	                                      .on_lost = on_lost };

static void on_tick(uv_timer_t *timer)
{
	struct db_leader *leader = timer->data;
	struct conn *conn = &leader->conn;

	conn->core->now_us = clock_mono_us();
	if (conn->state == CONN_READY && conn->syncs == 0)
		ask(leader);
	else if (leader->held.term && conn->core->now_us - conn->progress_us > LOST_US)
		conn_lose(conn, "the leader's connection does not answer");
	else
		conn_tick(conn, conn->core->now_us);
}

struct db_leader *db_leader_new(struct db *db, int64_t key)
{
	struct db_leader *leader = calloc(1, sizeof(*leader));

	CHECK(leader);
	leader->held.key = key;
	leader->key[i64_format(key, leader->key)] = '\0';
	wait_queue_init(&leader->waiting);
	list_push_back(&db->core->leaders, &leader->node);
	conn_open(&leader->conn, db->core, &leader_kind);
	leader->timer = timer_new(db->core, leader);
	uv_timer_start(leader->timer, on_tick, ASK_MS, ASK_MS);
	return leader;
}

void db_leader_free(struct db_leader *leader)
{
	if (!leader)
		return;
	CHECK(list_is_empty(&leader->waiting.waiting));
	conn_close(&leader->conn);
	handle_close(leader->timer);
	list_remove(&leader->node);
	free(leader);
}

int64_t db_leader_term(const struct db_leader *leader)
{
	return leader->held.term;
}

void db_leader_wait(struct db_leader *leader)
{
	while (!leader->held.term)
		wait_queue_wait(&leader->waiting);
}

struct db *db_leader_db(struct db_leader *leader)
{
	struct db *db = ARENA_NEW(task_arena(), struct db);

	if (!leader->held.term)
		fail_conflict("this process does not lead any more");
	*db = (struct db){ .core = leader->conn.core, .led = leader->held };
	return db;
}
