/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A service is a folder, and so is each of its subjects: orders, stock, stores. A subject fills in one table, the
 * service lists its subjects, one line each:
 *
 *     #define SHOP_SUBJECTS(X) X(orders) X(stock)
 *     SHOP_SUBJECTS(SUBJECT_DECLARE)                                           in the header: orders_subject, ..
 *     .subjects = LIST(const struct subject *const, SHOP_SUBJECTS(SUBJECT_ENTRY))
 *
 * A small service is one subject. An app is a process that hosts services for one audience, or in the background
 * (app.h). Code that needs the tables of all services walks their subjects (subject_next).
 */
#ifndef STOA_SERVICE_SERVICE_H
#define STOA_SERVICE_SERVICE_H

#include "auth/service_key.h"
#include "base/rows.h"
#include "db/migrate.h"
#include "db/sql.h"
#include "events/consumer.h"
#include "events/event.h"
#include "service/person.h"
#include "service/route.h"

/* Work that is repeated: the leading cron calls `run` again and again, `every_us` after it last ended. A process that
 * stops halfway leaves the rest to the next round, and two processes may run the same job at once: compare and set. */
struct periodic_job {
	const char *name;
	int64_t every_us;
	/* In a task; may fail(): tried again in the next round. Transactions of `db` are refused once another cron leads. */
	void (*run)(struct db *db, int64_t now_us);
	void (*end)(void); /* this process leads no longer; NULL: nothing to do */
};

struct app;

/* The service that stores the service keys (auth/service_key.h); at most one service does. Both functions run in a
 * task. */
struct service_keys {
	bool (*find)(struct app *app, const uint8_t hash[SERVICE_KEY_HASH_LEN], struct service_key *ret);
	void (*used)(struct db *db, struct uuid id, int64_t now_us); /* at most once a minute and loop */
};

/* ---- Subjects ----------------------------------------------------------------------------------------------------- */

struct sql_module_list {
	const struct sql_module *const *items;
	size_t count;
};

struct periodic_job_list {
	const struct periodic_job *items;
	size_t count;
};

struct subject {
	const char *name;
	struct sql_module_list sql; /* one of each of its .sql files */
	struct route_tables public_routes, admin_routes;
	struct subscriptions subscriptions;
	struct periodic_job_list periodic_jobs;
	const struct event_types *events; /* what it emits; NULL: nothing */
};

struct subject_list {
	const struct subject *const *items;
	size_t count;
};

#define SUBJECT_DECLARE(symbol) extern const struct subject symbol##_subject;
#define SUBJECT_ENTRY(symbol)   &symbol##_subject,

/* ---- Services ----------------------------------------------------------------------------------------------------- */

struct config_section;

struct service {
	const char *name; /* also its PostgreSQL schema and URL tag */
	const char *doc;
	const struct migration_set *migrations;
	struct subject_list subjects;
	const struct event_types *events;          /* what several of its subjects emit; NULL: nothing */
	const struct config_section *config;       /* NULL: nothing can be set (config/config.h) */
	const struct permission_list *permissions; /* NULL: none of its own */
	const struct role_list *roles;             /* likewise */
	const struct service_keys *keys;           /* NULL: keeps none */
	const struct person_data *person;          /* what it keeps about a person (person.h); NULL: nothing */
	/* What each loop of a process keeps for it, such as an outside provider's keys: made before the loop runs, closed
	 * after its last task. `open` may give NULL, and then `close` is not called. Both NULL: nothing. */
	void *(*open)(struct app *app);
	void (*close)(void *state);
	/* Demo data: deterministic, idempotent; runs in a task of `stoa seed`. NULL: none. */
	void (*seed)(struct db *db, int64_t now_us);
};

/* All subjects of a list of services, in order:
 *
 *     struct subject_walk walk = { .services = services };
 *     for (const struct subject *subject; (subject = subject_next(&walk));)
 */
struct subject_walk {
	const struct service *const *services; /* NULL-terminated; may be NULL */
	const struct service *service;         /* of the subject that was given last */
	size_t next;
};
const struct subject *subject_next(struct subject_walk *walk); /* NULL: that was the last */

/* The list of all, made of services/services.list; NULL-terminated. */
extern const struct service *const services_all[];

#endif
