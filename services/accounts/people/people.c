/* SPDX-License-Identifier: Apache-2.0 */
/*
 * People, for staff. Staff, customers and couriers are all accounts, so each kind is a row (its path, audience, roles),
 * and there is one set of handlers.
 *
 * Nobody is deleted: DELETE disables the account, which ends its logins at once. The address stays taken, because
 * orders and audit refer to people by it; PATCH enables the account again. Nobody can change their own role, store or
 * access, and the last super_admin stays: a transaction that removes one locks all of them, so two of them cannot
 * remove each other.
 */
#include "accounts/account.h"
#include "accounts/accounts.h"
#include "accounts/credentials/one_time_token.h"
#include "accounts/people/accounts_person_sql.h"
#include "accounts/people/api.h"
#include "accounts/people/people_sql.h"
#include "accounts/people/service_keys.h"
#include "accounts/permissions.h"
#include "accounts/sessions/tokens_sql.h"
#include "auth/password.h"
#include "base/check.h"
#include "service/app.h"
#include "service/audit.h"
#include "service/page.h"

SCHEMA_DEFINE(PEOPLE_SHAPES)
PEOPLE_PROBLEMS(PROBLEM_DEFINE)

/* ---- Kinds ------------------------------------------------------------------------------------ */

static const struct kind {
	const char *path;
	enum audience audience;
	const char *audience_text;
	const char *only; /* the one role there is; NULL: all of the audience, and with scopes */
} kinds[] = {
	{ .path = "/api/admin/users", .audience = AUDIENCE_ADMIN, .audience_text = "admin" },
	{ .path = "/api/admin/customers", .audience = AUDIENCE_PUBLIC, .audience_text = "public", .only = "customer" },
	{ .path = "/api/admin/couriers", .audience = AUDIENCE_PUBLIC, .audience_text = "public", .only = "courier" },
};

static const struct kind *person_kind_of(const struct request *req)
{
	for (size_t i = 0; i < ARRAY_COUNT(kinds); i++)
		if (str_starts(str_from(req->route->path), str_from(kinds[i].path)))
			return &kinds[i];
	check_failed(__FILE__, __LINE__, req->route->path);
}

static struct str_list roles_of(const struct request *req, const struct kind *kind)
{
	struct role_list all = permissions_roles(req->app->permissions);
	struct str_list names = { ARENA_ARRAY(task_arena(), struct str, all.count), 0 };

	for (size_t i = 0; i < all.count; i++)
		if (all.items[i]->audience == kind->audience &&
		    (!kind->only || !strcmp(all.items[i]->name, kind->only)))
			names.items[names.count++] = str_from(all.items[i]->name);
	return names;
}

/* The role of that name; refuses one that the kind has not, and lists those that it has. */
static struct str role_require(const struct request *req, const struct kind *kind, struct str name,
                               const struct problem *problem, const char *pointer)
{
	struct str_list roles = roles_of(req, kind);
	struct str detail = STR("must be one of:");

	for (size_t i = 0; i < roles.count; i++) {
		if (str_eq(roles.items[i], name))
			return roles.items[i];
		detail =
		        str_printf(task_arena(), "%.*s%s %.*s", STR_ARG(detail), i ? "," : "", STR_ARG(roles.items[i]));
	}
	refuse_fields(problem, &(struct field_error){ str_from(pointer), detail }, 1);
}

/* ---- Reading ---------------------------------------------------------------------------------- */

HANDLER(person_list, person_query, person_view)
{
	const struct kind *kind = person_kind_of(req);
	struct str_list roles = roles_of(req, kind);
	struct str role = input->filter_role;

	if (!str_is_null(role)) {
		role = role_require(req, kind, role, &problem_invalid_parameter, "filter[role]");
		roles = (struct str_list){ &role, 1 };
	}
	reply_page(req, sql_people(req->db, .page = req->page, .audience = str_from(kind->audience_text),
	                           .roles = roles, .disabled = input->filter_disabled, .search = input->q));
}

static const struct sql_account_row *person_of_path(struct request *req, struct db *db)
{
	const struct kind *kind = person_kind_of(req);

	return sql_person_get(db, .id = request_id(req, "id"), .audience = str_from(kind->audience_text),
	                      .roles = roles_of(req, kind));
}

HANDLER(person_get, nothing, person_view)
{
	reply(req, person_of_path(req, req->db));
}

/* ---- Changing --------------------------------------------------------------------------------- */

HANDLER(person_create, create_person, person_view)
{
	const struct kind *kind = person_kind_of(req);
	bool invited = str_is_null(input->password);
	struct sql_account_row person = account_new(req, str_from(kind->audience_text));

	person.email = str_lower(task_arena(), input->email);
	person.name = input->name;
	person.phone = input->phone;
	person.role = role_require(req, kind, str_is_null(input->role) ? str_from(kind->only) : input->role,
	                           &problem_invalid_body, "#/role");
	person.scope_id = input->scope_id;
	account_reauthorise(req);
	if (person.scope_id.set && kind->only)
		refuse_field(&problem_invalid_body, "#/scope_id", "is allowed for staff only");
	if (!invited)
		password_require_fit("#/password", input->password, &person);
	struct str hash = invited ? str_from(password_nobody) : password_hash(input->password);
	struct tx *tx = tx_collect(req->db);

	account_add(tx, &person, hash);
	if (invited)
		one_time_token_send(req, tx, .purpose = TOKEN_INVITATION, .audience = person.audience,
		                    .email = person.email);
	reply_commit(req, tx, &person);
}

static bool is_super_admin(const struct sql_account_row *person)
{
	return !person->disabled && str_eq(person->role, str_from(role_super_admin.name));
}

static bool same_scope(struct opt_uuid one, struct opt_uuid other)
{
	return one.set == other.set && (!one.set || uuid_eq(one.value, other.value));
}

static void super_admin_require_other(struct tx *tx, struct uuid id)
{
	struct sql_super_admins_lock_rows found = sql_super_admins_lock(tx);

	for (size_t i = 0; i < found.count; i++)
		if (!uuid_eq(found.rows[i].id, id))
			return;
	refuse(&problem_last_super_admin, "make another account super_admin first");
}

/* A change of role, store or access ends the logins. It is nobody's own, and not of the last super_admin. */
static void person_store(struct request *req, struct tx *tx, const struct sql_account_row *before,
                         struct sql_account_row *person)
{
	bool moved = !str_eq(before->role, person->role) || before->disabled != person->disabled ||
	             !same_scope(before->scope_id, person->scope_id);

	audit_before(req, &person_view_schema, before);
	if (moved) {
		if (uuid_eq(person->id, req->actor->account_id))
			refuse(&problem_own_account,
			       "another super_admin must change your role, your store or your access");
		if (is_super_admin(before) && !is_super_admin(person))
			super_admin_require_other(tx, person->id);
	}
	account_store(tx, person, req->now_us);
	if (moved)
		sql_refresh_account_revoke(tx, .account_id = person->id, .life_us = token_life_us(req),
		                           .now = req->now_us);
}

HANDLER(person_change, change_person, person_view)
{
	const struct kind *kind = person_kind_of(req);
	struct tx *tx = tx_begin(req->db);
	const struct sql_account_row *before = person_of_path(req, tx_db(tx));
	struct sql_account_row person = *before;

	account_reauthorise(req);
	request_check_version(req, before->version);
	request_patch(req, person_view, &person);
	if (request_sent(req, role))
		person.role = role_require(req, kind, input->role, &problem_invalid_body, "#/role");
	if (person.scope_id.set && kind->only)
		refuse_field(&problem_invalid_body, "#/scope_id", "is allowed for staff only");
	if (person.disabled != before->disabled)
		person.disabled_at = person.disabled ? SOME(i64, req->now_us) : NONE(i64);
	person_store(req, tx, before, &person);
	reply_commit(req, tx, &person);
}

/* Disabling again changes nothing. */
HANDLER(person_disable, nothing, nothing)
{
	struct tx *tx = tx_begin(req->db);
	const struct sql_account_row *before = person_of_path(req, tx_db(tx));
	struct sql_account_row person = *before;

	account_reauthorise(req);
	request_check_version(req, before->version);
	if (before->disabled) {
		reply_none(req);
		return;
	}
	person.disabled = true;
	person.disabled_at = SOME(i64, req->now_us);
	person_store(req, tx, before, &person);
	reply_commit_none(req, tx);
}

/* ---- Tables ----------------------------------------------------------------------------------- */

/* clang-format off */
#define ADDRESS_TAKEN CONFLICTS({ "account_email", &problem_email_taken, NULL, \
	                          "another account has this address; it may be disabled" })

static const struct route people_rows[] = {
	{ GET("/api/admin/users", person_list), .name = "user_list",
	  .doc = "Lists staff members: filtered, searched, sorted, in pages.",
	  .needs = &permission_users_write, .list = &sql_people_list },
	{ POST("/api/admin/users", person_create), .name = "user_create",
	  .doc = "Creates the account of a staff member; without a password the person is invited by mail to set one.",
	  .needs = &permission_users_write, .creates = "/api/admin/users/{id}",
	  .conflicts = ADDRESS_TAKEN },
	{ GET("/api/admin/users/{id}", person_get), .name = "user_get", .doc = "One staff member.",
	  .needs = &permission_users_write },
	{ PATCH("/api/admin/users/{id}", person_change), .name = "user_change",
	  .doc = "Changes a staff member if the account still has the version in If-Match.",
	  .needs = &permission_users_write, .if_match = IF_MATCH_REQUIRED,
	  .patches = &person_view_schema, .problems = PROBLEMS(&problem_own_account, &problem_last_super_admin) },
	{ DELETE("/api/admin/users/{id}", person_disable), .name = "user_disable",
	  .doc = "Disables a staff member and ends the logins. Disabling again changes nothing.",
	  .needs = &permission_users_write, .if_match = IF_MATCH_ACCEPTED,
	  .problems = PROBLEMS(&problem_own_account, &problem_last_super_admin) },

	{ GET("/api/admin/customers", person_list), .name = "customer_list",
	  .doc = "Lists customers: filtered, searched, sorted, in pages.",
	  .needs = &permission_customers_read, .list = &sql_people_list },
	{ POST("/api/admin/customers", person_create), .name = "customer_create",
	  .doc = "Creates the account of a customer; without a password the person is invited by mail to set one.",
	  .needs = &permission_customers_write,
	  .creates = "/api/admin/customers/{id}", .conflicts = ADDRESS_TAKEN },
	{ GET("/api/admin/customers/{id}", person_get), .name = "customer_get", .doc = "One customer.",
	  .needs = &permission_customers_read },
	{ PATCH("/api/admin/customers/{id}", person_change), .name = "customer_change",
	  .doc = "Changes a customer if the account still has the version in If-Match.",
	  .needs = &permission_customers_write, .if_match = IF_MATCH_REQUIRED,
	  .patches = &person_view_schema },
	{ DELETE("/api/admin/customers/{id}", person_disable), .name = "customer_disable",
	  .doc = "Disables a customer and ends the logins. Disabling again changes nothing.",
	  .needs = &permission_customers_write, .if_match = IF_MATCH_ACCEPTED },

	{ GET("/api/admin/couriers", person_list), .name = "courier_list",
	  .doc = "Lists couriers: filtered, searched, sorted, in pages.",
	  .needs = &permission_couriers_read, .list = &sql_people_list },
	{ POST("/api/admin/couriers", person_create), .name = "courier_create",
	  .doc = "Creates the account of a courier; without a password the person is invited by mail to set one.",
	  .needs = &permission_couriers_write,
	  .creates = "/api/admin/couriers/{id}", .conflicts = ADDRESS_TAKEN },
	{ GET("/api/admin/couriers/{id}", person_get), .name = "courier_get", .doc = "One courier.",
	  .needs = &permission_couriers_read },
	{ PATCH("/api/admin/couriers/{id}", person_change), .name = "courier_change",
	  .doc = "Changes a courier if the account still has the version in If-Match.",
	  .needs = &permission_couriers_write, .if_match = IF_MATCH_REQUIRED,
	  .patches = &person_view_schema },
	{ DELETE("/api/admin/couriers/{id}", person_disable), .name = "courier_disable",
	  .doc = "Disables a courier and ends the logins. Disabling again changes nothing.",
	  .needs = &permission_couriers_write, .if_match = IF_MATCH_ACCEPTED },
};
static const struct routes people_routes = ROUTES(people_rows);
/* clang-format on */

const struct subject people_subject = {
	.name = "people",
	.sql = LIST(const struct sql_module *const, &sql_people_module, &sql_accounts_person_module,
	            &sql_service_keys_module),
	.admin_routes = LIST(const struct routes *const, &people_routes, &service_key_routes),
};
