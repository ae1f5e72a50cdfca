/* SPDX-License-Identifier: Apache-2.0 */
#include "service/platform.h"

#include "base/check.h"
#include "config/row.h"
#include "db/platform.h"
#include "events/migrations.h"
#include "service/audit.h"
#include "service/sql/audit_sql.h"
#include "service/sql/health_sql.h"
#include "service/sql/idempotency_sql.h"
#include "service/sql/platform_person_sql.h"
#include "service/sql/processes_sql.h"
#include "service/sql/revocations_sql.h"

enum { CONFIGS_MAX = 1024 * 1024 };

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

const struct subject *subject_next(struct subject_walk *walk)
{
	for (;;) {
		if (walk->service && walk->next < walk->service->subjects.count)
			return walk->service->subjects.items[walk->next++];
		walk->service = walk->services ? *walk->services : NULL;
		if (!walk->service)
			return NULL;
		walk->services++;
		walk->next = 0;
	}
}

static void add_module(const struct sql_module *ret[PLATFORM_LIST_MAX], size_t *count, const struct sql_module *module)
{
	CHECK(*count < PLATFORM_LIST_MAX - 1);
	ret[(*count)++] = module;
}

void platform_modules(const struct service *const *services, const struct sql_module *ret[PLATFORM_LIST_MAX])
{
	static const struct sql_module *const own[] = { &sql_audit_module,       &sql_health_module,
		                                        &sql_idempotency_module, &sql_platform_person_module,
		                                        &sql_processes_module,   &sql_revocations_module };
	struct subject_walk walk = { .services = services };
	size_t count = 0;

	for (const struct sql_module *const *module = events_modules; *module; module++)
		add_module(ret, &count, *module);
	for (size_t i = 0; i < ARRAY_COUNT(own); i++)
		add_module(ret, &count, own[i]);
	for (const struct subject *subject; (subject = subject_next(&walk));)
		for (size_t i = 0; i < subject->sql.count; i++)
			add_module(ret, &count, subject->sql.items[i]);
	ret[count] = NULL;
}

struct permissions *platform_permissions(const struct service *const *services)
{
	struct permission_list permissions[PLATFORM_LIST_MAX] = { audit_permissions };
	struct role_list roles[PLATFORM_LIST_MAX];
	size_t permission_lists = 1, role_lists = 0;

	for (; services && *services; services++) {
		CHECK(permission_lists < PLATFORM_LIST_MAX);
		if ((*services)->permissions)
			permissions[permission_lists++] = *(*services)->permissions;
		if ((*services)->roles)
			roles[role_lists++] = *(*services)->roles;
	}
	return permissions_new(permissions, permission_lists, roles, role_lists);
}

const void *platform_config(struct arena *arena, const struct service *service, const struct config *platform,
                            char *error, size_t error_size)
{
	*error = '\0';
	if (!service->config)
		return NULL;
	void *values = arena_alloc(arena, service->config->size);

	return config_read_section(service->config, platform, values, error, error_size) ? NULL : values;
}

int platform_configs(const struct service *const *services, const struct config *platform,
                     void (*visit)(const struct config_section *section, const void *values), char *error,
                     size_t error_size)
{
	struct arena *arena = arena_new(4096, CONFIGS_MAX, NULL, NULL);

	*error = '\0';
	for (; *services && !*error; services++) {
		const void *values = platform_config(arena, *services, platform, error, error_size);

		if (values && visit)
			visit((*services)->config, values);
	}
	arena_free(arena);
	return *error ? -1 : 0;
}
