/* SPDX-License-Identifier: Apache-2.0 */
#include "http/test_handlers.h"

#include "base/check.h"
#include "base/clock.h"

sem_t started;
sem_t cancelled;
struct test_server server;

static void on_unwound(void *arg)
{
	sem_post(&cancelled);
}

static void echo(struct http_exchange *exchange)
{
	const struct http_request *request = http_request(exchange);
	const struct http_header header = { STR("X-Client"), request->client };

	http_await_body(exchange, SIZE_MAX);
	struct str body = str_printf(task_arena(), "%s %.*s?%.*s %.*s", http_method_name(request->method),
	                             STR_ARG(request->path), STR_ARG(request->query), STR_ARG(request->body));

	http_reply(exchange, 200, &header, 1, body);
}

static void wait_for_ever(struct http_exchange *exchange)
{
	struct wait_queue queue;

	wait_queue_init(&queue);
	arena_on_reset(task_arena(), on_unwound, NULL);
	sem_post(&started);
	wait_queue_wait(&queue);
}

static void sleep_a_little(struct http_exchange *exchange)
{
	sem_post(&started);
	task_sleep_us(20 * US_PER_MS);
	echo(exchange);
}

static void fail_it(struct http_exchange *exchange)
{
	fail("the secret reason");
}

static void refuse_it(struct http_exchange *exchange)
{
	refuse(&problem_conflict, "seen %d", 7);
}

static void stay_silent(struct http_exchange *exchange)
{
}

static void fill_the_arena(struct http_exchange *exchange)
{
	for (;;)
		arena_alloc(task_arena(), 64 * 1024);
}

static void reply_empty(struct http_exchange *exchange)
{
	http_reply(exchange, 204, NULL, 0, STR("never sent"));
}

static void reply_split(struct http_exchange *exchange)
{
	const struct http_header header = { STR("Location"), STR("/a\r\nSet-Cookie: b") };

	http_reply(exchange, 303, &header, 1, STR(""));
}

static void reply_big(struct http_exchange *exchange)
{
	http_await_body(exchange, SIZE_MAX);
	size_t len = 3 * 1024 * 1024;
	char *bytes = arena_alloc_raw(task_arena(), len);

	memset(bytes, 'b', len);
	http_reply(exchange, 200, NULL, 0, (struct str){ bytes, len });
}

static void stream(struct http_exchange *exchange)
{
	http_stream_start(exchange, 200, NULL, 0);
	http_stream_write(exchange, STR("one,"));
	task_yield();
	http_stream_write(exchange, STR(""));
	http_stream_write(exchange, STR("two"));
}

static void stream_and_fail(struct http_exchange *exchange)
{
	http_stream_start(exchange, 200, NULL, 0);
	http_stream_write(exchange, STR("one"));
	fail("half way");
}

static void stream_for_ever(struct http_exchange *exchange)
{
	char *bytes = arena_alloc(task_arena(), 64 * 1024);

	arena_on_reset(task_arena(), on_unwound, NULL);
	http_stream_start(exchange, 200, NULL, 0);
	sem_post(&started);
	for (;;)
		http_stream_write(exchange, (struct str){ bytes, 64 * 1024 });
}

static const struct {
	struct str path;
	void (*handle)(struct http_exchange *exchange);
} handlers[] = {
	{ STR("/wait"), wait_for_ever },
	{ STR("/sleep"), sleep_a_little },
	{ STR("/fail"), fail_it },
	{ STR("/refuse"), refuse_it },
	{ STR("/silent"), stay_silent },
	{ STR("/full"), fill_the_arena },
	{ STR("/empty"), reply_empty },
	{ STR("/split"), reply_split },
	{ STR("/big"), reply_big },
	{ STR("/stream"), stream },
	{ STR("/stream/fail"), stream_and_fail },
	{ STR("/stream/ever"), stream_for_ever },
};

static void handle(struct http_exchange *exchange, void *arg)
{
	for (size_t i = 0; i < ARRAY_COUNT(handlers); i++) {
		if (str_eq(http_request(exchange)->path, handlers[i].path)) {
			handlers[i].handle(exchange);
			return;
		}
	}
	echo(exchange);
}

void start(const struct http_limits *limits)
{
	struct http_server_options options = { .handler = handle, .trusted_proxies = STR("127.0.0.1,10.0.0.0/8") };

	if (limits)
		options.limits = *limits;
	CHECK(!sem_init(&started, 0, 0) && !sem_init(&cancelled, 0, 0));
	test_server_start(&server, &options);
}

void assert_status(const char *answer, int status)
{
	char line[32];

	snprintf(line, sizeof(line), "HTTP/1.1 %d ", status);
	if (strncmp(answer, line, strlen(line)) != 0)
		print_error("%.200s\n", answer);
	assert_true(strncmp(answer, line, strlen(line)) == 0);
}
