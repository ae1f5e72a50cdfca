/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A service is a folder that fills in one table; an app is a process that hosts services for one audience.
 */
#ifndef STOA_SERVICE_SERVICE_H
#define STOA_SERVICE_SERVICE_H

#include "db/migrate.h"
#include "db/sql.h"
#include "events/consumer.h"
#include "events/event.h"
#include "service/route.h"

struct service {
	const char *name; /* also its PostgreSQL schema and URL tag */
	const char *doc;
	const struct migration_set *migrations;
	const struct sql_module *sql;
	const struct route *public_routes; /* each table ends with a zeroed row */
	const struct route *admin_routes;
	const struct subscription *subscriptions; /* ends with a zeroed row */
	const struct event_type *const *events;   /* NULL-terminated: what it emits */
	const struct problem *const *problems;    /* NULL-terminated: what it can refuse with */
	/* Demo data: deterministic, idempotent; runs in a task of `stoa seed`. NULL: none. */
	void (*seed)(struct db *db, int64_t now_us);
};

/* The list of all, in services/services.c; NULL-terminated. */
extern const struct service *const services_all[];

#endif
