/* SPDX-License-Identifier: Apache-2.0 */
/* GET /api/admin/audit: the trail for those who may read it. */
#include "service/audit.h"
#include "service/internal.h"
#include "service/page.h"

#define AUDIT_PERMISSIONS(X) X(audit_read, "audit.read", WORK, "Read the audit trail", "")
AUDIT_PERMISSIONS(PERMISSION_DEFINE)
const struct permission_list audit_permissions =
        LIST(const struct permission *const, AUDIT_PERMISSIONS(PERMISSION_ENTRY));

#define AUDIT_QUERY(X, T) \
	X(T, opt_uuid, _, filter_actor, .doc = "Only what this account did") \
	X(T, str, code, filter_action, .min = 1, .max = 64, .optional = true, .doc = "Only this operation") \
	X(T, str, code, filter_subject, .min = 1, .max = 320, .optional = true, \
	  .doc = "Only this kind of thing (`products`), or this one of it (`products/ID`)") \
	X(T, str, code, filter_subject_id, .min = 1, .max = 255, .optional = true, \
	  .doc = "Only the thing of this id, of any kind unless `filter[subject]` names one") \
	X(T, opt_time, _, filter_at_gte, .doc = "Only from this instant on") \
	X(T, opt_time, _, filter_at_lt, .doc = "Only before this instant")

#define SHAPES(STRUCT, OVER) STRUCT(audit_query, AUDIT_QUERY, "Filters of the audit trail")
SCHEMA_DECLARE(SHAPES)
SCHEMA_DEFINE(SHAPES)

HANDLER(audit_list, audit_query, audit_view)
{
	struct str id = input->filter_subject, kind = STR_NULL;

	if (req->actor->scope.set)
		refuse(&problem_forbidden, "The trail is of all stores, and this account sees one");
	if (!str_is_null(id))
		kind = str_cut(&id, '/');
	if (str_is_null(id))
		id = input->filter_subject_id;
	reply_page(req, sql_audit_entries(req->db, .page = req->page, .actor = input->filter_actor,
	                                  .action = input->filter_action, .subject = kind, .subject_id = id,
	                                  .at_from = input->filter_at_gte, .at_before = input->filter_at_lt));
}

/* clang-format off */
static const struct route audit_rows[] = {
	{ GET("/api/admin/audit", audit_list), .doc = "What staff changed, and their logins, newest first, a page at a time.",
	  .needs = &permission_audit_read, .list = &sql_audit_entries_list },
};
/* clang-format on */

const struct routes audit_routes = ROUTES(audit_rows);
