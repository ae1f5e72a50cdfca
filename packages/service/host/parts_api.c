/* SPDX-License-Identifier: Apache-2.0 */
/* The parts that answer: the server, and what the door and the handlers behind it need on each loop. */
#include "service/host/part.h"
#include "service/internal.h"

/* ---- Events for clients ------------------------------------------------------------------------------------------ */

static int live_begin(struct host *host, void **own)
{
	struct app *app = &host->app;

	app->live = live_open(app->loop, app->db, app->redis);
	return 0;
}

static void live_end(struct host *host, void **own)
{
	live_close(host->app.live);
	host->app.live = NULL;
}

const struct host_part part_live = { .name = "live", .open = live_begin, .stop = live_end };

static int tail_begin(struct host *host, void **own)
{
	struct app *app = &host->app;

	app->tail = tail_open(app->loop, app->db, app->redis);
	return 0;
}

static void tail_end(struct host *host, void **own)
{
	tail_close(host->app.tail);
	host->app.tail = NULL;
}

const struct host_part part_tail = { .name = "tail", .open = tail_begin, .stop = tail_end };

/* ---- The door ---------------------------------------------------------------------------------------------------- */

static int door_open(struct host *host, void **own)
{
	struct process *process = host->process;
	struct app *app = &host->app;

	app->token_secret = process->token_secret;
	app->signer = token_signer_new(process->kind->audience, app->token_secret, app->permissions);
	app->limiter = rate_limiter_new(app->loop, app->redis);
	host->keys = service_key_cache_new(app->permissions);
	host->revocations = revocations_open(host);
	cursor_key_init(&app->cursor_key, process->cursor_secret);
	return 0;
}

static void door_close(struct host *host, void **own)
{
	rate_limiter_free(host->app.limiter);
	token_signer_free(host->app.signer);
	service_key_cache_free(host->keys);
	revocations_close(host->revocations);
}

const struct host_part part_door = { .name = "door", .open = door_open, .close = door_close };

/* ---- The server -------------------------------------------------------------------------------------------------- */

static int server_open(struct host *host, void **own)
{
	struct process *process = host->process;
	struct http_server_options options = {
		.host = process->config.host,
		.port = (int)process->config.port,
		.reuse_port = process->host_count > 1,
		.limits = { .body_max = process->routes.body_max,
		            .bodies = &process->bodies,
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

static void server_drain(struct host *host, void **own)
{
	http_server_drain(host->app.server, host_part_drained, host);
}

static void server_stop(struct host *host, void **own)
{
	http_server_free(host->app.server);
	host->app.server = NULL;
}

const struct host_part part_requests = {
	.name = "requests",
	.open = server_open,
	.drain = server_drain,
	.stop = server_stop,
};

const struct host_part part_probes = { .name = "probes", .open = server_open, .stop = server_stop };
