/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts/accounts.h"

#include "accounts/accounts_sql.h"
#include "accounts/api.h"
#include "accounts/config.h"
#include "accounts/events.h"
#include "accounts/people/person.h"
#include "accounts/people/service_keys.h"
#include "accounts/permissions.h"
#include "accounts/sessions/session.h"
#include "base/clock.h"

extern const struct migration_set accounts_migrations;

SCHEMA_DEFINE(ACCOUNTS_SHAPES)
ACCOUNTS_PROBLEMS(PROBLEM_DEFINE)
SCHEMA_DEFINE(ACCOUNTS_EVENT_SHAPES)
ACCOUNTS_EVENTS(EVENT_DEFINE)
static const struct event_types events = EVENT_TYPES(ACCOUNTS_EVENTS);

ACCOUNTS_PERMISSIONS(PERMISSION_DEFINE)
static const struct permission_list permissions =
        LIST(const struct permission *const, ACCOUNTS_PERMISSIONS(PERMISSION_ENTRY));

const struct role role_customer = { "customer", AUDIENCE_PUBLIC, ROLE_REACHES_NONE };
const struct role role_admin = { "admin", AUDIENCE_ADMIN, ROLE_REACHES_ALL_BUT_ROOT };
const struct role role_super_admin = { "super_admin", AUDIENCE_ADMIN, ROLE_REACHES_ALL };
static const struct role_list roles = LIST(const struct role *const, &role_customer, &role_admin, &role_super_admin);

/* What all subjects share: the accounts themselves, and forgetting. */
static const struct subject own = {
	.name = "accounts",
	.sql = LIST(const struct sql_module *const, &sql_accounts_module),
	.periodic_jobs = LIST(const struct periodic_job,
	                      { .name = "accounts.purge", .every_us = 60 * US_PER_S, .run = accounts_purge }),
	.events = &events,
};

const struct service accounts_service = {
	.name = "accounts",
	.doc = "Accounts, logins and tokens of customers, couriers and staff",
	.migrations = &accounts_migrations,
	.subjects = LIST(const struct subject *const, &own, ACCOUNTS_SUBJECTS(SUBJECT_ENTRY)),
	.config = &accounts_config_section,
	.permissions = &permissions,
	.roles = &roles,
	.keys = &accounts_keys,
	.person = &accounts_person,
	.open = provider_open,
	.close = provider_close,
	.seed = accounts_seed,
};
