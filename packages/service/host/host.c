/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One loop's share of the process: its stores, and the parts that its kind lists (part.h), from opening to closing.
 *
 * Draining: the server stops accepting and finishes what runs, consumers take no more events, no periodic job is begun,
 * the relay gives up its lock. When all of that is done, or the grace is over, whatever is left is cancelled, and the
 * loop ends. Requests get STOA_DRAIN_GRACE; a worker's handlers, which nobody waits for, a multiple of it (kinds.c).
 */
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/random.h"
#include "service/host/part.h"
#include "service/internal.h"
#include "telemetry/log.h"

enum { DRAIN_TICK_MS = 10, OUT_MAX = 4 * 1024 * 1024 };
#define UNWIND_MAX_US (5 * US_PER_S)

static const struct host_part_list *parts_of(const struct host *host)
{
	return &host->process->kind->parts;
}

static bool has_part(const struct host *host, const struct host_part *part)
{
	return host->index == 0 || !part->first_loop_only;
}

/* ---- Opening --------------------------------------------------------------------------------------------------- */

/* A process is ready when each of its loops can serve, not only the one that looks at the schema. */
static void wait_for_database(void *arg)
{
	struct host *host = arg;

	db_wait_connected(host->app.db);
	atomic_fetch_add(&host->process->connected, 1);
}

static void open_stores(struct host *host)
{
	struct process *process = host->process;
	struct app *app = &host->app;
	const char *url = process->redis_url[0] ? process->redis_url : NULL;

	app->db =
	        db_open(app->loop, &(struct db_options){ .conninfo = process->conninfo,
	                                                 .application_name = process->kind->name,
	                                                 .modules = process->modules,
	                                                 .interactive_max = (int)process->config.db_interactive_max });
	CHECK(task_spawn(app->loop, &(struct task_options){ .name = "wait for database", .background = true },
	                 wait_for_database, host));
	if (url || strcmp(process->config.bus, "postgres") != 0)
		app->redis = redis_open(app->loop, &(struct redis_options){ .url = url });
	app->events = events_open(
	        app->loop,
	        &(struct events_options){ .db = app->db, .redis = app->redis, .source = process->kind->name });
}

static void name_host(struct host *host)
{
	char machine[128] = "host";

	(void)gethostname(machine, sizeof(machine) - 1);
	snprintf(host->name, sizeof(host->name), "%s-%ld-%d-%llx", machine, (long)getpid(), host->index,
	         (unsigned long long)random_u64());
}

int host_open(struct host *host)
{
	const struct host_part_list *parts = parts_of(host);
	struct app *app = &host->app;
	int error = 0;

	CHECK(parts->count <= PARTS_MAX);
	app->kind = host->process->kind;
	app->config = &host->process->config;
	app->permissions = host->process->permissions;
	app->loop = loop_new();
	wait_queue_init(&host->started);
	name_host(host);
	buf_init(&host->out, OUT_MAX);
	buf_init(&host->packed, OUT_MAX);
	host->packer = http_packer_new();
	list_init(&host->keyed);
	host_stats_init(host);
	open_stores(host);
	uv_timer_init(loop_uv(app->loop), &host->drain_timer);
	for (size_t i = 0; i < parts->count && !error; i++)
		if (parts->items[i]->open && has_part(host, parts->items[i]))
			error = parts->items[i]->open(host, &host->own[i]);
	return error;
}

/* ---- Serving --------------------------------------------------------------------------------------------------- */

void host_serve(struct host *host)
{
	const struct host_part_list *parts = parts_of(host);

	wait_queue_wake_all(&host->started);
	if (atomic_load(&host->process->state) == PROCESS_draining)
		return;
	host->served = true;
	for (size_t i = 0; i < parts->count; i++)
		if (parts->items[i]->serve && has_part(host, parts->items[i]))
			parts->items[i]->serve(host, &host->own[i]);
}

/* ---- Draining --------------------------------------------------------------------------------------------------- */

void host_part_drained(void *arg)
{
	struct host *host = arg;

	host->parts_draining--;
}

static void drain_parts(struct host *host)
{
	const struct host_part_list *parts = parts_of(host);

	for (size_t i = parts->count; i-- > 0;) {
		const struct host_part *part = parts->items[i];

		if (!part->drain || !has_part(host, part) || (part->serve && !host->served))
			continue;
		host->parts_draining++;
		part->drain(host, &host->own[i]);
	}
}

static void stop_parts(struct host *host)
{
	const struct host_part_list *parts = parts_of(host);

	for (size_t i = parts->count; i-- > 0;)
		if (parts->items[i]->stop && has_part(host, parts->items[i]))
			parts->items[i]->stop(host, &host->own[i]);
}

static void drain_tick(uv_timer_t *timer)
{
	struct host *host = timer->data;
	struct loop *loop = host->app.loop;
	int64_t now_us = clock_mono_us();

	if (!host->stop_until_us) {
		if (host->parts_draining > 0 && now_us < host->drain_until_us)
			return;
		if (host->parts_draining > 0)
			log_warn("grace is over; what still runs is cancelled");
		stop_parts(host);
		tasks_cancel_all(loop);
		host->stop_until_us = now_us + UNWIND_MAX_US;
		return;
	}
	if (tasks_running(loop) == 0 || now_us >= host->stop_until_us)
		loop_stop(loop);
}

static void drain(struct loop_post *post)
{
	struct host *host = CONTAINER_OF(post, struct host, drain_post);

	wait_queue_wake_all(&host->started);
	host->drain_until_us =
	        clock_mono_us() + app_kind_grace_us(host->process->kind, host->process->config.drain_grace);
	drain_parts(host);
	host->drain_timer.data = host;
	uv_timer_start(&host->drain_timer, drain_tick, 0, DRAIN_TICK_MS);
}

void process_drain(struct process *process, int exit_code)
{
	if (atomic_exchange(&process->state, PROCESS_draining) == PROCESS_draining)
		return;
	atomic_store(&process->exit_code, exit_code);
	for (int i = 0; i < process->host_count; i++) {
		process->hosts[i].drain_post.run = drain;
		loop_post(process->hosts[i].app.loop, &process->hosts[i].drain_post);
	}
}

static void on_signal(uv_signal_t *handle, int number)
{
	struct host *host = handle->data;

	if (atomic_fetch_add(&host->process->signals, 1) > 0)
		_exit(128 + number);
	log_info("signal %d: draining", number);
	process_drain(host->process, 0);
}

void host_watch_signals(struct host *host)
{
	uv_signal_t *handles[] = { &host->on_term, &host->on_int };
	const int numbers[] = { SIGTERM, SIGINT };

	for (size_t i = 0; i < ARRAY_COUNT(handles); i++) {
		uv_signal_init(loop_uv(host->app.loop), handles[i]);
		handles[i]->data = host;
		uv_signal_start(handles[i], on_signal, numbers[i]);
	}
	host->signals_open = true;
}

/* ---- Closing ---------------------------------------------------------------------------------------------------- */

static void close_own(struct host *host)
{
	uv_close((uv_handle_t *)&host->drain_timer, NULL);
	if (host->signals_open) {
		uv_close((uv_handle_t *)&host->on_term, NULL);
		uv_close((uv_handle_t *)&host->on_int, NULL);
	}
}

static void close_all(struct host *host)
{
	const struct host_part_list *parts = parts_of(host);
	struct app *app = &host->app;

	for (size_t i = parts->count; i-- > 0;)
		if (parts->items[i]->close && has_part(host, parts->items[i]))
			parts->items[i]->close(host, &host->own[i]);
	events_close(app->events);
	db_close(app->db);
	redis_close(app->redis);
	close_own(host);
	loop_run(app->loop);
	host_stats_done(&host->stats);
	buf_done(&host->out);
	buf_done(&host->packed);
	http_packer_free(host->packer);
}

void host_run(struct host *host)
{
	struct loop *loop = host->app.loop;

	host_stats_begin(host);
	loop_run(loop);
	/* A task that would not end holds on to what it uses: better to leave all of it to the kernel. */
	if (tasks_running(loop) > 0) {
		log_error("%zu tasks did not end", tasks_running(loop));
		_exit(1);
	}
	close_all(host);
	loop_free(loop);
}
