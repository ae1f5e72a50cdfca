/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads in groups: what the tasks of one turn asked for goes out under one Sync at the turn's end. Two groups are in
 * flight while the next gathers, so light load keeps its latency and heavy load makes large groups by itself.
 *
 * Calls of one statement in a group are one execution over arrays (sql_statement.batch): looking up 64 rows by one costs a
 * third of 64 executions. When it fails, its calls are asked again by themselves.
 *
 * An error ends a group: the culprit's task gets it, the statements behind it were skipped by the server and are asked
 * again, alone after the second time. Reads may be repeated at will; that is what `read` in their file promises.
 *
 * Slow statements are planned anew each time: lists with optional filters need the index of the filters given, and a
 * generic plan, which the server may settle on after a few runs, walks the whole table for a rare one.
 */
#include <endian.h>
#include <string.h>

#include "base/check.h"
#include "db/internal.h"

static struct lane *lane_of(struct conn *conn)
{
	return CONTAINER_OF(conn, struct lane, conn);
}

static void flush_soon(struct lane *lane)
{
	loop_flush_soon(lane->conn.core->loop, &lane->flush);
}

static void enqueue(struct lane *lane, struct op *op, bool front)
{
	op->state = OP_QUEUED;
	lane->count++;
	lane->bytes += op->bytes;
	if (front)
		list_push_front(&lane->queued, &op->node);
	else
		list_push_back(&lane->queued, &op->node);
}

static void dequeue(struct lane *lane, struct op *op)
{
	list_remove(&op->node);
	lane->count--;
	lane->bytes -= op->bytes;
}

static struct op *first_op(const struct list *ops)
{
	return list_is_empty(ops) ? NULL : CONTAINER_OF(ops->next, struct op, node);
}

/* ---- Sending --------------------------------------------------------------------------------- */

/* The first of those calls in the group that this one can go along with; NULL: none. */
static struct op *companion(const struct group *group, const struct op *op)
{
	if (!op->statement->batch || op->alone)
		return NULL;
	LIST_FOR (node, &group->ops) {
		struct op *first = CONTAINER_OF(node, struct op, node);

		if (first->calls && first->statement == op->statement)
			return first;
	}
	return NULL;
}

/* Calls of one execution follow each other in the group. */
static void join_group(struct group *group, struct op *op)
{
	struct op *first = companion(group, op);

	op->along = NULL;
	op->calls = !first;
	if (!first) {
		list_push_back(&group->ops, &op->node);
		return;
	}
	op->along = first->along;
	first->along = op;
	first->calls++;
	list_push_front(&first->node, &op->node);
}

static void send_group(struct lane *lane)
{
	struct group *group = &lane->groups[(lane->first + lane->in_flight) % GROUPS_IN_FLIGHT];
	size_t bytes = 0;
	struct op *op = first_op(&lane->queued);
	bool alone = op->alone;

	for (int i = 0; op && i < lane->group_ops && (i == 0 || (!alone && !op->alone)) && bytes < GROUP_BYTES; i++) {
		bytes += op->bytes;
		dequeue(lane, op);
		op->state = OP_SENT;
		join_group(group, op);
		op = first_op(&lane->queued);
	}
	LIST_FOR (node, &group->ops) {
		op = CONTAINER_OF(node, struct op, node);
		if (op->calls)
			conn_send_calls(&lane->conn, op);
	}
	group->sent_us = clock_mono_us();
	lane->in_flight++;
	lane->conn.core->counters.groups++;
	conn_sync(&lane->conn);
}

static void on_flush(struct loop_flush *flush)
{
	struct lane *lane = CONTAINER_OF(flush, struct lane, flush);

	while (lane->conn.state == CONN_READY && !lane->stale && lane->in_flight < GROUPS_IN_FLIGHT &&
	       !list_is_empty(&lane->queued))
		send_group(lane);
}

/* ---- Answers --------------------------------------------------------------------------------- */

/* Moves ops to the head of the queue, keeping their order; tombstones are dropped. */
static void requeue(struct lane *lane, struct list *ops)
{
	while (!list_is_empty(ops)) {
		struct op *op = CONTAINER_OF(ops->prev, struct op, node);

		list_remove(&op->node);
		if (op->task)
			enqueue(lane, op, true);
		else
			op_free(op);
	}
}

static void on_ready(struct conn *conn)
{
	struct lane *lane = lane_of(conn);

	lane->stale = false;
	core_connection_changed(conn->core);
	flush_soon(lane);
}

static struct op *pop_call(struct lane *lane)
{
	struct list *node = list_pop_front(&lane->groups[lane->first].ops);

	CHECK(node);
	return CONTAINER_OF(node, struct op, node);
}

/* By themselves. */
static void ask_again(struct lane *lane, int calls)
{
	for (int i = 0; i < calls; i++) {
		struct op *op = pop_call(lane);

		op->alone = true;
		list_push_back(&lane->again, &op->node);
	}
}

static void on_error(struct lane *lane, int calls, PGresult *result)
{
	bool stale = error_is_stale_plan(result);

	for (int i = 0; i < calls; i++) {
		struct op *op = pop_call(lane);

		if (stale && op->attempts < ATTEMPTS_MAX) {
			op->attempts++;
			lane->stale = true;
		} else if (calls > 1) {
			op->alone = true;
		} else {
			op_finish(lane->conn.core, op, OP_ERROR, result);
			return;
		}
		list_push_back(&lane->again, &op->node);
	}
	PQclear(result);
}

static void on_aborted(struct lane *lane, int calls)
{
	for (int i = 0; i < calls; i++) {
		struct op *op = pop_call(lane);

		op->alone = op->alone || ++op->aborts > 1;
		list_push_back(&lane->again, &op->node);
	}
}

/* The number of the call, from 1, that a row is of: the column behind the statement's own. */
static int call_of_row(const PGresult *result, int row, int column)
{
	uint64_t wire;

	CHECK(PQgetlength(result, row, column) == sizeof(wire));
	memcpy(&wire, PQgetvalue(result, row, column), sizeof(wire));
	return (int)be64toh(wire);
}

static bool comes_call_by_call(const PGresult *result, int column)
{
	for (int row = 1; row < PQntuples(result); row++)
		if (call_of_row(result, row, column) < call_of_row(result, row - 1, column))
			return false;
	return true;
}

/* Rows come call by call, in the order of the calls; unless a planner of the future joins them the other way round. */
static void on_rows(struct lane *lane, int calls, PGresult *result)
{
	int row = 0, count = PQntuples(result), column = PQnfields(result) - 1;

	if (!comes_call_by_call(result, column)) {
		ask_again(lane, calls);
		PQclear(result);
		return;
	}
	int *sharers = malloc(sizeof(*sharers));
	CHECK(sharers);
	*sharers = calls;
	for (int call = 1; call <= calls; call++) {
		int first = row;

		while (row < count && call_of_row(result, row, column) == call)
			row++;
		op_finish_shared(lane->conn.core, pop_call(lane), result, sharers, first, row - first);
	}
	CHECK(row == count);
}

static void on_result(struct conn *conn, PGresult *result)
{
	struct lane *lane = lane_of(conn);
	const struct op *op = first_op(&lane->groups[lane->first].ops);

	if (!op) { /* the end of a transaction that only read cannot fail in a way that matters */
		PQclear(result);
		return;
	}
	switch (PQresultStatus(result)) {
	case PGRES_TUPLES_OK:
	case PGRES_COMMAND_OK:
		if (op->statement->batch)
			on_rows(lane, op->calls, result);
		else
			op_finish(conn->core, pop_call(lane), OP_OK, result);
		break;
	case PGRES_PIPELINE_ABORTED:
		PQclear(result);
		on_aborted(lane, op->calls);
		break;
	default:
		on_error(lane, op->calls, result);
	}
}

static void on_sync(struct conn *conn)
{
	struct lane *lane = lane_of(conn);
	struct group *group = &lane->groups[lane->first];

	CHECK(list_is_empty(&group->ops));
	conn->core->latency_us = conn->core->now_us - group->sent_us;
	lane->first = (lane->first + 1) % GROUPS_IN_FLIGHT;
	lane->in_flight--;
	conn->core->counters.replays += !list_is_empty(&lane->again);
	requeue(lane, &lane->again);
	if (lane->stale)
		conn_lose(conn, "statements must be prepared again");
	else if (!list_is_empty(&lane->queued))
		flush_soon(lane);
}

/* In flight: repeated a few times, for one of them may be what brings the server down. */
static void on_lost(struct conn *conn)
{
	struct lane *lane = lane_of(conn);
	struct list lost;

	list_init(&lost);
	list_move_all(&lost, &lane->again);
	for (; lane->in_flight > 0; lane->in_flight--, lane->first = (lane->first + 1) % GROUPS_IN_FLIGHT)
		list_move_all(&lost, &lane->groups[lane->first].ops);
	LIST_FOR_SAFE (node, &lost) {
		struct op *op = CONTAINER_OF(node, struct op, node);
		if (op->attempts++ < ATTEMPTS_MAX)
			continue;
		list_remove(&op->node);
		op_finish(conn->core, op, OP_LOST, NULL);
	}
	requeue(lane, &lost);
}

static bool is_read(const struct sql_statement *statement)
{
	return statement->use == SQL_READ;
}

static bool is_slow(const struct sql_statement *statement)
{
	return statement->use == SQL_SLOW;
}

const struct conn_kind read_kind = { .name = "read",
	                             .prepares = is_read,
	                             .batches = true,
	                             .settings = SETTINGS_ONE_PLAN,
	                             .on_ready = on_ready,
	                             .on_result = on_result,
	                             .on_sync = on_sync,
	                             .on_lost = on_lost };
const struct conn_kind slow_kind = { .name = "slow",
	                             .prepares = is_slow,
	                             .settings = "-c plan_cache_mode=force_custom_plan"
	                                         " -c hash_mem_multiplier=32", /* NOT IN is hashed, or takes for ever */
	                             .on_ready = on_ready,
	                             .on_result = on_result,
	                             .on_sync = on_sync,
	                             .on_lost = on_lost };

/* ---- For tasks ------------------------------------------------------------------------------- */

static void leave(struct op *op)
{
	op->task = NULL;
	if (op->state == OP_QUEUED) {
		dequeue(op->lane, op);
		op_free(op);
	}
}

void *lane_read(struct lane *lane, const struct sql_statement *statement, const void *params, size_t *ret_count)
{
	struct op *op = op_new(lane->conn.core, statement, params);

	if (lane->count >= (size_t)lane->conn.core->options.queue_max || lane->bytes + op->bytes > QUEUE_BYTES ||
	    conn_is_away(&lane->conn)) {
		op_free(op);
		core_refuse(lane->conn.core, &lane->conn);
	}
	op->task = task_self();
	op->lane = lane;
	enqueue(lane, op, false);
	flush_soon(lane);
	op_wait(op, leave);
	if (op->end == OP_OK)
		return op_take_rows(op, ret_count);
	PGresult *error = op->result;
	op->result = NULL;
	enum op_end end = op->end;
	op_free(op);
	if (end == OP_ERROR)
		error_end(error, statement);
	error_end_away();
}

/* ---- Life ------------------------------------------------------------------------------------ */

static void finish_all(struct lane *lane, enum op_end end)
{
	for (struct op *op; (op = first_op(&lane->queued));) {
		dequeue(lane, op);
		op_finish(lane->conn.core, op, end, NULL);
	}
}

void lane_tick(struct lane *lane, int64_t now_us)
{
	conn_tick(&lane->conn, now_us);
	if (lane->count > 0 && conn_is_away(&lane->conn))
		finish_all(lane, OP_AWAY);
}

void lane_open(struct lane *lane, struct core *core, const struct conn_kind *kind, int group_ops)
{
	*lane = (struct lane){ .group_ops = group_ops, .flush.run = on_flush };
	list_init(&lane->flush.node);
	list_init(&lane->queued);
	list_init(&lane->again);
	for (int i = 0; i < GROUPS_IN_FLIGHT; i++)
		list_init(&lane->groups[i].ops);
	conn_open(&lane->conn, core, kind);
}

/* No task waits: what is left are tombstones. */
void lane_close(struct lane *lane)
{
	conn_close(&lane->conn);
	loop_flush_cancel(&lane->flush);
	for (int i = 0; i < GROUPS_IN_FLIGHT; i++)
		ops_free(&lane->groups[i].ops);
	ops_free(&lane->again);
	ops_free(&lane->queued);
}
