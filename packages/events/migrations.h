/* SPDX-License-Identifier: Apache-2.0 */
/* What packages/events has in the database. */
#ifndef STOA_EVENTS_MIGRATIONS_H
#define STOA_EVENTS_MIGRATIONS_H

#include "db/migrate.h"
#include "db/sql.h"

/* Set "stoa": after platform_migrations. */
extern const struct migration_set events_migrations;

/* Its statements; NULL-terminated. */
extern const struct sql_module *const events_modules[];

#endif
