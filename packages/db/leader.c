/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Leadership by a session-level advisory lock: the server gives it to one connection and takes it back when that
 * connection ends, however it ends. Losing the connection is losing the lock, at once; a server that stops answering
 * counts as lost after LOST_US. A process that was paused may still believe for a moment that it leads, so what a
 * leader does must bear being done twice.
 */
#include "base/check.h"
#include "db/internal.h"

enum { TRY_MS = 500 };

#define KEEP_US US_PER_S
#define LOST_US (3 * US_PER_S)

struct db_leader {
	struct conn conn;
	struct list node;
	uv_timer_t *timer;
	struct wait_queue waiting;
	char key[24];
	bool holds;
};

static struct db_leader *leader_of(struct conn *conn)
{
	return CONTAINER_OF(conn, struct db_leader, conn);
}

static void ask(struct db_leader *leader)
{
	const char *const values[] = { leader->key };
	const char *sql = leader->holds ? "SELECT true" : "SELECT pg_try_advisory_lock($1::bigint)";

	if (!PQsendQueryParams(leader->conn.pg, sql, leader->holds ? 0 : 1, NULL, values, NULL, NULL, 1))
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
	bool yes = PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) == 1 &&
	           PQgetlength(result, 0, 0) == 1 && PQgetvalue(result, 0, 0)[0] == 1;

	PQclear(result);
	if (leader->holds && !yes)
		conn_lose(conn, "the leader's connection does not answer as it must");
	if (leader->holds || !yes)
		return;
	leader->holds = true;
	wait_queue_wake_all(&leader->waiting);
}

static void on_sync(struct conn *conn)
{
	(void)conn;
}

static void on_lost(struct conn *conn)
{
	leader_of(conn)->holds = false;
}

static const struct conn_kind leader_kind = {
	.name = "leader", .on_ready = on_ready, .on_result = on_result, .on_sync = on_sync, .on_lost = on_lost
};

static void on_tick(uv_timer_t *timer)
{
	struct db_leader *leader = timer->data;
	int64_t now_us = clock_mono_us();
	int64_t quiet_us = now_us - leader->conn.progress_us;

	leader->conn.core->now_us = now_us;
	if (leader->conn.state != CONN_READY) {
		conn_tick(&leader->conn, now_us);
	} else if (leader->conn.syncs > 0) {
		if (quiet_us > LOST_US)
			conn_lose(&leader->conn, "the leader's connection does not answer");
	} else if (!leader->holds || quiet_us >= KEEP_US) {
		ask(leader);
	}
}

struct db_leader *db_leader_new(struct db *db, int64_t key)
{
	struct db_leader *leader = calloc(1, sizeof(*leader));

	CHECK(leader);
	snprintf(leader->key, sizeof(leader->key), "%lld", (long long)key);
	wait_queue_init(&leader->waiting);
	list_push_back(&db->core->leaders, &leader->node);
	conn_open(&leader->conn, db->core, &leader_kind);
	leader->timer = timer_new(db->core, leader);
	uv_timer_start(leader->timer, on_tick, TRY_MS, TRY_MS);
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

bool db_leader_holds(const struct db_leader *leader)
{
	return leader->holds;
}

void db_leader_wait(struct db_leader *leader)
{
	while (!leader->holds)
		wait_queue_wait(&leader->waiting);
}
