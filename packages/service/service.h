/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A service is a folder that fills in one table; an app is a process that hosts services for one audience.
 */
#ifndef STOA_SERVICE_SERVICE_H
#define STOA_SERVICE_SERVICE_H

#include "auth/service_key.h"
#include "base/rows.h"
#include "db/migrate.h"
#include "db/sql.h"
#include "events/consumer.h"
#include "events/event.h"
#include "service/route.h"

/* Work that comes round: cron's leader calls each one again and again, `every_us` after it last ended. Whoever stops at
 * the wrong moment leaves it to the next round, and two may be at it at once: compare and set. */
struct periodic_job {
	const char *name;
	int64_t every_us;
	void (*run)(struct db *db, int64_t now_us); /* in a task; may fail(): tried again in the next round */
};

struct app;

/* Whose service keys are (auth/service_key.h): one service at most keeps them. Both run in a task. */
struct service_keys {
	bool (*find)(struct app *app, const uint8_t hash[SERVICE_KEY_HASH_LEN], struct service_key *ret);
	void (*used)(struct db *db, struct uuid id, int64_t now_us); /* at most once a minute and loop */
};

struct config_section;

struct service {
	const char *name; /* also its PostgreSQL schema and URL tag */
	const char *doc;
	const struct migration_set *migrations;
	const struct sql_module *const *sql;      /* NULL-terminated: one of each of its .sql files */
	const struct route *const *public_routes; /* tables, NULL-terminated; each ends with a zeroed row */
	const struct route *const *admin_routes;
	/* Of files whose routes have handlers: LIST(const struct routes *const, &brand_routes, ..). */
	struct route_tables public_tables, admin_tables;
	const struct subscriptions *subscriptions; /* NULL: none */
	const struct periodic_job *periodic_jobs;  /* ends with a zeroed row */
	const struct event_types *events;          /* what it emits; NULL: nothing */
	const struct problem *const *problems;     /* NULL-terminated: what it can refuse with */
	const struct config_section *config;       /* NULL: nothing can be set (config/config.h) */
	const struct permission_list *permissions; /* NULL: none of its own */
	const struct role_list *roles;             /* likewise */
	const struct service_keys *keys;           /* NULL: keeps none */
	/* What each loop of a process keeps for it, such as an outside provider's keys: made before the loop runs,
	 * closed after its last task. `open` may give NULL, and then `close` is not called. Both NULL: nothing. */
	void *(*open)(struct app *app);
	void (*close)(void *state);
	/* Demo data: deterministic, idempotent; runs in a task of `stoa seed`. NULL: none. */
	void (*seed)(struct db *db, int64_t now_us);
};

/* The list of all, made of services/services.list; NULL-terminated. */
extern const struct service *const services_all[];

#endif
