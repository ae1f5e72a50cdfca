/* SPDX-License-Identifier: Apache-2.0 */
/* GET /api/admin/audit: the trail for those who may read it. */
#include "base/check.h"
#include "service/audit.h"
#include "service/internal.h"
#include "service/page.h"
#include "service/sql/audit_sql.h"

#define AUDIT_PERMISSIONS(X) X(audit_read, "audit.read", WORK, "Read the audit trail", "")
AUDIT_PERMISSIONS(PERMISSION_DEFINE)
const struct permission_list audit_permissions =
        LIST(const struct permission *const, AUDIT_PERMISSIONS(PERMISSION_ENTRY));

#define AUDIT_VIEW(X, T)  \
	AUDIT_ENTRY(X, T) \
	X(T, opt_i64, _, number, .nullable = true, .doc = "Its place in the chain; null until it is sealed")
SCHEMA_STRUCT(audit_view, AUDIT_VIEW)
SCHEMA_TABLE(audit_view, AUDIT_VIEW, "A change that somebody made on the admin side, or a login there")

#define AUDIT_QUERY(X, T)                                                                                \
	X(T, opt_uuid, _, filter_actor, .doc = "Only what this account did")                             \
	X(T, str, _, filter_action, .min = 1, .max = 64, .optional = true, .doc = "Only this operation") \
	X(T, str, _, filter_subject, .min = 1, .max = 320, .optional = true,                             \
	  .doc = "Only this kind of thing (`products`), or this one of it (`products/ID`)")              \
	X(T, opt_time, _, filter_at_gte, .doc = "Only from this instant on")                             \
	X(T, opt_time, _, filter_at_lt, .doc = "Only before this instant")
SCHEMA_STRUCT(audit_query, AUDIT_QUERY)
SCHEMA_TABLE(audit_query, AUDIT_QUERY, "Filters of the audit trail")

static struct audit_view view_of(const struct sql_audit_row *row)
{
	struct audit_entry entry = audit_entry_of(row);

	return (struct audit_view){
		.id = entry.id,
		.at = entry.at,
		.actor = entry.actor,
		.role = entry.role,
		.service_key = entry.service_key,
		.action = entry.action,
		.subject = entry.subject,
		.subject_id = entry.subject_id,
		.request_id = entry.request_id,
		.client = entry.client,
		.status = entry.status,
		.before = entry.before,
		.after = entry.after,
		.number = row->number,
	};
}

#define KEY(name_, type_)                                                                        \
	{                                                                                        \
		.name = #name_, .type = (type_), .offset = offsetof(struct sql_audit_row, name_) \
	}

static const struct sql_key newest_first[] = { KEY(at, SQL_TIME), KEY(id, SQL_UUID) };
static const struct sql_order orders[] = {
	{ .name = "-at", .keys = newest_first, .key_count = ARRAY_COUNT(newest_first) },
};
static const struct sql_list audit_list = {
	.name = "audit", .orders = orders, .order_count = ARRAY_COUNT(orders), .row_size = sizeof(struct sql_audit_row)
};

static struct sql_audit_rows find(struct request *req, const struct audit_query *query)
{
	const struct sql_page *page = &req->page;
	struct str id = query->filter_subject, kind = STR_NULL;

	if (!str_is_null(id))
		kind = str_cut(&id, '/');
	return sql_audit_list(req->db, .actor = query->filter_actor, .action = query->filter_action, .subject = kind,
	                      .subject_id = id, .at_from = query->filter_at_gte, .at_before = query->filter_at_lt,
	                      .after_at = { page->after_set, page->after[0].number }, .after_id = page->after[1].id,
	                      .row_limit = page->limit);
}

HANDLER(audit_get, audit_query, audit_view)
{
	if (req->actor->scope.set)
		refuse(&problem_forbidden, "Whoever sees one store only does not see the trail of all");
	struct sql_audit_rows found = find(req, input);
	size_t shown = page_shown(req, found.count);
	struct audit_view *views = ARENA_ARRAY(task_arena(), struct audit_view, shown);

	for (size_t i = 0; i < shown; i++)
		views[i] = view_of(&found.rows[i]);
	reply_page_of(req, found, views);
}

/* clang-format off */
static const struct route audit_rows[] = {
	{ GET("/api/admin/audit", audit_get), .name = "audit_list",
	  .doc = "What staff changed, and their logins, newest first, a page at a time.",
	  .needs = &permission_audit_read, .list = &audit_list },
};
/* clang-format on */

const struct routes audit_routes = ROUTES(audit_rows);
