/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The smallest server there can be, to measure what the layers below a handler cost:
 *
 *     http_bench_server SECONDS      serves a JSON of 27 bytes, then prints requests and CPU time per request
 */
#include <sys/resource.h>

#include "base/check.h"
#include "base/clock.h"
#include "http/http.h"

static void handle(struct http_exchange *exchange, void *arg)
{
	static const struct http_header header = { { "Content-Type", 12 }, { "application/json", 16 } };

	http_reply(exchange, 200, &header, 1, STR("{\"message\":\"Hello, World!\"}"));
}

struct bench {
	struct loop *loop;
	struct http_server *server;
	int64_t seconds;
};

static double cpu_us(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static void report(const struct http_server *server)
{
	struct http_counts counts = http_server_counts(server);
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	printf("%llu requests, %.2f us of CPU each, %d connections open, %ld KiB resident at most\n",
	       (unsigned long long)counts.requests, cpu_us() / (double)(counts.requests ? counts.requests : 1),
	       counts.connections, usage.ru_maxrss);
}

static void stop_later(void *arg)
{
	struct bench *bench = arg;

	task_sleep_us(bench->seconds * US_PER_S);
	report(bench->server);
	http_server_free(bench->server);
}

int main(int argc, char **argv)
{
	const struct http_server_options options = { .host = "127.0.0.1", .handler = handle };
	const struct task_options task = { .name = "stop" };
	struct bench bench = { .seconds = 10 };

	if (argc > 1 && str_to_i64(str_from(argv[1]), &bench.seconds))
		return 2;
	bench.loop = loop_new();
	if (http_server_start(bench.loop, &options, &bench.server))
		return 1;
	printf("http://127.0.0.1:%d/\n", http_server_port(bench.server));
	fflush(stdout);
	CHECK(task_spawn(bench.loop, &task, stop_later, &bench));
	loop_run(bench.loop);
	loop_free(bench.loop);
	return 0;
}
