/* SPDX-License-Identifier: Apache-2.0 */
/* The migrations of packages/events, set "stoa": after platform_migrations. */
#ifndef STOA_EVENTS_MIGRATIONS_H
#define STOA_EVENTS_MIGRATIONS_H

#include "db/migrate.h"

extern const struct migration_set events_migrations;

#endif
