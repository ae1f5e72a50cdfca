/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of accounts. Login routes exist on both sides, with the same handlers: the side's audience comes from the
 * app. */
#include "accounts/accounts.h"

#include "accounts/accounts_sql.h"
#include "accounts/api.h"
#include "accounts/config.h"
#include "accounts/credentials/credentials_sql.h"
#include "accounts/events.h"
#include "accounts/handlers.h"
#include "accounts/mail/mail.h"
#include "accounts/mail/mail_sql.h"
#include "accounts/people/people_sql.h"
#include "accounts/people/service_keys_sql.h"
#include "accounts/permissions.h"
#include "accounts/rate_rules.h"
#include "accounts/sessions/identities_sql.h"
#include "accounts/sessions/login_throttle_sql.h"
#include "accounts/sessions/tokens_sql.h"
#include "base/clock.h"

extern const struct migration_set accounts_migrations;

static const struct problem *const me_change_problems[] = { &problem_precondition_failed, NULL };
static const struct problem *const register_problems[] = { &problem_email_taken, NULL };
static const struct problem *const login_problems[] = { &problem_invalid_credentials, &problem_account_locked, NULL };
static const struct problem *const refresh_problems[] = { &problem_invalid_refresh_token, NULL };

#define LOGIN_ROUTES(prefix, tag)                                                                                      \
	{                                                                                                              \
		.method = HTTP_POST,                                                                                   \
		.path = prefix "/auth/login",                                                                          \
		.name = tag "login",                                                                                   \
		.doc = "Exchanges address and password for a pair of tokens.",                                         \
		.plain = account_login,                                                                                \
		.needs = &permission_anyone,                                                                           \
		.body = &login_schema,                                                                                 \
		.reply = &session_view_schema,                                                                         \
		.limit = &login_rate_rule,                                                                             \
		.audit_refusals = true,                                                                                \
		.problems = login_problems,                                                                            \
	},                                                                                                             \
	        {                                                                                                      \
		        .method = HTTP_POST,                                                                           \
		        .path = prefix "/auth/refresh",                                                                \
		        .name = tag "refresh",                                                                         \
		        .doc = "Exchanges a refresh token, good once, for the next pair.",                             \
		        .plain = session_refresh,                                                                      \
		        .needs = &permission_anyone,                                                                   \
		        .body = &refresh_schema,                                                                       \
		        .reply = &session_view_schema,                                                                 \
		        .problems = refresh_problems,                                                                  \
	        },                                                                                                     \
	        {                                                                                                      \
		        .method = HTTP_POST,                                                                           \
		        .path = prefix "/auth/logout",                                                                 \
		        .name = tag "logout",                                                                          \
		        .doc = "Ends this login: its refresh tokens are void.",                                        \
		        .plain = session_logout,                                                                       \
		        .needs = &permission_signed_in,                                                                \
		        .status = 204,                                                                                 \
	        },                                                                                                     \
	{                                                                                                              \
		.method = HTTP_POST, .path = prefix "/auth/logout-all", .name = tag "logout_all",                      \
		.doc = "Ends all logins of the account.", .plain = session_logout_all, .needs = &permission_signed_in, \
		.status = 204,                                                                                         \
	}

static const struct route public_routes[] = {
	{
	        .method = HTTP_POST,
	        .path = "/api/auth/register",
	        .name = "register",
	        .doc = "Makes a customer's account and logs it in.",
	        .plain = account_register,
	        .needs = &permission_anyone,
	        .body = &register_account_schema,
	        .reply = &session_view_schema,
	        .status = 201,
	        .limit = &register_rate_rule,
	        .problems = register_problems,
	},
	LOGIN_ROUTES("/api", ""),
	{
	        .method = HTTP_GET,
	        .path = "/api/me",
	        .name = "me_get",
	        .doc = "Who the token belongs to.",
	        .plain = me_get,
	        .needs = &permission_signed_in,
	        .reply = &account_view_schema,
	},
	{
	        .method = HTTP_PATCH,
	        .path = "/api/me",
	        .name = "me_change",
	        .doc = "Changes name or phone; what is left out stays.",
	        .plain = me_change,
	        .needs = &permission_signed_in,
	        .body = &change_me_schema,
	        .reply = &account_view_schema,
	        .idempotency = IDEMPOTENCY_ACCEPTED,
	        .problems = me_change_problems,
	},
	{ 0 },
};

static const struct route admin_routes[] = {
	LOGIN_ROUTES("/api/admin", "admin_"),
	{
	        .method = HTTP_GET,
	        .path = "/api/admin/me",
	        .name = "admin_me_get",
	        .doc = "Who the token belongs to.",
	        .plain = me_get,
	        .needs = &permission_signed_in,
	        .reply = &account_view_schema,
	},
	{ 0 },
};

static const struct subscription subscription_rows[] = {
	/* Somebody must repair a spool that cannot be written: tried for hours before it is a dead letter. */
	{
	        .name = "accounts.deliver_mail",
	        .consumer = &deliver_mail_consumer,
	        .retry = { .attempts = 30, .base_us = 2 * US_PER_S, .cap_us = 600 * US_PER_S },
	},
};
static const struct subscriptions subscriptions = SUBSCRIPTIONS(subscription_rows);

static const struct periodic_job periodic_jobs[] = {
	{ .name = "accounts.purge", .every_us = 60 * US_PER_S, .run = accounts_purge },
	{ 0 },
};

const struct service accounts_service = {
	.name = "accounts",
	.doc = "Accounts, logins and tokens of customers, couriers and staff",
	.migrations = &accounts_migrations,
	.sql = (const struct sql_module *const[]){ &sql_accounts_module, &sql_credentials_module,
	                                           &sql_identities_module, &sql_login_throttle_module, &sql_mail_module,
	                                           &sql_people_module, &sql_service_keys_module, &sql_tokens_module,
	                                           NULL },
	.public_routes = (const struct route *const[]){ public_routes, password_routes, code_routes, verify_routes,
	                                                external_routes, NULL },
	.admin_routes = (const struct route *const[]){ admin_routes, admin_password_routes, unlock_routes,
	                                               people_routes, service_key_routes, NULL },
	.subscriptions = &subscriptions,
	.periodic_jobs = periodic_jobs,
	.events = &accounts_events,
	.problems = accounts_problems,
	.config = &accounts_config_section,
	.permissions = &accounts_permissions,
	.roles = &accounts_roles,
	.keys = &accounts_keys,
	.open = accounts_open,
	.close = accounts_close,
	.seed = accounts_seed,
};
