/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A host turns a list of services into a process. The kinds of processes are a list of rows (host/kinds.c); an app's
 * main.c is
 *
 *     int main(int argc, char **argv)
 *     {
 *             return app_main(argc, argv, &app_public_api, services_all);
 *     }
 *
 * Options of every app: --port=N, --services=a,b (default: all), --help, --version. Signals: SIGTERM and SIGINT drain,
 * a second signal ends the process at once. Every process serves GET /health, /ready, /metrics, /openapi.json; one
 * without an audience serves only those.
 */
#ifndef STOA_SERVICE_APP_H
#define STOA_SERVICE_APP_H

#include "auth/rate_limit.h"
#include "auth/token.h"
#include "base/rows.h"
#include "config/config.h"
#include "events/event.h"
#include "events/live.h"
#include "events/tail.h"
#include "http/message.h"
#include "redis/redis.h"
#include "service/service.h"

/* The parts that a process of this kind is made of (host/part.h), in the order of opening. */
struct host_part;
struct host_part_list {
	const struct host_part *const *items;
	size_t count;
};

struct app_kind {
	const char *name;           /* of its program, in logs and in metrics: "public-api" */
	int port;                   /* unless PORT says otherwise */
	enum audience audience;     /* it serves the services' routes for this audience; AUDIENCE_NONE: none */
	struct route_tables routes; /* of the platform besides those of every process */
	struct host_part_list parts;
	int threads;                   /* where STOA_THREADS is 0; 0: one per core */
	int grace_factor;              /* times STOA_DRAIN_GRACE is how long it may drain, */
	int64_t grace_max_us;          /* but at most this */
	const struct rate_rule *limit; /* of every client address; NULL: none */
	bool takes_keys;               /* X-API-Key instead of a token */
	bool audited;                  /* changes leave a row in the audit trail */
};

/* How long a process of that kind may drain when STOA_DRAIN_GRACE is `drain_grace_us`. */
int64_t app_kind_grace_us(const struct app_kind *kind, int64_t drain_grace_us);

extern const struct app_kind app_public_api, app_admin_api, app_worker, app_cron;

struct app_kind_list {
	const struct app_kind *const *items;
	size_t count;
};
extern const struct app_kind_list app_kinds; /* all of them */

/* `services`: all there are, NULL-terminated. */
int app_main(int argc, char **argv, const struct app_kind *kind, const struct service *const *services);

/* The key that signs an audience's access tokens, "" when it is not configured; and the variable it is set by. */
const char *app_token_secret(const struct config *config, enum audience audience);
const char *app_token_variable(enum audience audience);

/* One loop's share of the process: what handlers reach through req->app. */
struct app {
	const struct app_kind *kind;
	const struct config *config;
	const struct permissions *permissions; /* of all services, hosted here or not */
	struct loop *loop;
	struct db *db;
	struct redis *redis; /* NULL with STOA_BUS=postgres and no REDIS_URL */
	struct events *events;
	struct live *live; /* with an audience */
	struct tail *tail; /* admin API: of the whole log */
	struct token_signer *signer;
	struct str token_secret; /* what it signs with: the configured one, or one of this process's own */
	struct rate_limiter *limiter;
	struct cursor_key cursor_key;
	struct http_server *server;
};

/* A section of the configuration: the platform's, or one of a service, hosted here or not. */
const void *app_config(const struct app *app, const struct config_section *section);
#define service_config(app, service) ((const struct service##_config *)app_config((app), &service##_config_section))

/* What the service's `open` returned on this loop. */
void *app_service_state(const struct app *app, const struct service *service);
#define service_state(app, service) app_service_state((app), &service##_service)

/* The rule with the quota that is configured. */
struct rate_rule app_rate_rule(const struct app *app, const struct rate_rule *rule);

/* The OpenAPI 3.1 document of a kind, as /openapi.json serves it and `stoa openapi` prints it. */
void openapi_write(struct buf *buf, const struct app_kind *kind, const struct service *const *services);

#endif
