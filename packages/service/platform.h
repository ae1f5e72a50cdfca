/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every installation has below its services: migrations and statements of the packages, and in which order all of
 * it is applied.
 */
#ifndef STOA_SERVICE_PLATFORM_H
#define STOA_SERVICE_PLATFORM_H

#include <stddef.h>

#include "service/service.h"

enum { PLATFORM_LIST_MAX = 64 };

/* This package's own. */
extern const struct migration_set service_migrations;

/* The sets of the platform and of `services` (NULL-terminated; may be NULL), in the order of migrating: `stoa migrate`
 * runs them, a host waits for them. Fills at most PLATFORM_LIST_MAX pointers with the closing NULL; more services than
 * fit are a bug. */
void platform_sets(const struct service *const *services, const struct migration_set *ret[PLATFORM_LIST_MAX]);

/* The statement modules likewise, for db_open. */
void platform_modules(const struct service *const *services, const struct sql_module *ret[PLATFORM_LIST_MAX]);

/* The permissions and roles of the platform and of `services`. Owned by the caller. */
struct permissions *platform_permissions(const struct service *const *services);

/* Problems of the door itself besides problems_general, NULL-terminated. */
extern const struct problem *const problems_service[];

#endif
