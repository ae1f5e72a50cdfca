/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Migrations: plain SQL files, embedded in the binary, run once by `stoa migrate` or a deploy under an advisory lock,
 * each in a transaction of its own, recorded in stoa.migration with its checksum. Every file says on its first line
 *
 *     -- migrate: expand      old code runs on the new schema (added tables, nullable columns, indexes)
 *     -- migrate: contract    only after no old code runs (drops, NOT NULL, renames)
 *
 * Blocking libpq: for the command line and tests, never inside a loop.
 */
#ifndef STOA_DB_MIGRATE_H
#define STOA_DB_MIGRATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

struct migration {
	const char *name; /* "0001_orders" */
	const char *sql;
};

/* The migrations of one package or service, in order; generated from its sql/migrations folder. */
struct migration_set {
	const char *name; /* "commerce": also the PostgreSQL schema, which the runner creates */
	const struct migration *migrations;
	size_t count;
};

struct migrate_report {
	int applied;
	int pending;   /* contract migrations held back */
	bool deadlock; /* the error is one */
	char error[512];
};

/* Applies what is missing, set by set in the order given. 0, or -1 with ret->error. A recorded migration whose text has
 * changed since is an error. `contract` false holds back contract migrations and everything after them in their set. */
MUST_CHECK int migrate_run(const char *conninfo, const struct migration_set *const *sets, bool contract,
                           struct migrate_report *ret);

/* How many of these the database lacks: 0 = ready; -1 = cannot tell (error filled). Contract migrations are not counted
 * as lacking, only as pending: the program must run before them, or it could never be deployed. */
MUST_CHECK int migrate_missing(const char *conninfo, const struct migration_set *const *sets,
                               struct migrate_report *ret);

#endif
