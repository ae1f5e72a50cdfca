/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every installation has below its services: migrations and statements of the packages, and in which order all of
 * it is applied.
 */
#ifndef STOA_SERVICE_PLATFORM_H
#define STOA_SERVICE_PLATFORM_H

#include <stddef.h>

#include "config/config.h"
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

/* The service's section of the configuration, in the arena; NULL with the line in `error` when it is wrong, and with an
 * empty one when the service has none. */
const void *platform_config(struct arena *arena, const struct service *service, const struct config *platform,
                            char *error, size_t error_size);

/* Reads the sections of all of them, and shows each to `visit` (may be NULL). 0, or -1 with the line in `error`. */
MUST_CHECK int platform_configs(const struct service *const *services, const struct config *platform,
                                void (*visit)(const struct config_section *section, const void *values), char *error,
                                size_t error_size);

/* Problems that the door itself refuses with, besides problems_general; NULL-terminated. */
extern const struct problem *const problems_service[];

#endif
