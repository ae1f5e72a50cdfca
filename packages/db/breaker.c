/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether the server answers at all. One that is stopped, or behind a network that drops packets, keeps its connections
 * and says nothing; without this, requests would wait for it until their deadlines.
 *
 * Silence is: an answer is due, and for SUSPECT_TICKS no connection of this loop has had a byte; then a connection of
 * its own, the probe, is asked too, and for PROBE_TICKS more there is still none. A long statement is not silence, for
 * the probe is answered meanwhile. Ticks are counted and not time, so that a process that was stopped itself reads what
 * has come before it judges.
 *
 * Then the breaker opens: connections that are owed an answer are given up (reads end as unavailable, sent writes with
 * an unknown outcome, as whenever a connection breaks), what waits and what comes is refused at once, and only the probe
 * goes on knocking. The first byte from the server closes the breaker, and the others connect again at once.
 */
#include "db/internal.h"

enum {
	SUSPECT_TICKS = 2,
	PROBE_TICKS = 3,
	KNOCK_TICKS = 8,    /* a connection attempt of the probe is given so long while the breaker is open */
	USELESS_TICKS = 80, /* then the probe is closed */
};

static void on_ready(struct conn *conn)
{
	(void)conn;
}

static void on_result(struct conn *conn, PGresult *result)
{
	(void)conn;
	PQclear(result);
}

static const struct conn_kind probe_kind = {
	.name = "probe", .on_ready = on_ready, .on_result = on_result, .on_sync = on_ready, .on_lost = on_ready
};

static bool is_open(const struct conn *probe)
{
	return probe->core && probe->state != CONN_CLOSED;
}

static void ask_probe(struct breaker *breaker, struct core *core)
{
	if (!is_open(&breaker->probe))
		conn_open(&breaker->probe, core, &probe_kind);
	else if (breaker->probe.state == CONN_READY && breaker->probe.syncs == 0)
		conn_sync(&breaker->probe);
	else
		conn_knock(&breaker->probe);
}

static bool any_due(const struct core *core)
{
	LIST_FOR (node, &core->conns) {
		const struct conn *conn = CONTAINER_OF(node, struct conn, node);
		if (conn != &core->breaker.probe && conn_is_due(conn))
			return true;
	}
	return false;
}

static void open_breaker(struct breaker *breaker, struct core *core)
{
	breaker->open = true;
	LIST_FOR (node, &core->conns) {
		struct conn *conn = CONTAINER_OF(node, struct conn, node);
		if (conn != &breaker->probe && conn_is_due(conn))
			conn_lose(conn, "PostgreSQL does not answer");
	}
}

static void close_breaker(struct breaker *breaker, struct core *core)
{
	breaker->open = false;
	LIST_FOR (node, &core->conns)
		conn_knock(CONTAINER_OF(node, struct conn, node));
	core_connection_changed(core);
}

static void tick_heard(struct breaker *breaker, struct core *core)
{
	breaker->quiet_ticks = 0;
	if (breaker->open)
		close_breaker(breaker, core);
}

static void tick_quiet(struct breaker *breaker, struct core *core)
{
	int ticks = ++breaker->quiet_ticks;

	if (ticks == SUSPECT_TICKS)
		ask_probe(breaker, core);
	else if (ticks == SUSPECT_TICKS + PROBE_TICKS)
		open_breaker(breaker, core);
	else if (breaker->open && ticks % KNOCK_TICKS == 0)
		conn_lose(&breaker->probe, "PostgreSQL does not answer");
	if (breaker->open)
		conn_knock(&breaker->probe);
}

void breaker_tick(struct breaker *breaker, int64_t now_us)
{
	struct core *core = CONTAINER_OF(breaker, struct core, breaker);
	bool due = breaker->open || any_due(core);

	breaker->useless_ticks = due ? 0 : breaker->useless_ticks + 1;
	if (breaker->heard || !due)
		tick_heard(breaker, core);
	else
		tick_quiet(breaker, core);
	breaker->heard = false;
	if (!is_open(&breaker->probe))
		return;
	conn_tick(&breaker->probe, now_us);
	if (breaker->useless_ticks >= USELESS_TICKS)
		conn_close(&breaker->probe);
}

void breaker_done(struct breaker *breaker)
{
	if (is_open(&breaker->probe))
		conn_close(&breaker->probe);
}
