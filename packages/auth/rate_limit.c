/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GCRA keeps one number a bucket: the theoretical arrival time (TAT) of the next request at the allowed pace. A request
 * is allowed when TAT lies at most one window ahead; it moves TAT on by one interval. The script does in Redis, with
 * Redis's clock, what take_locally does here. Source: ITU-T I.371 annex A, virtual scheduling.
 */
#include "auth/rate_limit.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/hash.h"
#include "redis/redis.h"
#include "task/task.h"

enum { BUCKETS = 65536 };

struct bucket {
	uint64_t key; /* hash of rule and principal */
	int64_t tat_us;
};

struct rate_limiter {
	struct loop *loop;
	struct redis *redis;
	struct bucket *
	        buckets; /* BUCKETS of them, made at the first local decision; a newcomer takes a stale or older slot */
	struct redis_script script;
};

static const char script_text[] =
        "local t = redis.call('TIME')\n"
        "local now = t[1] * 1000000 + t[2]\n"
        "local interval, window = tonumber(ARGV[1]), tonumber(ARGV[2])\n"
        "local tat = tonumber(redis.call('GET', KEYS[1]) or now)\n"
        "if tat < now then tat = now end\n"
        "local next = tat + interval\n"
        "if next - now > window then return {0, tat - now} end\n"
        "redis.call('SET', KEYS[1], string.format('%.0f', next), 'PX', math.ceil((next - now) / 1000) + 1)\n"
        "return {1, next - now}\n";

struct rate_limiter *rate_limiter_new(struct loop *loop, struct redis *redis)
{
	struct rate_limiter *limiter = calloc(1, sizeof(*limiter));

	CHECK(limiter);
	limiter->loop = loop;
	limiter->redis = redis;
	limiter->script.text = script_text;
	return limiter;
}

void rate_limiter_free(struct rate_limiter *limiter)
{
	if (!limiter)
		return;
	free(limiter->buckets);
	free(limiter);
}

/* `ahead_us`: how far TAT lies ahead of now after the decision. */
static struct rate_verdict verdict_of(const struct rate_rule *rule, bool allowed, int64_t ahead_us)
{
	int64_t interval = rule->window_us / rule->quota;
	int64_t room = rule->window_us - ahead_us;

	return (struct rate_verdict){
		.allowed = allowed,
		.remaining = room > 0 ? room / interval : 0,
		.retry_after_us = allowed ? 0 : ahead_us + interval - rule->window_us,
		.reset_us = ahead_us,
	};
}

/* Eight neighbouring slots: the bucket's own, else the one whose TAT is oldest. */
static struct bucket *bucket_for(struct rate_limiter *limiter, uint64_t key)
{
	if (!limiter->buckets)
		limiter->buckets = calloc(BUCKETS, sizeof(*limiter->buckets));
	CHECK(limiter->buckets);
	struct bucket *oldest = &limiter->buckets[key % BUCKETS];

	for (size_t i = 0; i < 8; i++) {
		struct bucket *bucket = &limiter->buckets[(key + i) % BUCKETS];

		if (bucket->key == key)
			return bucket;
		if (bucket->tat_us < oldest->tat_us)
			oldest = bucket;
	}
	*oldest = (struct bucket){ .key = key };
	return oldest;
}

static struct rate_verdict take_locally(struct rate_limiter *limiter, const struct rate_rule *rule, struct str key)
{
	struct bucket *bucket = bucket_for(limiter, hash_bytes(key.ptr, key.len) | 1);
	int64_t now = clock_mono_us();
	int64_t tat = bucket->tat_us > now ? bucket->tat_us : now;
	int64_t next = tat + rule->window_us / rule->quota;

	if (next - now > rule->window_us)
		return verdict_of(rule, false, tat - now);
	bucket->tat_us = next;
	return verdict_of(rule, true, next - now);
}

struct rate_verdict rate_take(struct rate_limiter *limiter, const struct rate_rule *rule, struct str principal)
{
	if (!rule->quota)
		return (struct rate_verdict){ .allowed = true };
	struct str key = str_printf(task_arena(), "stoa:rate:%s:%.*s", rule->name, STR_ARG(principal));

	if (!limiter->redis || !redis_connected(limiter->redis))
		return take_locally(limiter, rule, key);
	struct str args[] = {
		str_printf(task_arena(), "%lld", (long long)(rule->window_us / rule->quota)),
		str_printf(task_arena(), "%lld", (long long)rule->window_us),
	};
	struct redis_value value = redis_eval(limiter->redis, &limiter->script, &key, 1, args, 2);

	if (value.kind != REDIS_ARRAY || value.count != 2)
		return take_locally(limiter, rule, key);
	return verdict_of(rule, value.items[0].integer, value.items[1].integer);
}
