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
#include "accounts/people/people.h"
#include "accounts/accounts.h"
#include "accounts/accounts_sql.h"
#include "accounts/api.h"
#include "accounts/credentials/one_time_token.h"
#include "accounts/credentials/password_check.h"
#include "accounts/events.h"
#include "accounts/people/people_api.h"
#include "accounts/people/people_sql.h"
#include "accounts/people/routes.h"
#include "accounts/permissions.h"
#include "accounts/sessions/tokens_sql.h"
#include "auth/password.h"
#include "base/check.h"
#include "service/app.h"
#include "service/audit.h"
#include "service/place.h"

SCHEMA_TABLE(person_view, PERSON_VIEW, "An account, as staff see it")
SCHEMA_TABLE(person_page, PERSON_PAGE, "A page of people")
SCHEMA_TABLE(person_query, PERSON_QUERY, "Filter, sort order and page of a list of people")
SCHEMA_TABLE(create_person, CREATE_PERSON, "A person's account to be created")
SCHEMA_TABLE(change_person, CHANGE_PERSON, "Changes of an account; members that are left out stay as they are")

enum { INVITATION_LIFE_S = 3 * 24 * 3600 };

/* ---- Kinds ------------------------------------------------------------------------------------ */

static const struct kind {
	const char *path;
	const char *noun;
	enum audience audience;
	const char *only; /* the one role there is; NULL: all of the audience, and with scopes */
} kinds[] = {
	{ .path = "/api/admin/users", .noun = "user", .audience = AUDIENCE_ADMIN },
	{ .path = "/api/admin/customers", .noun = "customer", .audience = AUDIENCE_PUBLIC, .only = "customer" },
	{ .path = "/api/admin/couriers", .noun = "courier", .audience = AUDIENCE_PUBLIC, .only = "courier" },
};

static const struct kind *person_kind_of(const struct request *req)
{
	for (size_t i = 0; i < ARRAY_COUNT(kinds); i++)
		if (str_starts(str_from(req->route->path), str_from(kinds[i].path)))
			return &kinds[i];
	check_failed(__FILE__, __LINE__, req->route->path);
}

static struct str audience_of_kind(const struct kind *kind)
{
	return kind->audience == AUDIENCE_ADMIN ? STR("admin") : STR("public");
}

static bool kind_has_role(const struct kind *kind, const struct role *role)
{
	return role && role->audience == kind->audience && (!kind->only || !strcmp(role->name, kind->only));
}

static struct str_list roles_of(const struct request *req, const struct kind *kind)
{
	struct role_list roles = permissions_roles(req->app->permissions);
	struct str *names = ARENA_ARRAY(task_arena(), struct str, roles.count);
	size_t count = 0;

	for (size_t i = 0; i < roles.count; i++)
		if (kind_has_role(kind, roles.items[i]))
			names[count++] = str_from(roles.items[i]->name);
	return (struct str_list){ names, count };
}

static NORETURN void refuse_field(const struct problem *problem, struct str pointer, struct str detail)
{
	refuse_fields(problem, &(struct field_error){ pointer, detail }, 1);
}

static NORETURN void refuse_role(const struct request *req, const struct kind *kind, const struct problem *problem,
                                 struct str pointer)
{
	struct str_list roles = roles_of(req, kind);
	struct str detail = str_printf(task_arena(), "must be one of: %.*s", STR_ARG(roles.items[0]));

	for (size_t i = 1; i < roles.count; i++)
		detail = str_printf(task_arena(), "%.*s, %.*s", STR_ARG(detail), STR_ARG(roles.items[i]));
	refuse_field(problem, pointer, detail);
}

/* Null when the kind has only one role. */
static struct str role_sent(const struct request *req, const struct kind *kind, struct str name)
{
	const struct role *role = role_find(req->app->permissions, str_is_null(name) ? str_from(kind->only) : name);

	if (!kind_has_role(kind, role))
		refuse_role(req, kind, &problem_invalid_body, STR("#/role"));
	return str_from(role->name);
}

/* ---- Reading ---------------------------------------------------------------------------------- */

static struct person_view person_view_of(const struct sql_person_row *row)
{
	return (struct person_view){
		.id = row->id,
		.email = row->email,
		.name = row->name,
		.phone = row->phone,
		.role = row->role,
		.scope_id = row->scope_id,
		.disabled = row->disabled_at.set,
		.disabled_at = row->disabled_at,
		.version = row->version,
		.created_at = row->created_at,
		.updated_at = row->updated_at,
	};
}

#define FILTERS(query, kind)                                                                        \
	.audience = audience_of_kind(kind), .roles = roles_wanted(req, kind, (query)->filter_role), \
	.disabled = (query)->filter_disabled, .pattern = prefix_pattern((query)->q),                \
	.row_limit = page_limit((query)->limit)

static struct str_list roles_wanted(const struct request *req, const struct kind *kind, struct str name)
{
	if (str_is_null(name))
		return roles_of(req, kind);
	if (!kind_has_role(kind, role_find(req->app->permissions, name)))
		refuse_role(req, kind, &problem_invalid_parameter, STR("filter[role]"));
	return (struct str_list){ arena_copy(task_arena(), &name, sizeof(name)), 1 };
}

static struct sql_person_rows people_by_age(struct request *req, struct place after)
{
	const struct person_query *query = req->query;

	return sql_people_by_age(req->db, FILTERS(query, person_kind_of(req)), .after_created = place_number(after),
	                         .after_id = after.id);
}

static struct sql_person_rows people_by_name(struct request *req, struct place after)
{
	const struct person_query *query = req->query;

	return sql_people_by_name(req->db, FILTERS(query, person_kind_of(req)), .after_name = after.key,
	                          .after_id = after.id);
}

static struct str person_age_key(struct db *db, const struct sql_person_row *row)
{
	(void)db;
	return number_key(row->created_at);
}

/* The key as the database computes it: only the database knows its rules for lower case. */
static struct str person_name_key(struct db *db, const struct sql_person_row *row)
{
	const struct sql_person_name_key_row *found = sql_person_name_key(db, .id = row->id);

	return found ? found->key : STR("");
}

static const struct sort {
	const char *name;
	struct sql_person_rows (*list)(struct request *req, struct place after);
	struct str (*key)(struct db *db, const struct sql_person_row *row);
} sorts[] = {
	{ .name = "-created_at", .list = people_by_age, .key = person_age_key },
	{ .name = "name", .list = people_by_name, .key = person_name_key },
};

static const struct sort *person_sort_find(struct str name)
{
	if (str_is_null(name))
		return &sorts[0];
	for (size_t i = 0; i < ARRAY_COUNT(sorts); i++)
		if (str_eq(name, str_from(sorts[i].name)))
			return &sorts[i];
	refuse_field(&problem_invalid_parameter, STR("sort"), STR("must be one of: -created_at, name"));
}

static void person_list(struct request *req)
{
	const struct person_query *query = req->query;
	const struct sort *sort = person_sort_find(query->sort);
	struct sql_person_rows found = sort->list(req, place_read(req, query->cursor));
	struct page page = page_cut(found.count, query->limit);
	struct person_view *views = ARENA_ARRAY(task_arena(), struct person_view, page.shown);
	struct str next = STR_NULL;

	for (size_t i = 0; i < page.shown; i++)
		views[i] = person_view_of(&found.rows[i]);
	if (page.has_more)
		next = place_next(req, found.rows[page.shown - 1].id, sort->key(req->db, &found.rows[page.shown - 1]));
	reply_plain(req, &(struct person_page){
	                         .data = { views, page.shown }, .has_more = page.has_more, .next_cursor = next });
}

static const struct sql_person_row *person_of_path(struct request *req, struct db *db)
{
	const struct kind *kind = person_kind_of(req);
	const struct sql_person_row *row = sql_person_find(
	        db, .id = request_id(req, "id"), .audience = audience_of_kind(kind), .roles = roles_of(req, kind));

	if (!row)
		refuse(&problem_not_found, "there is no such %s", kind->noun);
	return row;
}

static void person_get(struct request *req)
{
	struct person_view person = person_view_of(person_of_path(req, req->db));

	reply_version(req, person.version);
	reply_plain(req, &person);
}

/* ---- Changing --------------------------------------------------------------------------------- */

static void emit_account_changed(struct tx *tx, const struct kind *kind, const struct person_view *person, int64_t seq)
{
	emit(tx, account_changed, person->id, seq,
	     &(struct account_changed_data){
	             .account_id = person->id,
	             .audience = audience_of_kind(kind),
	             .email = person->email,
	             .name = person->name,
	             .phone = person->phone,
	             .role = person->role,
	             .disabled = person->disabled,
	     });
}

static bool may(const struct request *req, struct str role_name)
{
	const struct role *role = role_find(req->app->permissions, role_name);

	return role && role_can(req->app->permissions, role, req->route->needs);
}

/* A token stays valid for minutes after its account was disabled or lost its role; routes that give access check the
 * account itself. */
void reauthorise(struct request *req)
{
	const struct sql_account_row *row = sql_account_find(req->db, .id = req->actor->account_id);

	if (row && (row->disabled_at.set || !may(req, row->role)))
		refuse(&problem_unauthenticated, "the account no longer has this permission; log in again");
}

/* A person without a password is invited by mail to set one. */
static void person_invite(struct request *req, struct tx *tx, struct str audience, struct str email)
{
	one_time_token_send(req, tx,
	                    &(struct one_time_token_request){ .purpose = TOKEN_RESET_PASSWORD,
	                                                      .audience = audience,
	                                                      .email = email,
	                                                      .template = "invitation",
	                                                      .life_s = INVITATION_LIFE_S });
}

static void person_create(struct request *req)
{
	const struct kind *kind = person_kind_of(req);
	const struct create_person *cmd = req->body;
	struct person_view person = {
		.id = uuid_new_v7(req->now_us),
		.email = str_lower(task_arena(), cmd->email),
		.name = cmd->name,
		.phone = cmd->phone,
		.role = role_sent(req, kind, cmd->role),
		.scope_id = cmd->scope_id,
		.version = 1,
		.created_at = req->now_us,
		.updated_at = req->now_us,
	};

	reauthorise(req);
	if (cmd->scope_id.set && kind->only)
		refuse_field(&problem_invalid_body, STR("#/scope_id"), STR("is allowed for staff only"));
	if (!str_is_null(cmd->password))
		password_require_fit("#/password", cmd->password, person.email, person.name);
	struct str hash = str_is_null(cmd->password) ? str_from(password_nobody) : password_hash(cmd->password);
	struct tx *tx = tx_collect(req->db);

	sql_person_insert(tx, .id = person.id, .audience = audience_of_kind(kind), .email = person.email,
	                  .password_hash = hash, .name = person.name, .phone = person.phone, .role = person.role,
	                  .scope_id = person.scope_id, .now = req->now_us);
	emit_account_changed(tx, kind, &person, 1);
	if (str_is_null(cmd->password))
		person_invite(req, tx, audience_of_kind(kind), person.email);
	reply_location(req, "%s/%.*s", kind->path, STR_ARG(uuid_text(task_arena(), person.id)));
	reply_version(req, 1);
	const struct tx_refusal *refusal = reply_try_commit_plain(req, tx, &person);

	if (refusal && refusal->kind == TX_UNIQUE && str_eq(refusal->constraint, STR("account_email")))
		refuse(&problem_email_taken, "another account has this address; it may be disabled");
	if (refusal)
		fail("the constraint %.*s refused the person", STR_ARG(refusal->constraint));
}

static struct opt_uuid scope_sent(const struct kind *kind, struct str text)
{
	struct uuid id;

	if (kind->only)
		refuse_field(&problem_invalid_body, STR("#/scope_id"), STR("is allowed for staff only"));
	if (!text.len)
		return NONE(uuid);
	if (uuid_parse(text, &id))
		refuse_field(&problem_invalid_body, STR("#/scope_id"),
		             STR("must be the id of a store or an empty text"));
	return SOME(uuid, id);
}

static struct person_view person_changed(const struct request *req, const struct kind *kind,
                                         const struct sql_person_row *row, const struct change_person *cmd,
                                         int64_t now_us)
{
	struct person_view person = person_view_of(row);

	if (!str_is_null(cmd->name))
		person.name = cmd->name;
	if (!str_is_null(cmd->phone))
		person.phone = cmd->phone;
	if (!str_is_null(cmd->role))
		person.role = role_sent(req, kind, cmd->role);
	if (!str_is_null(cmd->scope_id))
		person.scope_id = scope_sent(kind, cmd->scope_id);
	if (cmd->disabled.set && cmd->disabled.value != person.disabled) {
		person.disabled = cmd->disabled.value;
		person.disabled_at = person.disabled ? SOME(i64, now_us) : NONE(i64);
	}
	person.version++;
	person.updated_at = now_us;
	return person;
}

static bool is_super_admin(struct str role, bool disabled)
{
	return !disabled && str_eq(role, str_from(role_super_admin.name));
}

static bool same_scope(struct opt_uuid one, struct opt_uuid other)
{
	return one.set == other.set && (!one.set || uuid_eq(one.value, other.value));
}

/* Whether the change concerns role, store or access. */
static bool access_changes(const struct sql_person_row *row, const struct person_view *person)
{
	return !str_eq(row->role, person->role) || row->disabled_at.set != person->disabled ||
	       !same_scope(row->scope_id, person->scope_id);
}

static void check_access_change(struct request *req, struct tx *tx, const struct sql_person_row *row,
                                const struct person_view *person)
{
	if (uuid_eq(row->id, req->actor->account_id))
		refuse(&problem_own_account, "another super_admin must change your role, your store or your access");
	if (!is_super_admin(row->role, row->disabled_at.set) || is_super_admin(person->role, person->disabled))
		return;
	struct sql_super_admins_lock_rows found = sql_super_admins_lock(tx);

	for (size_t i = 0; i < found.count; i++)
		if (!uuid_eq(found.rows[i].id, row->id))
			return;
	refuse(&problem_last_super_admin, "make another account super_admin first");
}

static void person_store(struct request *req, struct tx *tx, const struct sql_person_row *row,
                         const struct person_view *person)
{
	struct person_view before = person_view_of(row);

	audit_before(req, &person_view_schema, &before);
	if (access_changes(row, person)) {
		check_access_change(req, tx, row, person);
		sql_refresh_account_revoke(tx, .account_id = row->id, .now = req->now_us);
	}
	sql_person_update(tx, .id = row->id, .version = row->version, .name = person->name, .phone = person->phone,
	                  .role = person->role, .scope_id = person->scope_id, .disabled_at = person->disabled_at,
	                  .now = req->now_us);
	emit_account_changed(tx, person_kind_of(req), person, row->event_seq + 1);
	reply_version(req, person->version);
}

static void person_change(struct request *req)
{
	struct tx *tx = tx_begin(req->db);
	const struct sql_person_row *row = person_of_path(req, tx_db(tx));

	reauthorise(req);
	request_check_version(req, row->version);
	struct person_view person = person_changed(req, person_kind_of(req), row, req->body, req->now_us);

	person_store(req, tx, row, &person);
	reply_commit_plain(req, tx, &person);
}

/* Disabling again changes nothing. */
static void person_disable(struct request *req)
{
	static const struct change_person out = { .disabled = { .set = true, .value = true } };
	struct tx *tx = tx_begin(req->db);
	const struct sql_person_row *row = person_of_path(req, tx_db(tx));

	reauthorise(req);
	request_check_version(req, row->version);
	if (row->disabled_at.set) {
		reply_none(req);
		return;
	}
	struct person_view person = person_changed(req, person_kind_of(req), row, &out, req->now_us);

	person_store(req, tx, row, &person);
	reply_commit_none(req, tx);
}

/* ---- Routes ----------------------------------------------------------------------------------- */

static const struct problem *const read_problems[] = { &problem_not_found, NULL };
static const struct problem *const create_problems[] = { &problem_email_taken, NULL };
static const struct problem *const staff_problems[] = { &problem_not_found, &problem_precondition_failed,
	                                                &problem_own_account, &problem_last_super_admin, NULL };
static const struct problem *const change_problems[] = { &problem_not_found, &problem_precondition_failed, NULL };

#define KIND_ROUTES(kind_path, tag, noun, read, write, why_not)                                        \
	{                                                                                              \
		.method = HTTP_GET,                                                                    \
		.path = kind_path,                                                                     \
		.name = tag "_list",                                                                   \
		.doc = "Lists " noun "s: filtered, searched, sorted, in pages.",                       \
		.plain = person_list,                                                                  \
		.needs = (read),                                                                       \
		.query = &person_query_schema,                                                         \
		.reply = &person_page_schema,                                                          \
	},                                                                                             \
	        {                                                                                      \
		        .method = HTTP_POST,                                                           \
		        .path = kind_path,                                                             \
		        .name = tag "_create",                                                         \
		        .doc = "Creates the account of a " noun                                        \
		               "; without a password the person is invited by mail to set one.",       \
		        .plain = person_create,                                                        \
		        .needs = (write),                                                              \
		        .body = &create_person_schema,                                                 \
		        .reply = &person_view_schema,                                                  \
		        .status = 201,                                                                 \
		        .idempotency = IDEMPOTENCY_ACCEPTED,                                           \
		        .problems = create_problems,                                                   \
	        },                                                                                     \
	        {                                                                                      \
		        .method = HTTP_GET,                                                            \
		        .path = kind_path "/{id}",                                                     \
		        .name = tag "_get",                                                            \
		        .doc = "One " noun ".",                                                        \
		        .plain = person_get,                                                           \
		        .needs = (read),                                                               \
		        .reply = &person_view_schema,                                                  \
		        .problems = read_problems,                                                     \
	        },                                                                                     \
	        {                                                                                      \
		        .method = HTTP_PATCH,                                                          \
		        .path = kind_path "/{id}",                                                     \
		        .name = tag "_change",                                                         \
		        .doc = "Changes a " noun " if the account still has the version in If-Match.", \
		        .plain = person_change,                                                        \
		        .needs = (write),                                                              \
		        .body = &change_person_schema,                                                 \
		        .reply = &person_view_schema,                                                  \
		        .idempotency = IDEMPOTENCY_ACCEPTED,                                           \
		        .if_match = IF_MATCH_REQUIRED,                                                 \
		        .problems = (why_not),                                                         \
	        },                                                                                     \
	{                                                                                              \
		.method = HTTP_DELETE, .path = kind_path "/{id}", .name = tag "_disable",              \
		.doc = "Disables a " noun " and ends the logins. Disabling again changes nothing.",    \
		.plain = person_disable, .needs = (write), .status = 204, .problems = (why_not),       \
	}

static const struct route people_rows[] = {
	KIND_ROUTES("/api/admin/users", "user", "staff member", &permission_users_write, &permission_users_write,
	            staff_problems),
	KIND_ROUTES("/api/admin/customers", "customer", "customer", &permission_customers_read,
	            &permission_customers_write, change_problems),
	KIND_ROUTES("/api/admin/couriers", "courier", "courier", &permission_couriers_read, &permission_couriers_write,
	            change_problems),
};
const struct routes people_routes = ROUTES(people_rows);
