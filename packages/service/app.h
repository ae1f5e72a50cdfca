/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hosts: what turns a list of services into a process. An app's main.c is
 *
 *     int main(int argc, char **argv)
 *     {
 *             return app_main(argc, argv, &(struct app_description){ .name = "public-api", .kind = APP_PUBLIC_API,
 * .port = 3000, .services = services_all });
 *     }
 *
 * Options of every app: --port=N, --services=a,b (default: all), --help, --version. Signals: SIGTERM and SIGINT drain,
 * a second one ends at once. Every process serves GET /health, /ready, /metrics, /openapi.json; a worker and cron serve
 * only those.
 */
#ifndef STOA_SERVICE_APP_H
#define STOA_SERVICE_APP_H

#include "auth/jwks_source.h"
#include "auth/rate_limit.h"
#include "auth/token.h"
#include "config/config.h"
#include "events/event.h"
#include "events/live.h"
#include "events/tail.h"
#include "http/message.h"
#include "redis/redis.h"
#include "service/service.h"

enum app_kind { APP_PUBLIC_API, APP_ADMIN_API, APP_WORKER, APP_CRON };

struct app_description {
	const char *name;
	enum app_kind kind;
	int port;
	const struct service *const *services;
};

int app_main(int argc, char **argv, const struct app_description *description);

/* One loop's share of the process: what handlers reach through req->app. */
struct app {
	const struct app_description *description;
	const struct config *config;
	struct loop *loop;
	struct db *db;
	struct redis *redis; /* NULL with STOA_BUS=postgres and no REDIS_URL */
	struct events *events;
	struct live *live; /* APIs */
	struct tail *tail; /* admin API: of the whole log */
	struct token_signer *signer;
	struct rate_limiter *limiter;
	struct jwks_source *outside; /* of the identity provider; NULL: none is configured, or not the public API */
	struct cursor_key cursor_key;
	struct http_server *server;
};

/* The OpenAPI 3.1 document of an audience, as /openapi.json serves it and `stoa openapi` prints it. */
void openapi_write(struct buf *buf, const struct app_description *description);

#endif
