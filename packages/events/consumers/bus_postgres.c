/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The transport in PostgreSQL, for installations without Redis: publishing writes a row for each group of the event's
 * topic, handing out marks rows under SKIP LOCKED, acknowledging deletes them. The events stay in the log; rows only
 * point there. Its store is the log's own, so it can neither be lost alone nor go back in time alone.
 *
 * Waiting is polling: 50 ms after something came, then ever more slowly up to 500 ms; what this process itself
 * published wakes it at once. A cheap read asks whether there is anything before a transaction is opened for it.
 */
#include "base/check.h"
#include "base/clock.h"
#include "events/bus.h"
#include "events/log/internal.h"
#include "events/sql/bus_sql.h"

enum { POLL_MIN_MS = 50, POLL_MAX_MS = 500 };

struct bus_postgres {
	struct bus bus;
	struct db *db;
	struct wait_queue waiting;
	uint64_t wakeups;
	uv_timer_t poll;
	bool polling;
	unsigned poll_ms;
};

static struct bus_postgres *self_of(struct bus *bus)
{
	return CONTAINER_OF(bus, struct bus_postgres, bus);
}

static void wake_waiting(struct bus_postgres *self)
{
	self->wakeups++;
	wait_queue_wake_all(&self->waiting);
}

static void on_poll(uv_timer_t *timer)
{
	struct bus_postgres *self = CONTAINER_OF(timer, struct bus_postgres, poll);

	self->poll_ms = self->poll_ms * 2 > POLL_MAX_MS ? POLL_MAX_MS : self->poll_ms * 2;
	uv_timer_start(timer, on_poll, self->poll_ms, 0);
	wake_waiting(self);
}

static void poll_soon(struct bus_postgres *self)
{
	if (!self->polling) {
		CHECK(uv_timer_init(loop_uv(task_loop()), &self->poll) == 0);
		self->polling = true;
	}
	self->poll_ms = POLL_MIN_MS;
	uv_timer_start(&self->poll, on_poll, POLL_MIN_MS, 0);
	uv_unref((uv_handle_t *)&self->poll);
}

static void on_published(void *arg)
{
	wake_waiting(arg);
}

/* For what the relay alone writes. */
static struct tx *relay_tx(struct bus *bus)
{
	return tx_collect(bus->leader ? bus->leader : self_of(bus)->db);
}

static enum bus_result bus_postgres_publish(struct bus *bus, const struct event *events, size_t count, int64_t offset)
{
	struct bus_postgres *self = self_of(bus);
	struct str *topics = ARENA_ARRAY(task_arena(), struct str, count);
	int64_t *positions = ARENA_ARRAY(task_arena(), int64_t, count);
	struct uuid *ids = ARENA_ARRAY(task_arena(), struct uuid, count);
	struct tx *tx = relay_tx(bus);

	for (size_t i = 0; i < count; i++) {
		topics[i] = events[i].type;
		positions[i] = events[i].position;
		ids[i] = events[i].id;
	}
	if (count)
		sql_bus_publish(tx, .topics = { topics, count }, .positions = { positions, count },
		                .ids = { ids, count });
	sql_bus_offset_set(tx, .offset = offset);
	tx_on_commit(tx, on_published, self);
	tx_commit(tx);
	return BUS_OK;
}

static enum bus_result bus_postgres_ensure_group(struct bus *bus, struct str topic, struct str group)
{
	struct bus_postgres *self = self_of(bus);

	if (!self->polling)
		poll_soon(self);
	if (sql_bus_group_exists(self->db, .topic = topic, .name = group)->exists)
		return BUS_OK;
	struct tx *tx = tx_collect(self->db);
	sql_bus_group_insert(tx, .topic = topic, .name = group);
	tx_commit(tx);
	return BUS_OK;
}

static void entries_of_rows(const struct sql_bus_entry_rows *rows, struct bus_batch *ret)
{
	*ret = (struct bus_batch){ .entries = ARENA_ARRAY(task_arena(), struct bus_entry, rows->count),
		                   .count = rows->count };
	for (size_t i = 0; i < rows->count; i++) {
		const struct sql_bus_entry_row *row = &rows->rows[i];
		ret->entries[i] = (struct bus_entry){
			.entry_id = str_printf(task_arena(), "%lld", (long long)row->entry),
			.deliveries = row->deliveries,
			.event = EVENT_OF_ROW(row),
		};
	}
}

static enum bus_result bus_postgres_consume(struct bus *bus, struct str topic, struct str group, struct str consumer,
                                            size_t max, int64_t wait_us, struct bus_batch *ret)
{
	struct bus_postgres *self = self_of(bus);
	int64_t until_us = loop_now_us(task_loop()) + wait_us;

	*ret = (struct bus_batch){ 0 };
	if (!self->polling)
		poll_soon(self);
	for (;;) {
		uint64_t seen = self->wakeups;
		if (sql_bus_waiting(self->db, .topic = topic, .name = group, .before = 0)->new) {
			struct tx *tx = tx_begin(self->db);
			struct sql_bus_entry_rows rows = sql_bus_consume(tx, .topic = topic, .name = group,
			                                                 .consumer = consumer, .max = (int64_t)max);
			tx_commit(tx);
			entries_of_rows(&rows, ret);
			poll_soon(self);
		}
		if (ret->count > 0 || loop_now_us(task_loop()) >= until_us)
			return BUS_OK;
		while (self->wakeups == seen)
			wait_queue_wait(&self->waiting);
	}
}

static enum bus_result bus_postgres_claim(struct bus *bus, struct str topic, struct str group, struct str consumer,
                                          size_t max, int64_t idle_us, struct bus_batch *ret)
{
	struct bus_postgres *self = self_of(bus);
	int64_t before = clock_now_us() - idle_us;

	*ret = (struct bus_batch){ 0 };
	if (!sql_bus_waiting(self->db, .topic = topic, .name = group, .before = before)->abandoned)
		return BUS_OK;
	struct tx *tx = tx_begin(self->db);
	struct sql_bus_entry_rows rows = sql_bus_claim(tx, .topic = topic, .name = group, .consumer = consumer,
	                                               .max = (int64_t)max, .before = before);
	tx_commit(tx);
	entries_of_rows(&rows, ret);
	return BUS_OK;
}

static enum bus_result bus_postgres_acknowledge(struct bus *bus, struct str topic, struct str group,
                                                const struct str *entry_ids, size_t count)
{
	struct bus_postgres *self = self_of(bus);
	int64_t *entries = ARENA_ARRAY(task_arena(), int64_t, count);
	struct tx *tx;

	(void)topic, (void)group;
	for (size_t i = 0; i < count; i++)
		CHECK(str_to_i64(entry_ids[i], &entries[i]) == 0); /* our own, from entries_of_rows */
	if (count == 0)
		return BUS_OK;
	tx = tx_collect(self->db);
	sql_bus_acknowledge(tx, .entries = { entries, count });
	tx_commit(tx);
	return BUS_OK;
}

/* Nothing is kept that every group has acknowledged. */
static enum bus_result bus_postgres_trim(struct bus *bus, int64_t max_bytes, bool *ret_lost)
{
	(void)bus, (void)max_bytes;
	*ret_lost = false;
	return BUS_OK;
}

static enum bus_result bus_postgres_mark(struct bus *bus, struct bus_mark *ret)
{
	const struct sql_bus_mark_row *row = sql_bus_mark(self_of(bus)->db);

	*ret = (struct bus_mark){ .epoch = row->epoch, .offset = row->offset };
	return BUS_OK;
}

static enum bus_result bus_postgres_reset(struct bus *bus)
{
	struct tx *tx = relay_tx(bus);

	sql_bus_reset(tx);
	tx_commit(tx);
	return BUS_OK;
}

static enum bus_result bus_postgres_forget_consumer(struct bus *bus, struct str topic, struct str group,
                                                    struct str consumer)
{
	(void)bus, (void)topic, (void)group, (void)consumer;
	return BUS_OK;
}

static enum bus_result bus_postgres_depth(struct bus *bus, struct str topic, struct bus_depth *ret)
{
	const struct sql_bus_depth_row *row = sql_bus_depth(self_of(bus)->db, .topic = topic);

	*ret = (struct bus_depth){ .entries = row->entries, .pending = row->pending };
	return BUS_OK;
}

static void on_poll_closed(uv_handle_t *handle)
{
	free(CONTAINER_OF((uv_timer_t *)handle, struct bus_postgres, poll));
}

static void bus_postgres_free(struct bus *bus)
{
	struct bus_postgres *self = self_of(bus);

	if (self->polling)
		uv_close((uv_handle_t *)&self->poll, on_poll_closed);
	else
		free(self);
}

static const struct bus_ops bus_postgres_ops = {
	.name = "postgres",
	.publish = bus_postgres_publish,
	.ensure_group = bus_postgres_ensure_group,
	.consume = bus_postgres_consume,
	.acknowledge = bus_postgres_acknowledge,
	.claim = bus_postgres_claim,
	.trim = bus_postgres_trim,
	.mark = bus_postgres_mark,
	.reset = bus_postgres_reset,
	.forget_consumer = bus_postgres_forget_consumer,
	.depth = bus_postgres_depth,
	.free = bus_postgres_free,
};

struct bus *bus_postgres_new(struct db *db)
{
	struct bus_postgres *self = calloc(1, sizeof(*self));

	CHECK(self);
	self->bus.ops = &bus_postgres_ops;
	self->db = db;
	wait_queue_init(&self->waiting);
	return &self->bus;
}
