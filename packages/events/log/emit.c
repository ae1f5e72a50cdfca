/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing events, and the doorbell after the commit. The doorbell is never part of the transaction (NOTIFY would hold a
 * lock of the whole database through the commit): it is one PUBLISH per turn of the loop, however many transactions
 * committed in it, and losing it costs the relay's next poll and nothing else. Followers are told in the same pipeline
 * which aggregates changed, so that a socket waits neither for the relay nor for a worker to be there at all.
 */
#include "events/event.h"

#include "base/check.h"
#include "events/log/internal.h"
#include "events/sql/event_sql.h"
#include "redis/redis.h"
#include "telemetry/trace.h"
#include "json/json.h"

static void ring_doorbell(struct loop_flush *flush)
{
	struct events *events = CONTAINER_OF(flush, struct events, doorbell);
	const struct str publish[] = { STR("PUBLISH"), STR(DOORBELL_CHANNEL), STR("") };

	if (events->redis)
		redis_send(events->redis, publish, ARRAY_COUNT(publish));
	change_notice_send(&events->changes, events->redis);
	LIST_FOR_SAFE (node, &events->listeners) {
		struct events_listener *listener = CONTAINER_OF(node, struct events_listener, node);
		listener->on_commit(listener->arg);
	}
}

struct emitted {
	struct events *events;
	struct uuid aggregate_id;
	int64_t aggregate_seq;
};

static void on_emitted(void *arg)
{
	const struct emitted *emitted = arg;
	struct events *events = emitted->events;

	change_notice_add(&events->changes, events->redis, emitted->aggregate_id, emitted->aggregate_seq);
	loop_flush_soon(events->loop, &events->doorbell);
}

struct events *events_open(struct loop *loop, const struct events_options *options)
{
	struct events *events = calloc(1, sizeof(*events));

	CHECK(events);
	*events =
	        (struct events){ .loop = loop, .db = options->db, .redis = options->redis, .source = options->source };
	events->doorbell.run = ring_doorbell;
	list_init(&events->listeners);
	db_set_context(options->db, events);
	return events;
}

void events_close(struct events *events)
{
	if (!events)
		return;
	CHECK(list_is_empty(&events->listeners));
	loop_flush_cancel(&events->doorbell);
	db_set_context(events->db, NULL);
	for (struct yielding *next; events->yielding; events->yielding = next) {
		next = events->yielding->next;
		free(events->yielding);
	}
	free(events);
}

void events_listen(struct events *events, struct events_listener *listener)
{
	if (events)
		list_push_back(&events->listeners, &listener->node);
	else
		list_init(&listener->node);
}

void events_unlisten(struct events_listener *listener)
{
	list_remove(&listener->node);
}

static struct str data_text(const struct event_type *type, const void *data)
{
	struct buf buf;

	buf_init_arena(&buf, task_arena(), EVENT_DATA_MAX);
	json_write(&buf, type->data, data);
	if (buf.overflow)
		fail("the data of %s is larger than %d bytes", type->name, (int)EVENT_DATA_MAX);
	return buf_view(&buf);
}

struct uuid event_emit(struct tx *tx, const struct event_type *type, struct uuid aggregate_id, int64_t aggregate_seq,
                       const void *data)
{
	struct events *events = db_context(tx_owner(tx));
	const struct trace *trace = trace_current();
	struct uuid id = uuid_new_v7(task_now_us());
	char traceparent[TRACEPARENT_LEN];

	CHECK(events);
	if (trace)
		trace_format(trace, traceparent);
	bool correlated = trace && !uuid_is_nil(trace->correlation_id);
	bool caused = trace && !uuid_is_nil(trace->causation_id);
	sql_event_insert(tx, .id = id, .type = str_from(type->name), .version = type->version,
	                 .aggregate = str_from(type->aggregate), .aggregate_id = aggregate_id,
	                 .aggregate_seq = aggregate_seq, .occurred_at = task_now_us(),
	                 .source = str_from(events->source), .correlation_id = correlated ? trace->correlation_id : id,
	                 .causation_id = { .set = caused, .value = caused ? trace->causation_id : id },
	                 .traceparent = trace ? (struct str){ traceparent, TRACEPARENT_LEN } : STR_NULL,
	                 .data = data_text(type, data));
	tx_on_commit(tx, on_emitted,
	             arena_copy(task_arena(), &(struct emitted){ events, aggregate_id, aggregate_seq },
	                        sizeof(struct emitted)));
	return id;
}

struct uuid event_emit_as(struct tx *tx, const struct schema *schema, const struct event_type *type,
                          struct uuid aggregate_id, int64_t aggregate_seq, const void *data)
{
	if (type->data != schema)
		fail("the data of %s is not a %s", type->name, schema->name);
	return event_emit(tx, type, aggregate_id, aggregate_seq, data);
}
