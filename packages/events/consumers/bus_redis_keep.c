/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeping the streams small, and knowing them again: trimming below the slowest group, the budget of bytes, names of
 * consumers that are gone, the epoch and the offset.
 */
#include "base/clock.h"
#include "events/consumers/bus_redis.h"

enum { CONSUMER_IDLE_MS = 600000 };

const char bus_redis_reap_text[] =
        "local left = 0 "
        "local ok, rows = pcall(redis.call, 'XINFO', 'CONSUMERS', KEYS[1], ARGV[1]) "
        "if not ok or rows.err then return 0 end "
        "for _, row in ipairs(rows) do "
        "  local name, pending, idle = row[2], row[4], row[6] "
        "  if pending == 0 and (name == ARGV[3] or (ARGV[3] == '' and idle >= tonumber(ARGV[2]))) then "
        "    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], name) left = left + 1 "
        "  end "
        "end return left";

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

/* What is cut here is known to be missing and comes again (relay_trim): ensure_group must not take it for a loss. A group
 * whose position is set does not know how much it has not read. */
static void topic_forget_lag(struct bus_redis *self, struct topic *topic)
{
	struct redis_value groups = REDIS(self->redis, STR("XINFO"), STR("GROUPS"), topic->key);

	for (size_t i = 0; groups.kind == REDIS_ARRAY && i < groups.count; i++) {
		const struct redis_value *name = member(&groups.items[i], STR("name"));
		const struct redis_value *last = member(&groups.items[i], STR("last-delivered-id"));

		if (name && last)
			REDIS(self->redis, STR("XGROUP"), STR("SETID"), topic->key, name->str, last->str);
	}
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
	/* Topics without a group that is known here go first. */
	int64_t keep = low ? (int64_t)((double)length.integer * (double)target_bytes / (double)bytes) : 0;
	REDIS(self->redis, STR("XTRIM"), topic->key, STR("MAXLEN"), str_printf(task_arena(), "%lld", (long long)keep));
	struct redis_value head =
	        REDIS(self->redis, STR("XRANGE"), topic->key, STR("-"), STR("+"), STR("COUNT"), STR("1"));
	topic_forget_lag(self, topic);
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

	redis_eval(self->redis, &self->reap, &topic->key, 1, args, ARRAY_COUNT(args));
}

enum bus_result bus_redis_trim(struct bus *bus, int64_t max_bytes, bool *ret_lost)
{
	struct bus_redis *self = bus_redis_of(bus);
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

enum bus_result bus_redis_forget_consumer(struct bus *bus, struct str type, struct str group, struct str consumer)
{
	struct bus_redis *self = bus_redis_of(bus);
	struct topic *topic = bus_redis_topic(self, type);

	topic_reap(self, topic, bus_redis_group(topic, group), consumer);
	return redis_connected(self->redis) ? BUS_OK : BUS_AWAY;
}

/* ---- What it is, and how much ------------------------------------------------------------------ */

enum bus_result bus_redis_mark(struct bus *bus, struct bus_mark *ret)
{
	struct bus_redis *self = bus_redis_of(bus);
	struct str fresh = uuid_text(task_arena(), uuid_new_v7(task_now_us()));

	struct redis_value made = REDIS(self->redis, STR("SET"), STR("stoa:epoch"), fresh, STR("NX"));
	if (made.kind == REDIS_ERROR || made.kind == REDIS_AWAY) /* full or read-only: what it holds helps nobody */
		return BUS_AWAY;
	struct redis_value values = REDIS(self->redis, STR("MGET"), STR("stoa:epoch"), STR("stoa:place"));
	*ret = (struct bus_mark){ 0 };
	if (values.kind != REDIS_ARRAY || values.count != 2 || values.items[0].kind != REDIS_STR ||
	    uuid_parse(values.items[0].str, &ret->epoch))
		return BUS_AWAY;
	if (values.items[1].kind == REDIS_STR && str_to_i64(values.items[1].str, &ret->offset))
		return BUS_AWAY;
	return BUS_OK;
}

enum bus_result bus_redis_reset(struct bus *bus)
{
	struct bus_redis *self = bus_redis_of(bus);
	struct str fresh = uuid_text(task_arena(), uuid_new_v7(task_now_us()));

	LIST_FOR (node, &self->topics)
		REDIS(self->redis, STR("DEL"), CONTAINER_OF(node, struct topic, node)->key);
	REDIS(self->redis, STR("DEL"), STR("stoa:place"));
	return REDIS(self->redis, STR("SET"), STR("stoa:epoch"), fresh).kind == REDIS_STR ? BUS_OK : BUS_AWAY;
}

enum bus_result bus_redis_depth(struct bus *bus, struct str type, struct bus_depth *ret)
{
	struct bus_redis *self = bus_redis_of(bus);
	struct topic *topic = bus_redis_topic(self, type);
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
