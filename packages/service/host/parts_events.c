/* SPDX-License-Identifier: Apache-2.0 */
/* The parts that carry events: the bus, the relay that fills it, the consumers that empty it. */
#include "events/relay.h"
#include "service/host/part.h"
#include "service/internal.h"

/* ---- The bus ----------------------------------------------------------------------------------------------------- */

static void bus_serve(struct host *host, void **own)
{
	const struct config *config = host->app.config;

	if (!strcmp(config->bus, "postgres"))
		host->bus = bus_postgres_new(host->app.db);
	else
		host->bus = bus_detour_new(host->app.redis, config->stream_max_bytes, host->app.db);
}

static void bus_close(struct host *host, void **own)
{
	if (host->bus)
		host->bus->ops->free(host->bus);
}

const struct host_part part_bus = { .name = "bus", .serve = bus_serve, .close = bus_close };

/* ---- The relay --------------------------------------------------------------------------------------------------- */

static void on_relay_step(const char *step)
{
	fault_point("relay", step);
}

static void relay_serve(struct host *host, void **own)
{
	const struct process *process = host->process;

	*own = relay_start(host->app.loop,
	                   &(struct relay_options){ .db = host->app.db,
	                                            .bus = host->bus,
	                                            .redis = host->app.redis,
	                                            .subscriptions = process->subscriptions_all,
	                                            .stream_max_bytes = process->config.stream_max_bytes,
	                                            .on_step = on_relay_step });
}

/* Its task gives up the lock as it unwinds, and another process leads at once. */
static void relay_drain(struct host *host, void **own)
{
	relay_stop(*own);
	host_part_drained(host);
}

const struct host_part part_relay = {
	.name = "relay",
	.first_loop_only = true,
	.serve = relay_serve,
	.drain = relay_drain,
};

/* ---- Consumers --------------------------------------------------------------------------------------------------- */

static void on_consumer_step(const char *step)
{
	fault_point("consumer", step);
}

static void consumers_serve(struct host *host, void **own)
{
	const struct process *process = host->process;

	*own = consumers_start(host->app.loop,
	                       &(struct consumers_options){ .db = host->app.db,
	                                                    .bus = host->bus,
	                                                    .redis = host->app.redis,
	                                                    .subscriptions = process->subscriptions,
	                                                    .consumer_name = host->name,
	                                                    .concurrency = (int)process->config.consumer_concurrency,
	                                                    .claim_idle_us = process->config.claim_idle,
	                                                    .app = &host->app,
	                                                    .on_step = on_consumer_step });
}

static void consumers_drain(struct host *host, void **own)
{
	consumers_stop(*own, host_part_drained, host);
}

const struct host_part part_consumers = { .name = "consumers", .serve = consumers_serve, .drain = consumers_drain };
