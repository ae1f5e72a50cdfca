/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The transport on Redis Streams: a stream for each topic ("stoa:stream:<type>"), a consumer group for each
 * subscription, and a bell for each topic ("stoa:topic:<type>") that is rung in the same pipeline as the entries.
 *
 * Consumers do not block in Redis: XREADGROUP takes one group, so each subscription would need a connection of its own.
 * They read when the bell rings, and every 500 ms in case it was lost; either way the read shares the pipeline of the
 * turn.
 *
 * Groups begin at the start of the stream, so that a group that was lost sees again what is still there; the inbox
 * sorts that out. A stream is trimmed below what the slowest group known here has acknowledged. Groups of subscriptions
 * that nobody here knows do not hold it back.
 */
#include "base/check.h"
#include "base/clock.h"
#include "events/bus.h"
#include "events/internal.h"
#include "events/stream.h"
#include "redis/redis.h"
#include "telemetry/log.h"

enum { POLL_MS = 500, CONSUMER_IDLE_MS = 600000, ENTRY_ID_MAX = 48 };

struct group {
	struct list node;
	char cursor[ENTRY_ID_MAX]; /* where the next claim goes on */
	size_t name_len;
	char name[];
};

struct topic {
	struct list node;
	struct str type, key, bell; /* in the topic's own allocation */
	struct redis_subscription *subscription;
	struct wait_queue waiting;
	uint64_t rings;
	struct list groups;
};

struct bus_redis {
	struct bus bus;
	struct redis *redis;
	int64_t max_bytes;
	struct list topics;
	uv_timer_t poll;
	bool polling;
};

static struct redis_script reap_script = {
	.text = "local left = 0 "
	        "local ok, rows = pcall(redis.call, 'XINFO', 'CONSUMERS', KEYS[1], ARGV[1]) "
	        "if not ok or rows.err then return 0 end "
	        "for _, row in ipairs(rows) do "
	        "  local name, pending, idle = row[2], row[4], row[6] "
	        "  if pending == 0 and (name == ARGV[3] or (ARGV[3] == '' and idle >= tonumber(ARGV[2]))) then "
	        "    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], name) left = left + 1 "
	        "  end "
	        "end return left"
};

static struct bus_redis *self_of(struct bus *bus)
{
	return CONTAINER_OF(bus, struct bus_redis, bus);
}

/* ---- Topics and their bells -------------------------------------------------------------------- */

static void topic_ring(struct topic *topic)
{
	topic->rings++;
	wait_queue_wake_all(&topic->waiting);
}

static void on_bell(void *arg, struct str channel, struct str message)
{
	(void)channel, (void)message;
	topic_ring(arg);
}

static void on_bell_lost(void *arg)
{
	topic_ring(arg);
}

static char *append(char *at, struct str prefix, struct str text, struct str *ret)
{
	*ret = (struct str){ at, prefix.len + text.len };
	memcpy(at, prefix.ptr, prefix.len);
	memcpy(at + prefix.len, text.ptr, text.len);
	at[ret->len] = '\0';
	return at + ret->len + 1;
}

static struct topic *topic_of(struct bus_redis *self, struct str type)
{
	LIST_FOR (node, &self->topics) {
		struct topic *topic = CONTAINER_OF(node, struct topic, node);
		if (str_eq(topic->type, type))
			return topic;
	}
	struct topic *topic = calloc(1, sizeof(*topic) + 3 * type.len + 64);
	CHECK(topic);
	char *at = append((char *)(topic + 1), STR(""), type, &topic->type);
	at = append(at, STR("stoa:stream:"), type, &topic->key);
	append(at, STR("stoa:topic:"), type, &topic->bell);
	wait_queue_init(&topic->waiting);
	list_init(&topic->groups);
	list_push_back(&self->topics, &topic->node);
	return topic;
}

static struct group *group_of(struct topic *topic, struct str name)
{
	LIST_FOR (node, &topic->groups) {
		struct group *group = CONTAINER_OF(node, struct group, node);
		if (str_eq((struct str){ group->name, group->name_len }, name))
			return group;
	}
	struct group *group = calloc(1, sizeof(*group) + name.len + 1);
	CHECK(group);
	group->name_len = name.len;
	memcpy(group->name, name.ptr, name.len);
	snprintf(group->cursor, sizeof(group->cursor), "0-0");
	list_push_back(&topic->groups, &group->node);
	return group;
}

static void on_poll(uv_timer_t *timer)
{
	struct bus_redis *self = CONTAINER_OF(timer, struct bus_redis, poll);

	LIST_FOR (node, &self->topics)
		topic_ring(CONTAINER_OF(node, struct topic, node));
}

static void start_polling(struct bus_redis *self)
{
	if (self->polling)
		return;
	self->polling = true;
	CHECK(uv_timer_init(loop_uv(task_loop()), &self->poll) == 0);
	uv_timer_start(&self->poll, on_poll, POLL_MS, POLL_MS);
	uv_unref((uv_handle_t *)&self->poll);
}

/* ---- Publishing -------------------------------------------------------------------------------- */

struct pipeline {
	struct redis_call *calls;
	size_t count;
};

static void pipeline_add(struct pipeline *pipeline, const struct str *args, size_t count)
{
	struct str *copy = arena_copy(task_arena(), args, count * sizeof(*args));

	pipeline->calls[pipeline->count++] = (struct redis_call){ .args = copy, .count = count };
}

#define PIPELINE_ADD(pipeline, ...)                                   \
	pipeline_add((pipeline), (const struct str[]){ __VA_ARGS__ }, \
	             sizeof((const struct str[]){ __VA_ARGS__ }) / sizeof(struct str))

static bool all_good(const struct redis_value *values, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (values[i].kind == REDIS_ERROR)
			log_warn("event stream: %.*s", STR_ARG(values[i].str));
		if (values[i].kind == REDIS_ERROR || values[i].kind == REDIS_AWAY)
			return false;
	}
	return true;
}

static void add_bells(struct pipeline *pipeline, struct topic **touched, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		bool first = true;
		for (size_t j = 0; j < i && first; j++)
			first = touched[j] != touched[i];
		if (first)
			PIPELINE_ADD(pipeline, STR("PUBLISH"), touched[i]->bell, STR(""));
	}
}

static enum bus_result bus_redis_publish(struct bus *bus, const struct event *events, size_t count, int64_t place)
{
	struct bus_redis *self = self_of(bus);
	struct arena *arena = task_arena();
	struct pipeline pipeline = { .calls = ARENA_ARRAY(arena, struct redis_call, 2 * count + 1) };
	struct topic **touched = ARENA_ARRAY(arena, struct topic *, count);
	size_t touched_count = 0;

	for (size_t i = 0; i < count; i++) {
		struct topic *topic = topic_of(self, events[i].type);
		struct str *args = ARENA_ARRAY(arena, struct str, STREAM_XADD_ARGS);
		stream_xadd(arena, topic->key, &events[i], args);
		pipeline.calls[pipeline.count++] = (struct redis_call){ .args = args, .count = STREAM_XADD_ARGS };
		bool again = false;
		for (size_t j = 0; j < touched_count && !again; j++)
			again = touched[j] == topic;
		if (!again)
			touched[touched_count++] = topic;
	}
	add_bells(&pipeline, touched, touched_count);
	PIPELINE_ADD(&pipeline, STR("SET"), STR("stoa:place"), str_printf(arena, "%lld", (long long)place));
	return all_good(redis_pipeline(self->redis, pipeline.calls, pipeline.count), pipeline.count) ? BUS_OK
	                                                                                             : BUS_AWAY;
}

/* ---- Groups ------------------------------------------------------------------------------------ */

static bool is_error(const struct redis_value *value, struct str start)
{
	return value->kind == REDIS_ERROR && str_starts(value->str, start);
}

static enum bus_result bus_redis_ensure_group(struct bus *bus, struct str type, struct str name)
{
	struct bus_redis *self = self_of(bus);
	struct topic *topic = topic_of(self, type);

	group_of(topic, name);
	if (!topic->subscription)
		topic->subscription = redis_subscribe(self->redis, topic->bell.ptr, on_bell, on_bell_lost, topic);
	start_polling(self);
	struct redis_value value =
	        REDIS(self->redis, STR("XGROUP"), STR("CREATE"), topic->key, name, STR("0"), STR("MKSTREAM"));
	if (value.kind == REDIS_STR || is_error(&value, STR("BUSYGROUP")))
		return BUS_OK;
	return BUS_AWAY;
}

/* ---- Handing out ------------------------------------------------------------------------------- */

static void acknowledge(struct bus_redis *self, struct topic *topic, struct str group, const struct str *ids,
                        size_t count)
{
	struct str *args = ARENA_ARRAY(task_arena(), struct str, count + 3);

	args[0] = STR("XACK");
	args[1] = topic->key;
	args[2] = group;
	for (size_t i = 0; i < count; i++)
		args[3 + i] = ids[i];
	redis_send(self->redis, args, count + 3);
}

/* [[entry id, [field, value, ...]], ...]; what is not ours is acknowledged and left out. */
static void entries_of(struct bus_redis *self, struct topic *topic, struct str group, const struct redis_value *list,
                       struct bus_batch *ret)
{
	*ret = (struct bus_batch){ .entries = ARENA_ARRAY(task_arena(), struct bus_entry, list->count) };
	for (size_t i = 0; i < list->count; i++) {
		const struct redis_value *row = &list->items[i];
		struct bus_entry *entry = &ret->entries[ret->count];
		if (row->kind != REDIS_ARRAY || row->count != 2)
			continue;
		entry->entry_id = row->items[0].str;
		entry->deliveries = 1;
		if (stream_parse(&row->items[1], &entry->event) == 0) {
			ret->count++;
			continue;
		}
		log_warn("%.*s holds an entry that is no event: %.*s", STR_ARG(topic->key), STR_ARG(entry->entry_id));
		acknowledge(self, topic, group, &entry->entry_id, 1);
	}
}

static enum bus_result read_group(struct bus_redis *self, struct topic *topic, struct str group, struct str consumer,
                                  size_t max, struct bus_batch *ret)
{
	struct redis_value value = REDIS(self->redis, STR("XREADGROUP"), STR("GROUP"), group, consumer, STR("COUNT"),
	                                 str_printf(task_arena(), "%zu", max), STR("STREAMS"), topic->key, STR(">"));

	*ret = (struct bus_batch){ 0 };
	if (is_error(&value, STR("NOGROUP")))
		return bus_redis_ensure_group(&self->bus, topic->type, group);
	if (value.kind == REDIS_AWAY || value.kind == REDIS_ERROR)
		return BUS_AWAY;
	if (value.kind == REDIS_ARRAY && value.count == 1 && value.items[0].count == 2)
		entries_of(self, topic, group, &value.items[0].items[1], ret);
	return BUS_OK;
}

static enum bus_result bus_redis_consume(struct bus *bus, struct str type, struct str group, struct str consumer,
                                         size_t max, int64_t wait_us, struct bus_batch *ret)
{
	struct bus_redis *self = self_of(bus);
	struct topic *topic = topic_of(self, type);
	int64_t until_us = loop_now_us(task_loop()) + wait_us;

	for (;;) {
		uint64_t heard = topic->rings;
		enum bus_result result = read_group(self, topic, group, consumer, max, ret);
		if (result != BUS_OK || ret->count > 0 || loop_now_us(task_loop()) >= until_us)
			return result;
		while (topic->rings == heard)
			wait_queue_wait(&topic->waiting);
	}
}

static enum bus_result bus_redis_acknowledge(struct bus *bus, struct str type, struct str group, const struct str *ids,
                                             size_t count)
{
	struct bus_redis *self = self_of(bus);
	struct str *args = ARENA_ARRAY(task_arena(), struct str, count + 3);

	if (count == 0)
		return BUS_OK;
	args[0] = STR("XACK");
	args[1] = topic_of(self, type)->key;
	args[2] = group;
	for (size_t i = 0; i < count; i++)
		args[3 + i] = ids[i];
	return redis_command(self->redis, args, count + 3).kind == REDIS_INT ? BUS_OK : BUS_AWAY;
}

/* XAUTOCLAIM counts deliveries up but does not tell them: XPENDING does. */
static void fill_deliveries(struct bus_redis *self, struct topic *topic, struct str group, struct str consumer,
                            struct bus_batch *batch)
{
	if (batch->count == 0)
		return;
	struct redis_value rows = REDIS(self->redis, STR("XPENDING"), topic->key, group, batch->entries[0].entry_id,
	                                batch->entries[batch->count - 1].entry_id, STR("10000"), consumer);
	size_t at = 0;

	for (size_t i = 0; rows.kind == REDIS_ARRAY && i < rows.count && at < batch->count; i++) {
		const struct redis_value *row = &rows.items[i];
		if (row->count != 4 || !str_eq(row->items[0].str, batch->entries[at].entry_id))
			continue;
		batch->entries[at++].deliveries = row->items[3].integer;
	}
}

static enum bus_result bus_redis_claim(struct bus *bus, struct str type, struct str name, struct str consumer,
                                       size_t max, int64_t idle_us, struct bus_batch *ret)
{
	struct bus_redis *self = self_of(bus);
	struct topic *topic = topic_of(self, type);
	struct group *group = group_of(topic, name);
	struct redis_value value = REDIS(self->redis, STR("XAUTOCLAIM"), topic->key, name, consumer,
	                                 str_printf(task_arena(), "%lld", (long long)(idle_us / US_PER_MS)),
	                                 str_from(group->cursor), STR("COUNT"), str_printf(task_arena(), "%zu", max));

	*ret = (struct bus_batch){ 0 };
	if (is_error(&value, STR("NOGROUP")))
		return bus_redis_ensure_group(bus, type, name);
	if (value.kind != REDIS_ARRAY || value.count < 2)
		return BUS_AWAY;
	snprintf(group->cursor, sizeof(group->cursor), "%.*s", STR_ARG(value.items[0].str));
	entries_of(self, topic, name, &value.items[1], ret);
	fill_deliveries(self, topic, name, consumer, ret);
	return BUS_OK;
}

/* ---- Keeping it small -------------------------------------------------------------------------- */

struct entry_id {
	uint64_t ms, seq;
};

static bool id_parse(struct str text, struct entry_id *ret)
{
	struct str seq = text, ms = str_cut(&seq, '-');
	int64_t a, b;

	if (str_to_i64(ms, &a) || str_is_null(seq) || str_to_i64(seq, &b))
		return false;
	*ret = (struct entry_id){ (uint64_t)a, (uint64_t)b };
	return true;
}

static bool id_before(struct entry_id a, struct entry_id b)
{
	return a.ms != b.ms ? a.ms < b.ms : a.seq < b.seq;
}

static const struct redis_value *member(const struct redis_value *map, struct str name)
{
	for (size_t i = 0; map->kind == REDIS_ARRAY && i + 1 < map->count; i += 2)
		if (str_eq(map->items[i].str, name))
			return &map->items[i + 1];
	return NULL;
}

/* The first entry that this group has not acknowledged. */
static bool group_low(struct bus_redis *self, struct topic *topic, const struct redis_value *info, struct str name,
                      struct entry_id *ret)
{
	const struct redis_value *pending = member(info, STR("pending"));
	const struct redis_value *last = member(info, STR("last-delivered-id"));

	if (!pending || !last)
		return false;
	if (pending->integer > 0) {
		struct redis_value summary = REDIS(self->redis, STR("XPENDING"), topic->key, name);
		if (summary.kind != REDIS_ARRAY || summary.count < 2)
			return false;
		if (summary.items[0].integer > 0)
			return id_parse(summary.items[1].str, ret);
	}
	if (!id_parse(last->str, ret))
		return false;
	ret->seq++;
	return true;
}

/* The first entry that some group known here still needs. False: cannot tell, or no such group. */
static bool topic_low(struct bus_redis *self, struct topic *topic, struct entry_id *ret)
{
	struct redis_value groups = REDIS(self->redis, STR("XINFO"), STR("GROUPS"), topic->key);
	size_t found = 0;

	LIST_FOR (node, &topic->groups) {
		struct group *group = CONTAINER_OF(node, struct group, node);
		struct str name = { group->name, group->name_len };
		for (size_t i = 0; groups.kind == REDIS_ARRAY && i < groups.count; i++) {
			const struct redis_value *its = member(&groups.items[i], STR("name"));
			struct entry_id low;
			if (!its || !str_eq(its->str, name))
				continue;
			if (!group_low(self, topic, &groups.items[i], name, &low))
				return false;
			if (found == 0 || id_before(low, *ret))
				*ret = low;
			found++;
		}
	}
	size_t known = 0;
	LIST_FOR (node, &topic->groups)
		known++;
	return known > 0 && found == known;
}

static int64_t topic_bytes(struct bus_redis *self, struct topic *topic)
{
	struct redis_value bytes =
	        REDIS(self->redis, STR("MEMORY"), STR("USAGE"), topic->key, STR("SAMPLES"), STR("20"));

	return bytes.kind == REDIS_INT ? bytes.integer : 0;
}

/* Cuts the topic down to its share of the budget; whether something went that was still needed. */
static bool topic_cut(struct bus_redis *self, struct topic *topic, int64_t bytes, int64_t total, int64_t max_bytes,
                      const struct entry_id *low)
{
	struct redis_value length = REDIS(self->redis, STR("XLEN"), topic->key);
	int64_t target_bytes = (int64_t)((double)bytes * (double)max_bytes / (double)total * 0.8);
	struct entry_id first;

	if (length.kind != REDIS_INT || length.integer == 0 || bytes == 0)
		return false;
	int64_t keep = (int64_t)((double)length.integer * (double)target_bytes / (double)bytes);
	REDIS(self->redis, STR("XTRIM"), topic->key, STR("MAXLEN"), str_printf(task_arena(), "%lld", (long long)keep));
	struct redis_value head =
	        REDIS(self->redis, STR("XRANGE"), topic->key, STR("-"), STR("+"), STR("COUNT"), STR("1"));
	if (head.kind != REDIS_ARRAY || !low)
		return false;
	if (head.count == 0)
		return true;
	return id_parse(head.items[0].items[0].str, &first) && id_before(*low, first);
}

static void topic_reap(struct bus_redis *self, struct topic *topic, struct group *group, struct str name)
{
	const struct str args[] = { { group->name, group->name_len },
		                    str_printf(task_arena(), "%d", (int)CONSUMER_IDLE_MS),
		                    name };

	redis_eval(self->redis, &reap_script, &topic->key, 1, args, ARRAY_COUNT(args));
}

static enum bus_result bus_redis_trim(struct bus *bus, int64_t max_bytes, bool *ret_lost)
{
	struct bus_redis *self = self_of(bus);
	int64_t total = 0;

	if (max_bytes <= 0)
		max_bytes = self->max_bytes;
	*ret_lost = false;
	LIST_FOR (node, &self->topics) {
		struct topic *topic = CONTAINER_OF(node, struct topic, node);
		struct entry_id low;
		if (topic_low(self, topic, &low))
			REDIS(self->redis, STR("XTRIM"), topic->key, STR("MINID"),
			      str_printf(task_arena(), "%llu-%llu", (unsigned long long)low.ms,
			                 (unsigned long long)low.seq));
		LIST_FOR (group, &topic->groups)
			topic_reap(self, topic, CONTAINER_OF(group, struct group, node), STR(""));
		total += topic_bytes(self, topic);
	}
	if (total <= max_bytes)
		return redis_connected(self->redis) ? BUS_OK : BUS_AWAY;
	LIST_FOR (node, &self->topics) {
		struct topic *topic = CONTAINER_OF(node, struct topic, node);
		struct entry_id low;
		bool known = topic_low(self, topic, &low);
		*ret_lost |= topic_cut(self, topic, topic_bytes(self, topic), total, max_bytes, known ? &low : NULL);
	}
	return redis_connected(self->redis) ? BUS_OK : BUS_AWAY;
}

static enum bus_result bus_redis_forget_consumer(struct bus *bus, struct str type, struct str group,
                                                 struct str consumer)
{
	struct bus_redis *self = self_of(bus);
	struct topic *topic = topic_of(self, type);

	topic_reap(self, topic, group_of(topic, group), consumer);
	return redis_connected(self->redis) ? BUS_OK : BUS_AWAY;
}

/* ---- What it is, and how much ------------------------------------------------------------------ */

static enum bus_result bus_redis_mark(struct bus *bus, struct bus_mark *ret)
{
	struct bus_redis *self = self_of(bus);
	struct str fresh = uuid_text(task_arena(), uuid_new_v7(task_now_us()));

	REDIS(self->redis, STR("SET"), STR("stoa:epoch"), fresh, STR("NX"));
	struct redis_value values = REDIS(self->redis, STR("MGET"), STR("stoa:epoch"), STR("stoa:place"));
	*ret = (struct bus_mark){ 0 };
	if (values.kind != REDIS_ARRAY || values.count != 2 || values.items[0].kind != REDIS_STR ||
	    uuid_parse(values.items[0].str, &ret->epoch))
		return BUS_AWAY;
	if (values.items[1].kind == REDIS_STR && str_to_i64(values.items[1].str, &ret->place))
		return BUS_AWAY;
	return BUS_OK;
}

static enum bus_result bus_redis_reset(struct bus *bus)
{
	struct bus_redis *self = self_of(bus);
	struct str fresh = uuid_text(task_arena(), uuid_new_v7(task_now_us()));

	LIST_FOR (node, &self->topics)
		REDIS(self->redis, STR("DEL"), CONTAINER_OF(node, struct topic, node)->key);
	REDIS(self->redis, STR("DEL"), STR("stoa:place"));
	return REDIS(self->redis, STR("SET"), STR("stoa:epoch"), fresh).kind == REDIS_STR ? BUS_OK : BUS_AWAY;
}

static enum bus_result bus_redis_depth(struct bus *bus, struct str type, struct bus_depth *ret)
{
	struct bus_redis *self = self_of(bus);
	struct topic *topic = topic_of(self, type);
	struct redis_value length = REDIS(self->redis, STR("XLEN"), topic->key);
	struct redis_value groups = REDIS(self->redis, STR("XINFO"), STR("GROUPS"), topic->key);

	*ret = (struct bus_depth){ 0 };
	if (length.kind != REDIS_INT)
		return BUS_AWAY;
	ret->entries = length.integer;
	ret->bytes = topic_bytes(self, topic);
	for (size_t i = 0; groups.kind == REDIS_ARRAY && i < groups.count; i++) {
		const struct redis_value *pending = member(&groups.items[i], STR("pending"));
		ret->pending += pending ? pending->integer : 0;
	}
	return BUS_OK;
}

static void on_poll_closed(uv_handle_t *handle)
{
	free(CONTAINER_OF((uv_timer_t *)handle, struct bus_redis, poll));
}

static void topic_free(struct topic *topic)
{
	redis_unsubscribe(topic->subscription);
	LIST_FOR_SAFE (node, &topic->groups) {
		list_remove(node);
		free(CONTAINER_OF(node, struct group, node));
	}
	free(topic);
}

static void bus_redis_free(struct bus *bus)
{
	struct bus_redis *self = self_of(bus);

	LIST_FOR_SAFE (node, &self->topics) {
		list_remove(node);
		topic_free(CONTAINER_OF(node, struct topic, node));
	}
	if (self->polling)
		uv_close((uv_handle_t *)&self->poll, on_poll_closed);
	else
		free(self);
}

static const struct bus_ops bus_redis_ops = {
	.name = "redis",
	.publish = bus_redis_publish,
	.ensure_group = bus_redis_ensure_group,
	.consume = bus_redis_consume,
	.acknowledge = bus_redis_acknowledge,
	.claim = bus_redis_claim,
	.trim = bus_redis_trim,
	.mark = bus_redis_mark,
	.reset = bus_redis_reset,
	.forget_consumer = bus_redis_forget_consumer,
	.depth = bus_redis_depth,
	.free = bus_redis_free,
};

struct bus *bus_redis_new(struct redis *redis, int64_t stream_max_bytes)
{
	struct bus_redis *self = calloc(1, sizeof(*self));

	CHECK(self);
	self->bus.ops = &bus_redis_ops;
	self->redis = redis;
	self->max_bytes = stream_max_bytes;
	list_init(&self->topics);
	return &self->bus;
}
