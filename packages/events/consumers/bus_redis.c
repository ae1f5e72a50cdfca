/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The transport on Redis Streams (publishing and handing out here, the rest in bus_redis_keep.c): a stream for each
 * topic ("stoa:stream:<type>"), a consumer group for each subscription, and a channel for each topic
 * ("stoa:topic:<type>") whose notice goes out in the same pipeline as the entries. Keys and channels keep their names
 * for as long as processes of two releases share a Redis ("stoa:place" is the relay's offset).
 *
 * Consumers do not block in Redis: XREADGROUP takes one group, so each subscription would need a connection of its own.
 * They read on a notice, and every 500 ms in case one was lost; either way the read shares the pipeline of the
 * turn.
 *
 * Groups begin at the start of the stream, so that a group that was lost sees again what is still there; the inbox
 * refuses what was handled. A stream is trimmed below what the slowest group known here has acknowledged. Groups of
 * subscriptions that are not known here do not hold it back.
 */
#include "events/consumers/bus_redis.h"
#include "base/check.h"
#include "base/clock.h"
#include "events/consumers/stream.h"
#include "events/log/internal.h"
#include "telemetry/log.h"

enum { POLL_MS = 500 };

/* ---- Topics and their notices ----------------------------------------------------------------- */

static void topic_wake(struct topic *topic)
{
	topic->wakeups++;
	wait_queue_wake_all(&topic->waiting);
}

static void on_notice(void *arg, struct str channel, struct str message)
{
	(void)channel, (void)message;
	topic_wake(arg);
}

static void on_notices_lost(void *arg)
{
	topic_wake(arg);
}

static char *append(char *at, struct str prefix, struct str text, struct str *ret)
{
	*ret = (struct str){ at, prefix.len + text.len };
	memcpy(at, prefix.ptr, prefix.len);
	memcpy(at + prefix.len, text.ptr, text.len);
	at[ret->len] = '\0';
	return at + ret->len + 1;
}

struct topic *bus_redis_topic(struct bus_redis *self, struct str type)
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
	append(at, STR("stoa:topic:"), type, &topic->channel);
	wait_queue_init(&topic->waiting);
	list_init(&topic->groups);
	list_push_back(&self->topics, &topic->node);
	return topic;
}

struct group *bus_redis_group(struct topic *topic, struct str name)
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
		topic_wake(CONTAINER_OF(node, struct topic, node));
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

#define PIPELINE_ADD(pipeline, ...) \
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

static void add_notices(struct pipeline *pipeline, struct topic **touched, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		bool first = true;
		for (size_t j = 0; j < i && first; j++)
			first = touched[j] != touched[i];
		if (first)
			PIPELINE_ADD(pipeline, STR("PUBLISH"), touched[i]->channel, STR(""));
	}
}

static enum bus_result bus_redis_publish(struct bus *bus, const struct event *events, size_t count, int64_t offset)
{
	struct bus_redis *self = bus_redis_of(bus);
	struct arena *arena = task_arena();
	struct pipeline pipeline = { .calls = ARENA_ARRAY(arena, struct redis_call, 2 * count + 1) };
	struct topic **touched = ARENA_ARRAY(arena, struct topic *, count);
	size_t touched_count = 0;

	for (size_t i = 0; i < count; i++) {
		struct topic *topic = bus_redis_topic(self, events[i].type);
		struct str *args = ARENA_ARRAY(arena, struct str, STREAM_XADD_ARGS);
		stream_xadd(arena, topic->key, &events[i], args);
		pipeline.calls[pipeline.count++] = (struct redis_call){ .args = args, .count = STREAM_XADD_ARGS };
		bool again = false;
		for (size_t j = 0; j < touched_count && !again; j++)
			again = touched[j] == topic;
		if (!again)
			touched[touched_count++] = topic;
	}
	add_notices(&pipeline, touched, touched_count);
	PIPELINE_ADD(&pipeline, STR("SET"), STR("stoa:place"), str_printf(arena, "%lld", (long long)offset));
	return all_good(redis_pipeline(self->redis, pipeline.calls, pipeline.count), pipeline.count) ? BUS_OK
	                                                                                             : BUS_AWAY;
}

/* ---- Groups ------------------------------------------------------------------------------------ */

static bool is_error(const struct redis_value *value, struct str start)
{
	return value->kind == REDIS_ERROR && str_starts(value->str, start);
}

static struct str fresh_epoch(void)
{
	return uuid_text(task_arena(), uuid_new_v7(task_now_us()));
}

/* The bus lost entries: under another name for its store the relay publishes again what nobody has handled. */
static bool tell_loss(struct bus_redis *self, struct topic *topic, const char *what)
{
	log_warn("%.*s: %s", STR_ARG(topic->key), what);
	return REDIS(self->redis, STR("SET"), STR("stoa:epoch"), fresh_epoch()).kind == REDIS_STR;
}

/* Groups are never removed, so one that has to be made a second time has taken with it what it knew; and one that has
 * read less than the stream holds and was given says that entries went. Either gives the store another name in the same
 * step, no matter which process sees it first. Returns whether it did. */
static const char ensure_text[] = "local ok, rows = pcall(redis.call, 'XINFO', 'GROUPS', KEYS[1]) "
                                  "if ok and not rows.err then "
                                  "  for _, row in ipairs(rows) do "
                                  "    if row[2] == ARGV[1] then "
                                  "      local lag = tonumber(row[12]) or 0 "
                                  "      if lag <= redis.call('XLEN', KEYS[1]) then return 0 end "
                                  "      redis.call('XGROUP', 'DESTROY', KEYS[1], ARGV[1]) "
                                  "    end "
                                  "  end "
                                  "end "
                                  "redis.call('XGROUP', 'CREATE', KEYS[1], ARGV[1], '0', 'MKSTREAM') "
                                  "if redis.call('SADD', KEYS[2], KEYS[1] .. ' ' .. ARGV[1]) == 1 then return 0 end "
                                  "redis.call('SET', KEYS[3], ARGV[2]) "
                                  "return 1";

static enum bus_result bus_redis_ensure_group(struct bus *bus, struct str type, struct str name)
{
	struct bus_redis *self = bus_redis_of(bus);
	struct topic *topic = bus_redis_topic(self, type);
	const struct str keys[] = { topic->key, STR("stoa:groups"), STR("stoa:epoch") },
	                 args[] = { name, fresh_epoch() };

	bus_redis_group(topic, name);
	struct redis_value lost =
	        redis_eval(self->redis, &self->ensure, keys, ARRAY_COUNT(keys), args, ARRAY_COUNT(args));

	if (lost.kind == REDIS_INT && lost.integer)
		log_warn("%.*s: a group or what it had not read is missing", STR_ARG(topic->key));
	return lost.kind == REDIS_INT ? BUS_OK : BUS_AWAY;
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
	struct bus_redis *self = bus_redis_of(bus);
	struct topic *topic = bus_redis_topic(self, type);
	int64_t until_us = loop_now_us(task_loop()) + wait_us;

	/* Here and not with the groups, which one process makes for all: each has to hear for itself. */
	if (!topic->subscription)
		topic->subscription =
		        redis_subscribe(self->redis, topic->channel.ptr, on_notice, on_notices_lost, topic);
	start_polling(self);
	for (;;) {
		uint64_t seen = topic->wakeups;
		enum bus_result result = read_group(self, topic, group, consumer, max, ret);
		if (result != BUS_OK || ret->count > 0 || loop_now_us(task_loop()) >= until_us)
			return result;
		while (topic->wakeups == seen)
			wait_queue_wait(&topic->waiting);
	}
}

static enum bus_result bus_redis_acknowledge(struct bus *bus, struct str type, struct str group, const struct str *ids,
                                             size_t count)
{
	struct bus_redis *self = bus_redis_of(bus);
	struct str *args = ARENA_ARRAY(task_arena(), struct str, count + 3);

	if (count == 0)
		return BUS_OK;
	args[0] = STR("XACK");
	args[1] = bus_redis_topic(self, type)->key;
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
	struct bus_redis *self = bus_redis_of(bus);
	struct topic *topic = bus_redis_topic(self, type);
	struct group *group = bus_redis_group(topic, name);
	struct redis_value value = REDIS(self->redis, STR("XAUTOCLAIM"), topic->key, name, consumer,
	                                 str_printf(task_arena(), "%lld", (long long)(idle_us / US_PER_MS)),
	                                 str_from(group->cursor), STR("COUNT"), str_printf(task_arena(), "%zu", max));

	*ret = (struct bus_batch){ 0 };
	if (is_error(&value, STR("NOGROUP")))
		return bus_redis_ensure_group(bus, type, name);
	if (value.kind != REDIS_ARRAY || value.count < 2)
		return BUS_AWAY;
	/* Third: handed out, not acknowledged, and no longer in the stream. */
	if (value.count > 2 && value.items[2].count > 0 && !tell_loss(self, topic, "entries in hand were cut off"))
		return BUS_AWAY;
	snprintf(group->cursor, sizeof(group->cursor), "%.*s", STR_ARG(value.items[0].str));
	entries_of(self, topic, name, &value.items[1], ret);
	fill_deliveries(self, topic, name, consumer, ret);
	return BUS_OK;
}

/* ---- Beginning and end ------------------------------------------------------------------------- */

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
	struct bus_redis *self = bus_redis_of(bus);

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
	self->reap.text = bus_redis_reap_text;
	self->ensure.text = ensure_text;
	list_init(&self->topics);
	return &self->bus;
}
