/* SPDX-License-Identifier: Apache-2.0 */
/* The client against a real server: order, binary safety, loss and return, scripts, subscriptions, time-outs. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#undef fail /* ours ends an attempt */

#include "base/check.h"
#include "base/clock.h"
#include "db/test_stores.h"
#include "redis/redis.h"
#include "task/task.h"

static struct stores *stores;

/* Each test runs in a task on a loop of its own, with one client. */
struct bench {
	struct loop *loop;
	struct redis *redis;
	void (*body)(struct bench *bench);
	bool passed;
	int messages, lost;
	char last[64];
};

static void bench_task(void *arg)
{
	struct bench *bench = arg;
	struct failure failure = task_attempt((task_fn *)(void *)bench->body, bench);

	if (failure.kind != FAILURE_NONE)
		print_error("failure %d: %.*s\n", (int)failure.kind, STR_ARG(failure.detail));
	bench->passed = failure.kind == FAILURE_NONE;
	arena_reset(task_arena());
	redis_close(bench->redis);
}

static void run_with(void (*body)(struct bench *bench), const struct redis_options *options)
{
	struct bench bench = { .loop = loop_new(), .body = body };

	bench.redis = redis_open(bench.loop, options);
	assert_non_null(task_spawn(bench.loop, &(struct task_options){ .name = "test", .timeout_us = 20 * US_PER_S },
	                           bench_task, &bench));
	loop_run(bench.loop);
	loop_free(bench.loop);
	assert_true(bench.passed);
}

static void run(void (*body)(struct bench *bench))
{
	run_with(body, &(struct redis_options){ .url = stores_redis_url(stores) });
}

/* cmocka's asserts would jump off the task's stack. */
#define EXPECT(expression) \
	do { \
		if (!(expression)) \
			fail("line %d: %s", __LINE__, #expression); \
	} while (0)

static void wait_connected(struct redis *redis)
{
	for (int i = 0; i < 2000 && !redis_connected(redis); i++)
		task_sleep_us(5 * US_PER_MS);
	EXPECT(redis_connected(redis));
}

static void commands(struct bench *bench)
{
	struct redis_value value = REDIS(bench->redis, STR("SET"), STR("a\0b"), STR("x\r\n\0y"));

	EXPECT(value.kind == REDIS_STR && str_eq(value.str, STR("OK")));
	value = REDIS(bench->redis, STR("GET"), STR("a\0b"));
	EXPECT(value.kind == REDIS_STR && str_eq(value.str, STR("x\r\n\0y")));
	EXPECT(REDIS(bench->redis, STR("GET"), STR("a")).kind == REDIS_NIL);
	value = REDIS(bench->redis, STR("INCRBY"), STR("n"), STR("-5"));
	EXPECT(value.kind == REDIS_INT && value.integer == -5);
	value = REDIS(bench->redis, STR("INCR"), STR("a\0b"));
	EXPECT(value.kind == REDIS_ERROR && str_starts(value.str, STR("ERR")));
	EXPECT(REDIS(bench->redis, STR("RPUSH"), STR("l"), STR("1"), STR(""), STR("3")).integer == 3);
	value = REDIS(bench->redis, STR("LRANGE"), STR("l"), STR("0"), STR("-1"));
	EXPECT(value.kind == REDIS_ARRAY && value.count == 3);
	EXPECT(value.items[1].kind == REDIS_STR && value.items[1].str.len == 0 && str_eq(value.items[2].str, STR("3")));
	EXPECT(redis_connected(bench->redis) && *redis_last_error(bench->redis) == '\0');
}

static void test_commands(void **state)
{
	(void)state;
	run(commands);
}

enum { MANY = 5000 };

static void pipeline(struct bench *bench)
{
	struct redis_call *calls = ARENA_ARRAY(task_arena(), struct redis_call, MANY);
	const struct str add[] = { STR("INCR"), STR("counter") }, broken[] = { STR("INCR") };

	for (size_t i = 0; i < MANY; i++)
		calls[i] = i == 7 ? (struct redis_call){ broken, 1 } : (struct redis_call){ add, 2 };
	const struct redis_value *values = redis_pipeline(bench->redis, calls, MANY);
	for (size_t i = 0; i < MANY; i++)
		EXPECT(i == 7 ? values[i].kind == REDIS_ERROR : values[i].integer == (int64_t)(i < 7 ? i + 1 : i));

	struct str *wide = ARENA_ARRAY(task_arena(), struct str, 2 + MANY);
	wide[0] = STR("RPUSH");
	wide[1] = STR("wide");
	for (size_t i = 0; i < MANY; i++)
		wide[2 + i] = STR("v");
	EXPECT(redis_command(bench->redis, wide, 2 + MANY).integer == MANY);
}

static void test_pipeline(void **state)
{
	(void)state;
	run(pipeline);
}

static void full_queue(struct bench *bench)
{
	struct redis_call calls[20];
	const struct str ping[] = { STR("PING") };

	for (size_t i = 0; i < ARRAY_COUNT(calls); i++)
		calls[i] = (struct redis_call){ ping, 1 };
	const struct redis_value *values = redis_pipeline(bench->redis, calls, ARRAY_COUNT(calls));
	EXPECT(values[0].kind == REDIS_STR && values[9].kind == REDIS_STR);
	EXPECT(values[10].kind == REDIS_AWAY && values[19].kind == REDIS_AWAY);
	EXPECT(REDIS(bench->redis, STR("PING")).kind == REDIS_STR);
}

static void test_full_queue(void **state)
{
	(void)state;
	run_with(full_queue, &(struct redis_options){ .url = stores_redis_url(stores), .queue_max = 10 });
}

static void scripts(struct bench *bench)
{
	struct redis_script script = { .text = "return {KEYS[1], ARGV[1], redis.call('INCRBY', KEYS[1], ARGV[1])}" };
	const struct str key = STR("scripted"), five = STR("5");

	for (int64_t i = 1; i <= 4; i++) {
		struct redis_value value = redis_eval(bench->redis, &script, &key, 1, &five, 1);
		EXPECT(value.kind == REDIS_ARRAY && value.count == 3);
		EXPECT(str_eq(value.items[0].str, key) && str_eq(value.items[1].str, five) &&
		       value.items[2].integer == 5 * i);
		if (i == 2)
			REDIS(bench->redis, STR("SCRIPT"), STR("FLUSH"));
	}
	struct redis_script wrong = { .text = "return )" };
	EXPECT(redis_eval(bench->redis, &wrong, NULL, 0, NULL, 0).kind == REDIS_ERROR);
}

static void test_scripts(void **state)
{
	(void)state;
	run(scripts);
}

static void on_message(void *arg, struct str channel, struct str message)
{
	struct bench *bench = arg;

	(void)channel;
	bench->messages++;
	snprintf(bench->last, sizeof(bench->last), "%.*s", STR_ARG(message));
}

static void on_lost(void *arg)
{
	((struct bench *)arg)->lost++;
}

static void until(const int *value, int at_least)
{
	for (int i = 0; i < 2000 && *value < at_least; i++)
		task_sleep_us(5 * US_PER_MS);
	EXPECT(*value >= at_least);
}

static void subscriptions(struct bench *bench)
{
	struct redis_subscription *one = redis_subscribe(bench->redis, "bell", on_message, on_lost, bench);
	until(&bench->lost, 1);
	struct redis_subscription *two = redis_subscribe(bench->redis, "bell", on_message, NULL, bench);

	EXPECT(REDIS(bench->redis, STR("PUBLISH"), STR("bell"), STR("ring\0!")).integer == 1);
	until(&bench->messages, 2);
	EXPECT(strcmp(bench->last, "ring") == 0);
	redis_unsubscribe(two);

	int lost = bench->lost;
	stores_kill(stores, STORES_REDIS);
	EXPECT(REDIS(bench->redis, STR("PING")).kind == REDIS_AWAY);
	EXPECT(REDIS(bench->redis, STR("PING")).kind == REDIS_AWAY && !redis_connected(bench->redis));
	EXPECT(*redis_last_error(bench->redis));
	stores_revive(stores, STORES_REDIS);
	until(&bench->lost, lost + 1);
	wait_connected(bench->redis);
	EXPECT(REDIS(bench->redis, STR("PUBLISH"), STR("bell"), STR("again")).integer == 1);
	until(&bench->messages, 3);
	EXPECT(strcmp(bench->last, "again") == 0 && bench->messages == 3);
	redis_unsubscribe(one);
	for (int i = 0; i < 200 && REDIS(bench->redis, STR("PUBLISH"), STR("bell"), STR("x")).integer != 0; i++)
		task_sleep_us(US_PER_MS);
	EXPECT(REDIS(bench->redis, STR("PUBLISH"), STR("bell"), STR("x")).integer == 0);
}

static void test_subscriptions(void **state)
{
	(void)state;
	run(subscriptions);
}

/* An unsubscribe from inside the delivery, of itself and of a neighbour. */
struct pair {
	struct redis_subscription *first, *second;
	int delivered;
};

static void on_message_unsubscribe(void *arg, struct str channel, struct str message)
{
	struct pair *pair = arg;

	(void)channel, (void)message;
	pair->delivered++;
	redis_unsubscribe(pair->first);
	redis_unsubscribe(pair->second);
}

static void unsubscribe_inside(struct bench *bench)
{
	struct pair pair = { 0 };

	pair.first = redis_subscribe(bench->redis, "pair", on_message_unsubscribe, on_lost, bench);
	pair.second = redis_subscribe(bench->redis, "pair", on_message_unsubscribe, on_lost, bench);
	redis_unsubscribe(pair.first);
	redis_unsubscribe(pair.second);
	pair.first = redis_subscribe(bench->redis, "pair", on_message_unsubscribe, NULL, &pair);
	pair.second = redis_subscribe(bench->redis, "pair", on_message_unsubscribe, NULL, &pair);
	for (int i = 0; i < 2000 && pair.delivered == 0; i++) {
		REDIS(bench->redis, STR("PUBLISH"), STR("pair"), STR("x"));
		task_sleep_us(2 * US_PER_MS);
	}
	EXPECT(pair.delivered == 1);
}

static void test_unsubscribe_inside(void **state)
{
	(void)state;
	run(unsubscribe_inside);
}

static void push_later(void *arg)
{
	struct bench *bench = arg;

	task_sleep_us(20 * US_PER_MS);
	REDIS(bench->redis, STR("RPUSH"), STR("queue"), STR("job"));
}

static const struct str BLPOP[] = { { "BLPOP", 5 }, { "queue", 5 }, { "2", 1 } };

static void pop_for_ever(void *arg)
{
	struct bench *bench = arg;

	redis_blocking(bench->redis, BLPOP, 3, 2 * US_PER_S);
}

static void pop_task(void *arg)
{
	(void)task_attempt(pop_for_ever, arg);
	arena_reset(task_arena());
}

static void blocking(struct bench *bench)
{
	struct task_options options = { .name = "push" };

	task_spawn(bench->loop, &options, push_later, bench);
	struct redis_value value = redis_blocking(bench->redis, BLPOP, 3, 2 * US_PER_S);
	EXPECT(value.kind == REDIS_ARRAY && str_eq(value.items[1].str, STR("job")));

	/* One who leaves must not take what comes later. */
	struct task *waiting = task_spawn(bench->loop, &options, pop_task, bench);
	task_sleep_us(20 * US_PER_MS);
	task_cancel(waiting);
	task_sleep_us(20 * US_PER_MS);
	task_spawn(bench->loop, &options, push_later, bench);
	value = redis_blocking(bench->redis, BLPOP, 3, 2 * US_PER_S);
	EXPECT(value.kind == REDIS_ARRAY && str_eq(value.items[1].str, STR("job")));
}

static void test_blocking(void **state)
{
	(void)state;
	run(blocking);
}

/* A script that runs stops the whole server, as a stuck one would be. */
static void timeouts(struct bench *bench)
{
	const struct str busy[] = { STR("EVAL"),
		                    STR("local t = redis.call('TIME'); local u = t[1] * 1e6 + t[2] + 600000; "
		                        "repeat t = redis.call('TIME') until t[1] * 1e6 + t[2] > u"),
		                    STR("0") };

	wait_connected(bench->redis);
	EXPECT(redis_command(bench->redis, busy, 3).kind == REDIS_AWAY);
	EXPECT(strcmp(redis_last_error(bench->redis), "no answer in time") == 0);
	wait_connected(bench->redis);
	EXPECT(REDIS(bench->redis, STR("PING")).kind == REDIS_STR);
}

static void test_timeouts(void **state)
{
	(void)state;
	run_with(timeouts, &(struct redis_options){ .url = stores_redis_url(stores), .timeout_us = 100 * US_PER_MS });
}

static void away(struct bench *bench)
{
	EXPECT(REDIS(bench->redis, STR("PING")).kind == REDIS_AWAY);
	EXPECT(redis_blocking(bench->redis, BLPOP, 3, US_PER_S).kind == REDIS_AWAY);
	redis_send(bench->redis, BLPOP, 3);
	redis_unsubscribe(redis_subscribe(bench->redis, "bell", on_message, on_lost, bench));
	EXPECT(!redis_connected(bench->redis) && *redis_last_error(bench->redis));
}

static void test_away(void **state)
{
	static const char *const urls[] = { NULL, "nonsense", "unix:///nowhere/redis.sock", "redis://127.0.0.1:1",
		                            "redis://name.invalid:1" };

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(urls); i++)
		run_with(away, &(struct redis_options){ .url = urls[i] });
}

static void test_wrong_database(void **state)
{
	char path[256];

	(void)state;
	snprintf(path, sizeof(path), "%s?db=99", stores_redis_url(stores));
	run_with(away, &(struct redis_options){ .url = path }); /* no such database: the greeting fails */
}

static int start(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	stores = stores_start(STORES_REDIS);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	stores_stop(stores);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_commands),      cmocka_unit_test(test_pipeline),
		cmocka_unit_test(test_full_queue),    cmocka_unit_test(test_scripts),
		cmocka_unit_test(test_subscriptions), cmocka_unit_test(test_unsubscribe_inside),
		cmocka_unit_test(test_blocking),      cmocka_unit_test(test_timeouts),
		cmocka_unit_test(test_away),          cmocka_unit_test(test_wrong_database),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
