/* SPDX-License-Identifier: Apache-2.0 */
/* GET /api/admin/audit: the trail for those who may read it. */
#include "base/check.h"
#include "service/audit.h"
#include "service/internal.h"
#include "service/place.h"
#include "service/sql/audit_sql.h"

#define AUDIT_VIEW(X, T)  \
	AUDIT_ENTRY(X, T) \
	X(T, opt_i64, _, number, .nullable = true, .doc = "Its place in the chain; null until it is sealed")
SCHEMA_STRUCT(audit_view, AUDIT_VIEW)
SCHEMA_TABLE(audit_view, AUDIT_VIEW, "A change that somebody made on the admin side, or a login there")

#define AUDIT_PAGE(X, T) PAGE_ROWS(X, T, audit_view)
SCHEMA_STRUCT(audit_page, AUDIT_PAGE)
SCHEMA_TABLE(audit_page, AUDIT_PAGE, "A page of the audit trail")

#define AUDIT_QUERY(X, T)                                                                                \
	X(T, opt_uuid, _, filter_actor, .doc = "Only what this account did")                             \
	X(T, str, _, filter_action, .min = 1, .max = 64, .optional = true, .doc = "Only this operation") \
	X(T, str, _, filter_subject, .min = 1, .max = 320, .optional = true,                             \
	  .doc = "Only this kind of thing (`products`), or this one of it (`products/ID`)")              \
	X(T, opt_time, _, filter_at_gte, .doc = "Only from this instant on")                             \
	X(T, opt_time, _, filter_at_lt, .doc = "Only before this instant")                               \
	X(T, opt_i64, _, limit, .min = 1, .max = 100, .doc = "Rows a page, default 20")                  \
	X(T, str, _, cursor, .max = 500, .optional = true, .doc = "next_cursor of the page before")
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

static struct sql_audit_rows find(struct request *req)
{
	const struct audit_query *query = req->query;
	struct place after = place_read(req, query->cursor);
	struct str id = query->filter_subject, kind = STR_NULL;

	if (!str_is_null(id))
		kind = str_cut(&id, '/');
	return sql_audit_list(req->db, .actor = query->filter_actor, .action = query->filter_action, .subject = kind,
	                      .subject_id = id, .at_from = query->filter_at_gte, .at_before = query->filter_at_lt,
	                      .after_at = place_number(after), .after_id = after.id,
	                      .row_limit = page_limit(query->limit));
}

static void audit_list_get(struct request *req)
{
	const struct audit_query *query = req->query;

	if (req->actor->scope.set)
		refuse(&problem_forbidden, "Whoever sees one store only does not see the trail of all");
	struct sql_audit_rows found = find(req);
	struct page page = page_cut(found.count, query->limit);
	struct audit_view *views = ARENA_ARRAY(task_arena(), struct audit_view, page.shown);
	struct str next = STR_NULL;

	for (size_t i = 0; i < page.shown; i++)
		views[i] = view_of(&found.rows[i]);
	if (page.has_more)
		next = place_next(req, found.rows[page.shown - 1].id, number_key(found.rows[page.shown - 1].at));
	reply_plain(req, &(struct audit_page){
	                         .data = { views, page.shown }, .has_more = page.has_more, .next_cursor = next });
}

static const struct route audit_rows[] = {
	{
	        .method = HTTP_GET,
	        .path = "/api/admin/audit",
	        .name = "audit_list",
	        .doc = "What staff changed, and their logins, newest first, a page at a time.",
	        .plain = audit_list_get,
	        .needs = PERMISSION_AUDIT_READ,
	        .query = &audit_query_schema,
	        .reply = &audit_page_schema,
	},
};

const struct routes audit_routes = ROUTES(audit_rows);
