/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Group commit of independent write sets: those that wait go out together under one Sync, which is one implicit
 * transaction and one commit. One group is in flight while the next gathers; that is what makes the groups large when
 * commits are slow.
 *
 * Equal statements of a group are one execution over arrays (sql_statement.batch): 32 rows by one INSERT cost a sixth of 32
 * INSERTs. Each set keeps its own order, but a statement of a later set may come before one of an earlier set. That is what
 * two transactions at the same time may do as well: such a statement depends on its parameters and the rows that it
 * names, and two that touch the same row raise, unless they add to it.
 *
 * An error rolls the whole group back. If it is of several calls, all sets go once more, call by call. The set that
 * caused it is then tried again by itself, for it may only have collided with a neighbour that came first; the neighbours go
 * together once more, and by themselves after a few such rounds. So a set fails only for reasons of its own, and success is
 * known only at the Sync.
 *
 * lock_timeout bounds how long a set that waits for somebody's row lock holds up the others, and ends deadlocks between
 * the groups of two processes (a group holds the locks of all its sets, in no order that anybody chose) sooner than the
 * server would look for them. Such a set goes by itself after a short delay, again and again for REPLAY_US.
 */
#include "base/check.h"
#include "base/random.h"
#include "db/internal.h"

enum { DELAY_MIN_MS = 2, DELAY_JITTER_MS = 20 };

static struct writes *writes_of(struct conn *conn)
{
	return CONTAINER_OF(conn, struct writes, conn);
}

static struct set *first_set(const struct list *sets)
{
	return list_is_empty(sets) ? NULL : CONTAINER_OF(sets->next, struct set, node);
}

struct set *set_new(void)
{
	struct set *set = calloc(1, sizeof(*set));

	if (set)
		list_init(&set->ops);
	return set;
}

void set_free(struct set *set)
{
	if (!set)
		return;
	ops_free(&set->ops);
	PQclear(set->error);
	free(set);
}

static void flush_soon(struct writes *writes)
{
	loop_flush_soon(writes->conn.core->loop, &writes->flush);
}

static void enqueue(struct writes *writes, struct list *queue, struct set *set)
{
	set->state = OP_QUEUED;
	writes->count++;
	writes->bytes += set->bytes;
	list_push_back(queue, &set->node);
}

static void dequeue(struct writes *writes, struct set *set)
{
	list_remove(&set->node);
	writes->count--;
	writes->bytes -= set->bytes;
}

static void finish(struct set *set, enum op_end end)
{
	list_remove(&set->node);
	set->state = OP_DONE;
	set->end = end;
	if (set->task)
		task_wake(set->task);
	else
		set_free(set);
}

/* ---- Sending --------------------------------------------------------------------------------- */

static struct op *next_call(const struct set *set)
{
	return set->at == &set->ops ? NULL : CONTAINER_OF(set->at, struct op, node);
}

/* A set's next calls, as long as they are of this statement: one more execution each, or all of them part of the last one. */
static void plan_calls(struct write_group *group, struct set *set, const struct sql_statement *statement, bool joined)
{
	for (struct op *call; (call = next_call(set)) && call->statement == statement; set->at = set->at->next) {
		struct step *step = joined ? &group->steps[group->step_count - 1] : &group->steps[group->step_count++];

		if (!joined)
			*step = (struct step){ .set = set, .last = &step->calls };
		if (step->set != set)
			step->set = NULL;
		*step->last = call;
		step->last = &call->along;
		call->along = NULL;
		joined = statement->batch && !set->apart;
	}
}

/* The first set's next statement; one that can be joined takes those of the others with it whose turn it is, too. */
static void plan_statement(struct write_group *group, struct set *first, const struct sql_statement *statement)
{
	bool joined = false;

	for (struct list *node = &first->node; node != &group->sets; node = node->next) {
		struct set *set = CONTAINER_OF(node, struct set, node);

		plan_calls(group, set, statement, joined);
		if (set->apart || !statement->batch)
			return;
		joined = true;
	}
}

static void plan(struct write_group *group, size_t calls)
{
	group->steps = calloc(calls + 1, sizeof(*group->steps));
	CHECK(group->steps);
	LIST_FOR (node, &group->sets) {
		struct set *set = CONTAINER_OF(node, struct set, node);

		set->at = set->ops.next;
	}
	LIST_FOR (node, &group->sets) {
		struct set *set = CONTAINER_OF(node, struct set, node);

		for (const struct op *call; (call = next_call(set));)
			plan_statement(group, set, call->statement);
	}
}

/* Those that wait, as many as go together; returns how many calls they are. */
static size_t gather(struct writes *writes, struct write_group *group)
{
	struct set *set = first_set(&writes->queued);
	size_t calls = 0, bytes = 0;

	CHECK(set);
	bool alone, apart = set->apart;
	do {
		calls += set->count;
		bytes += set->bytes;
		alone = set->alone;
		dequeue(writes, set);
		set->state = OP_SENT;
		list_push_back(&group->sets, &set->node);
		group->count++;
		set = alone ? NULL : first_set(&writes->queued);
	} while (set && !set->alone && set->apart == apart && group->count < GROUP_SETS &&
	         calls + set->count <= GROUP_CALLS && bytes + set->bytes <= GROUP_BYTES);
	return calls;
}

static void send_group(struct writes *writes)
{
	struct write_group *group = calloc(1, sizeof(*group));

	CHECK(group);
	list_init(&group->sets);
	plan(group, gather(writes, group));
	for (size_t i = 0; i < group->step_count; i++)
		conn_send_calls(&writes->conn, group->steps[i].calls);
	group->sent_us = clock_mono_us();
	list_push_back(&writes->groups, &group->node);
	writes->in_flight++;
	writes->conn.core->counters.write_groups++;
	writes->conn.core->counters.write_sets += (uint64_t)group->count;
	conn_sync(&writes->conn);
}

static bool may_send(const struct writes *writes)
{
	const struct set *set = first_set(&writes->queued);

	if (!set || writes->conn.state != CONN_READY || writes->stale)
		return false;
	return writes->in_flight == 0 || (set->alone && writes->in_flight < REPLAYS_IN_FLIGHT);
}

static void on_flush(struct loop_flush *flush)
{
	struct writes *writes = CONTAINER_OF(flush, struct writes, flush);

	while (may_send(writes))
		send_group(writes);
}

/* ---- Answers --------------------------------------------------------------------------------- */

static struct write_group *current(struct writes *writes)
{
	return CONTAINER_OF(writes->groups.next, struct write_group, node);
}

static void keep_error(struct write_group *group, const struct step *step, PGresult *result)
{
	if (group->error) {
		PQclear(result);
		return;
	}
	group->error = result;
	group->joined = step && step->calls->along;
	group->culprit = step && !group->joined ? step->set : NULL;
	group->statement = step ? step->calls->statement : NULL;
}

static void count(struct core *core, const struct op *calls, const PGresult *result)
{
	for (const struct op *op = calls; op && op->stats; op = op->along)
		stats_count(op->stats, result, PQntuples(result), core->now_us - op->queued_us);
}

static void on_result(struct conn *conn, PGresult *result)
{
	struct write_group *group = current(writes_of(conn));
	const struct step *step = group->at < group->step_count ? &group->steps[group->at++] : NULL;

	switch (PQresultStatus(result)) {
	case PGRES_TUPLES_OK:
	case PGRES_COMMAND_OK:
		CHECK(step);
		count(conn->core, step->calls, result);
		PQclear(result);
		break;
	case PGRES_PIPELINE_ABORTED:
		PQclear(result);
		break;
	default:
		if (step)
			count(conn->core, step->calls, NULL);
		keep_error(group, step, result);
	}
}

static void on_delay(uv_timer_t *timer)
{
	struct writes *writes = timer->data;

	list_move_all(&writes->queued, &writes->delayed);
	flush_soon(writes);
}

/* A group of one has failed, so this is its answer, unless it met a lock. */
static void fail_alone(struct writes *writes, struct write_group *group)
{
	struct set *set = first_set(&group->sets);

	CHECK(set);
	if (error_is_transient(group->error) && set->task && writes->conn.core->now_us - set->since_us < REPLAY_US) {
		list_remove(&set->node);
		set->alone = true;
		writes->conn.core->counters.replays++;
		enqueue(writes, &writes->delayed, set);
		if (!uv_is_active((uv_handle_t *)writes->timer))
			uv_timer_start(writes->timer, on_delay, DELAY_MIN_MS + random_below(DELAY_JITTER_MS), 0);
		return;
	}
	set->error = group->error;
	set->statement = group->statement;
	group->error = NULL;
	finish(set, OP_ERROR);
}

/* Back to the head of the queue: the neighbours in their order, then the culprit; all of them when it is not known yet. */
static void replay(struct writes *writes, struct write_group *group)
{
	struct list again;
	struct set *culprit = group->culprit;

	list_init(&again);
	if (culprit) {
		list_remove(&culprit->node);
		culprit->alone = true;
	}
	for (struct set *set; (set = first_set(&group->sets));) {
		list_remove(&set->node);
		set->apart |= group->joined;
		set->alone = !group->joined && (!culprit || ++set->regroups >= REGROUPS_MAX);
		enqueue(writes, &again, set);
	}
	if (culprit)
		enqueue(writes, &again, culprit);
	writes->conn.core->counters.replays += (uint64_t)group->count;
	list_move_all(&again, &writes->queued);
	list_move_all(&writes->queued, &again);
}

static void end_group(struct writes *writes, struct write_group *group)
{
	struct set *first = first_set(&group->sets);

	CHECK(first);
	if (!group->error) {
		for (struct set *set; (set = first_set(&group->sets));)
			finish(set, OP_OK);
	} else if (error_is_stale_plan(group->error) && first->stale < ATTEMPTS_MAX) {
		first->stale++;
		writes->stale = true;
		replay(writes, group);
	} else if (group->count == 1 && !group->joined) {
		fail_alone(writes, group);
	} else {
		replay(writes, group);
	}
}

static void free_group(struct writes *writes, struct write_group *group)
{
	list_remove(&group->node);
	writes->in_flight--;
	PQclear(group->error);
	free(group->steps);
	free(group);
}

static void on_sync(struct conn *conn)
{
	struct writes *writes = writes_of(conn);
	struct write_group *group = current(writes);

	conn->core->latency_us = conn->core->now_us - group->sent_us;
	end_group(writes, group);
	free_group(writes, group);
	/* What else is in flight gets its answer first: it would be lost for no reason. */
	if (writes->stale && writes->in_flight == 0)
		conn_lose(conn, "statements must be prepared again");
	else if (!list_is_empty(&writes->queued))
		flush_soon(writes);
}

static void on_ready(struct conn *conn)
{
	struct writes *writes = writes_of(conn);

	writes->stale = false;
	core_connection_changed(conn->core);
	flush_soon(writes);
}

/* Sent is not committed and not refused either: nobody knows. */
static void on_lost(struct conn *conn)
{
	struct writes *writes = writes_of(conn);

	while (!list_is_empty(&writes->groups)) {
		struct write_group *group = current(writes);
		for (struct set *set; (set = first_set(&group->sets));)
			finish(set, OP_LOST);
		free_group(writes, group);
	}
}

static bool is_write(const struct sql_statement *statement)
{
	return statement->use == SQL_WRITE && (statement->rows == SQL_EXEC || statement->rows == SQL_EXPECT);
}

static const struct sql_statement *const own_statements[] = { &leader_fence, NULL };

static const struct conn_kind write_kind = { .name = "write",
	                                     .prepares = is_write,
	                                     .batches = true,
	                                     .extra = own_statements,
	                                     .settings = "-c lock_timeout=200 " SETTINGS_ONE_PLAN,
	                                     .on_ready = on_ready,
	                                     .on_result = on_result,
	                                     .on_sync = on_sync,
	                                     .on_lost = on_lost };

/* ---- For tasks ------------------------------------------------------------------------------- */

/* What was not sent does not happen; what was sent runs on without us. */
static void leave(struct writes *writes, struct set *set)
{
	set->task = NULL;
	if (set->state == OP_QUEUED)
		dequeue(writes, set);
	if (set->state != OP_SENT)
		set_free(set);
}

void writes_commit(struct writes *writes, struct set *set)
{
	struct core *core = writes->conn.core;

	if (writes->count >= (size_t)core->options.queue_max || writes->bytes + set->bytes > QUEUE_BYTES ||
	    conn_is_away(&writes->conn)) {
		set_free(set);
		core_refuse(core, &writes->conn);
	}
	set->task = task_self();
	set->since_us = clock_mono_us();
	enqueue(writes, &writes->queued, set);
	flush_soon(writes);
	while (set->state != OP_DONE) {
		enum wake why = task_wait();
		if (why == WAKE_DONE)
			continue;
		leave(writes, set);
		task_end(why);
	}
}

/* ---- Life ------------------------------------------------------------------------------------ */

void writes_tick(struct writes *writes, int64_t now_us)
{
	conn_tick(&writes->conn, now_us);
	if (writes->count == 0 || !conn_is_away(&writes->conn))
		return;
	list_move_all(&writes->queued, &writes->delayed);
	for (struct set *set; (set = first_set(&writes->queued));) {
		dequeue(writes, set);
		finish(set, OP_AWAY);
	}
}

void writes_open(struct writes *writes, struct core *core)
{
	*writes = (struct writes){ .flush.run = on_flush };
	list_init(&writes->flush.node);
	list_init(&writes->queued);
	list_init(&writes->delayed);
	list_init(&writes->groups);
	writes->timer = timer_new(core, writes);
	conn_open(&writes->conn, core, &write_kind);
}

void writes_close(struct writes *writes)
{
	conn_close(&writes->conn);
	on_lost(&writes->conn);
	loop_flush_cancel(&writes->flush);
	handle_close(writes->timer);
	list_move_all(&writes->queued, &writes->delayed);
	for (struct set *set; (set = first_set(&writes->queued));) {
		dequeue(writes, set);
		set_free(set);
	}
}
