/* SPDX-License-Identifier: Apache-2.0 */
#include "service/platform.h"

#include "base/check.h"
#include "db/platform.h"
#include "events/migrations.h"
#include "events/sql/events_sql.h"
#include "service/sql/platform_sql.h"

void platform_sets(const struct service *const *services, const struct migration_set *ret[PLATFORM_LIST_MAX])
{
	size_t count = 0;

	ret[count++] = &platform_migrations;
	ret[count++] = &events_migrations;
	ret[count++] = &service_migrations;
	for (; services && *services; services++) {
		CHECK(count < PLATFORM_LIST_MAX - 1);
		if ((*services)->migrations)
			ret[count++] = (*services)->migrations;
	}
	ret[count] = NULL;
}

void platform_modules(const struct service *const *services, const struct sql_module *ret[PLATFORM_LIST_MAX])
{
	size_t count = 0;

	ret[count++] = &sql_events_module;
	ret[count++] = &sql_platform_module;
	for (; services && *services; services++) {
		CHECK(count < PLATFORM_LIST_MAX - 1);
		if ((*services)->sql)
			ret[count++] = (*services)->sql;
	}
	ret[count] = NULL;
}
