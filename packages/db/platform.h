/* SPDX-License-Identifier: Apache-2.0 */
/* The migrations packages/db itself needs, set "stoa": first in every list of sets. */
#ifndef STOA_DB_PLATFORM_H
#define STOA_DB_PLATFORM_H

#include "db/migrate.h"

extern const struct migration_set platform_migrations;

#endif
