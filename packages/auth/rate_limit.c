/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GCRA keeps one number a bucket: the theoretical arrival time (TAT) of the next request at the allowed pace. A request
 * is allowed when TAT then lies at most `quota` intervals ahead; it moves TAT on by one interval. The script does in
 * Redis, with Redis's clock, what take_locally does here. Source: ITU-T I.371 annex A, virtual scheduling.
 *
 * Every request passes here, so Redis is given a short time only: when it does not answer (stopped, swapping, cut off
 * without a word), this request and those of the next second decide locally.
 */
#include "auth/rate_limit.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/hash.h"
#include "redis/redis.h"
#include "task/task.h"

enum { BUCKETS = 65536, NEIGHBOURS = 8 };
#define ANSWER_US (50 * US_PER_MS)
#define REST_US   US_PER_S

struct bucket {
	uint64_t key; /* hash of rule and principal */
	int64_t tat_us;
};

struct rate_limiter {
	struct loop *loop;
	struct redis *redis;
	int64_t resting_until;  /* monotonic: not asked before */
	struct bucket *buckets; /* BUCKETS of them, made at the first local decision */
	struct redis_script script;
};

static const char script_text[] =
        "local t = redis.call('TIME')\n"
        "local now = t[1] * 1000000 + t[2]\n"
        "local interval, span = tonumber(ARGV[1]), tonumber(ARGV[2])\n"
        "local tat = tonumber(redis.call('GET', KEYS[1]) or now)\n"
        "if tat < now then tat = now end\n"
        "local next = tat + interval\n"
        "if next - now > span then return {0, tat - now} end\n"
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

/* Between two requests at the allowed pace; a quota of more than one a microsecond is one a microsecond. */
static int64_t interval_of(const struct rate_rule *rule)
{
	int64_t interval = rule->window_us / rule->quota;

	return interval ? interval : 1;
}

/* How far TAT may lie ahead: the window, less what the division left over, so that the burst is the quota. */
static int64_t span_of(const struct rate_rule *rule)
{
	return interval_of(rule) * rule->quota;
}

/* `ahead_us`: how far TAT lies ahead of now after the decision. */
static struct rate_verdict verdict_of(const struct rate_rule *rule, bool allowed, int64_t ahead_us)
{
	int64_t room = span_of(rule) - ahead_us;

	return (struct rate_verdict){
		.allowed = allowed,
		.remaining = room > 0 ? room / interval_of(rule) : 0,
		.retry_after_us = allowed ? 0 : interval_of(rule) - room,
		.reset_us = ahead_us,
	};
}

/* Among neighbouring slots the bucket's own, else the one that has been idle or will be full again the soonest. */
static struct bucket *bucket_for(struct rate_limiter *limiter, uint64_t key)
{
	if (!limiter->buckets)
		limiter->buckets = calloc(BUCKETS, sizeof(*limiter->buckets));
	CHECK(limiter->buckets);
	struct bucket *oldest = &limiter->buckets[key % BUCKETS];

	for (size_t i = 0; i < NEIGHBOURS; i++) {
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
	/* Key 0 is a free slot. */
	struct bucket *bucket = bucket_for(limiter, hash_bytes(key.ptr, key.len) | UINT64_C(1) << 63);
	int64_t now = clock_mono_us();
	int64_t tat = bucket->tat_us > now ? bucket->tat_us : now;
	int64_t next = tat + interval_of(rule);

	if (next - now > span_of(rule))
		return verdict_of(rule, false, tat - now);
	bucket->tat_us = next;
	return verdict_of(rule, true, next - now);
}

struct question {
	struct rate_limiter *limiter;
	const struct rate_rule *rule;
	struct str key;
	struct redis_value answer;
};

static void ask(void *arg)
{
	struct question *question = arg;
	struct str args[] = {
		str_printf(task_arena(), "%lld", (long long)interval_of(question->rule)),
		str_printf(task_arena(), "%lld", (long long)span_of(question->rule)),
	};

	question->answer = redis_eval(question->limiter->redis, &question->limiter->script, &question->key, 1, args, 2);
}

/* Redis's answer, or false: it is away, or slow. */
static bool ask_redis(struct question *question)
{
	struct rate_limiter *limiter = question->limiter;

	if (!limiter->redis || !redis_connected(limiter->redis) || clock_mono_us() < limiter->resting_until)
		return false;
	struct failure failure = task_attempt_within(ANSWER_US, ask, question);

	if (failure.kind == FAILURE_DEADLINE)
		limiter->resting_until = clock_mono_us() + REST_US;
	else if (failure.kind)
		fail_again(&failure);
	return !failure.kind && question->answer.kind == REDIS_ARRAY && question->answer.count == 2;
}

struct rate_rule rate_rule_configured(const struct rate_rule *rule, const void *values)
{
	struct rate_rule configured = *rule;

	if (rule->section)
		memcpy(&configured.quota, (const char *)values + rule->offset, sizeof(configured.quota));
	configured.section = NULL;
	return configured;
}

struct rate_verdict rate_take(struct rate_limiter *limiter, const struct rate_rule *rule, struct str principal)
{
	if (!rule->quota)
		return (struct rate_verdict){ .allowed = true };
	struct question question = {
		.limiter = limiter,
		.rule = rule,
		.key = str_printf(task_arena(), "stoa:rate:%s:%.*s", rule->name, STR_ARG(principal)),
	};

	if (!ask_redis(&question))
		return take_locally(limiter, rule, question.key);
	return verdict_of(rule, question.answer.items[0].integer, question.answer.items[1].integer);
}
