/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One loop's share of the process, from opening its connections to closing them.
 *
 * Draining: the server stops accepting and finishes what runs, consumers take no more events, no chore is begun, the
 * relay gives up its lock. When all of that is done, or the grace is over, whatever is left is cancelled, and the loop
 * ends. Requests get STOA_DRAIN_GRACE; a worker's handlers, which nobody waits for, twelve times that, at most two
 * minutes.
 */
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/random.h"
#include "service/internal.h"
#include "telemetry/log.h"

enum { DRAIN_TICK_MS = 10, OUT_MAX = 4 * 1024 * 1024 };
#define WORKER_GRACE_MAX_US (120 * US_PER_S)
#define UNWIND_MAX_US       (5 * US_PER_S)

static bool is_api(const struct host *host)
{
	enum app_kind kind = host->process->description.kind;

	return kind == APP_PUBLIC_API || kind == APP_ADMIN_API;
}

/* ---- Opening --------------------------------------------------------------------------------------------------- */

/* A process is ready when each of its loops can serve, not only the one that looks at the schema. */
static void meet_database(void *arg)
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
	                                                 .application_name = process->description.name,
	                                                 .modules = process->modules,
	                                                 .interactive_max = (int)process->config.db_interactive_max });
	CHECK(task_spawn(app->loop, &(struct task_options){ .name = "meet database", .background = true },
	                 meet_database, host));
	if (url || strcmp(process->config.bus, "postgres") != 0)
		app->redis = redis_open(app->loop, &(struct redis_options){ .url = url });
	app->events = events_open(
	        app->loop,
	        &(struct events_options){ .db = app->db, .redis = app->redis, .source = process->description.name });
}

static void open_api(struct host *host)
{
	struct process *process = host->process;
	struct app *app = &host->app;
	bool is_public = process->description.kind == APP_PUBLIC_API;

	app->live = live_open(app->loop, app->db, app->redis);
	if (!is_public)
		app->tail = tail_open(app->loop, app->db, app->redis);
	app->signer = token_signer_new(is_public ? AUDIENCE_PUBLIC : AUDIENCE_ADMIN, process->token_secret);
	app->limiter = rate_limiter_new(app->loop, app->redis);
	if (is_public && *process->config.oidc_issuer)
		app->outside = jwks_source_new(app->loop, process->config.oidc_jwks_url);
	host->keys = service_key_cache_new();
	cursor_key_init(&app->cursor_key, process->cursor_secret);
}

static int open_server(struct host *host)
{
	const struct process *process = host->process;
	struct http_server_options options = {
		.host = process->config.host,
		.port = (int)process->config.port,
		.reuse_port = process->host_count > 1,
		.limits = { .body_max = process->routes.body_max,
		            .connections_max = process->clients_max,
		            .drain_spread_us = process->config.drain_grace / 2 },
		.trusted_proxies = str_from(process->config.trusted_proxies),
		.handler = door_handle,
		.arg = host,
	};

	/* Port 0 lets the kernel choose: the first loop's choice is the others' port. */
	if (host->index > 0)
		options.port = http_server_port(process->hosts[0].app.server);
	return http_server_start(host->app.loop, &options, &host->app.server);
}

int host_open(struct host *host)
{
	struct app *app = &host->app;

	app->description = &host->process->description;
	app->config = &host->process->config;
	app->loop = loop_new();
	buf_init(&host->out, OUT_MAX);
	host_stats_init(host);
	open_stores(host);
	if (is_api(host))
		open_api(host);
	uv_timer_init(loop_uv(app->loop), &host->drain_timer);
	host->opened = true;
	return open_server(host);
}

/* ---- Serving --------------------------------------------------------------------------------------------------- */

static void on_relay_step(const char *step)
{
	fault_point("relay", step);
}

static void on_consumer_step(const char *step)
{
	fault_point("consumer", step);
}

static void open_bus(struct host *host)
{
	const struct config *config = &host->process->config;

	if (!strcmp(config->bus, "postgres"))
		host->bus = bus_postgres_new(host->app.db);
	else
		host->bus = bus_redis_new(host->app.redis, config->stream_max_bytes);
}

static void start_consumers(struct host *host)
{
	struct process *process = host->process;
	char machine[128] = "host", id[192];

	(void)gethostname(machine, sizeof(machine) - 1);
	snprintf(id, sizeof(id), "%s-%ld-%d-%llx", machine, (long)getpid(), host->index,
	         (unsigned long long)random_u64());
	host->consumers = consumers_start(
	        host->app.loop, &(struct consumers_options){ .db = host->app.db,
	                                                     .bus = host->bus,
	                                                     .redis = host->app.redis,
	                                                     .subscriptions = process->subscriptions,
	                                                     .consumer_name = str_cstr(process->arena, str_from(id)),
	                                                     .concurrency = (int)process->config.consumer_concurrency,
	                                                     .claim_idle_us = process->config.claim_idle,
	                                                     .app = &host->app,
	                                                     .on_step = on_consumer_step });
}

static void start_relay(struct host *host)
{
	struct process *process = host->process;

	host->relay = relay_start(host->app.loop,
	                          &(struct relay_options){ .db = host->app.db,
	                                                   .bus = host->bus,
	                                                   .redis = host->app.redis,
	                                                   .subscriptions = process->subscriptions_all,
	                                                   .stream_max_bytes = process->config.stream_max_bytes,
	                                                   .on_step = on_relay_step });
}

void host_serve(struct host *host)
{
	enum app_kind kind = host->process->description.kind;

	if (atomic_load(&host->process->state) == PROCESS_DRAINING)
		return;
	if (kind == APP_CRON && host->index == 0)
		host->chores = chores_start(host->app.loop, host->app.db, host->process->services);
	if (kind != APP_WORKER)
		return;
	open_bus(host);
	if (host->index == 0)
		start_relay(host);
	start_consumers(host);
}

/* ---- Draining --------------------------------------------------------------------------------------------------- */

static void on_part_drained(void *arg)
{
	struct host *host = arg;

	host->parts_draining--;
}

/* Sockets go before the tails they watch, and both before the tasks that carry them. */
static void stop_serving(struct host *host)
{
	http_server_free(host->app.server);
	host->app.server = NULL;
	live_close(host->app.live);
	host->app.live = NULL;
	tail_close(host->app.tail);
	host->app.tail = NULL;
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
		stop_serving(host);
		tasks_cancel_all(loop);
		host->stop_until_us = now_us + UNWIND_MAX_US;
		return;
	}
	if (tasks_running(loop) == 0 || now_us >= host->stop_until_us)
		loop_stop(loop);
}

static int64_t grace_of(const struct host *host)
{
	int64_t grace_us = host->process->config.drain_grace;

	if (is_api(host))
		return grace_us;
	return grace_us > WORKER_GRACE_MAX_US / 12 ? WORKER_GRACE_MAX_US : grace_us * 12;
}

static void drain(struct loop_post *post)
{
	struct host *host = CONTAINER_OF(post, struct host, drain_post);

	host->drain_until_us = clock_mono_us() + grace_of(host);
	if (host->index == 0)
		presence_tell(host);
	if (is_api(host)) {
		host->parts_draining++;
		http_server_drain(host->app.server, on_part_drained, host);
	}
	if (host->consumers) {
		host->parts_draining++;
		consumers_stop(host->consumers, on_part_drained, host);
		host->consumers = NULL;
	}
	if (host->chores) {
		host->parts_draining++;
		chores_stop(host->chores, on_part_drained, host);
		host->chores = NULL;
	}
	relay_stop(host->relay);
	host->relay = NULL;
	host->drain_timer.data = host;
	uv_timer_start(&host->drain_timer, drain_tick, 0, DRAIN_TICK_MS);
}

void process_drain(struct process *process, int exit_code)
{
	if (atomic_exchange(&process->state, PROCESS_DRAINING) == PROCESS_DRAINING)
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
	struct app *app = &host->app;

	if (host->bus)
		host->bus->ops->free(host->bus);
	rate_limiter_free(app->limiter);
	token_signer_free(app->signer);
	service_key_cache_free(host->keys);
	jwks_source_free(app->outside);
	events_close(app->events);
	db_close(app->db);
	redis_close(app->redis);
	close_own(host);
	loop_run(app->loop);
	host_stats_done(&host->stats);
	buf_done(&host->out);
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
