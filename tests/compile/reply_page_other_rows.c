/* SPDX-License-Identifier: Apache-2.0 */
/* refused: from incompatible pointer type 'struct sql_audit_row *' */
#include "service/audit.h"
#include "service/page.h"
#include "service/probe.h"

HANDLER(thing_list, nothing, thing_view)
{
	reply_page(req, sql_audit_entries(req->db, .page = req->page));
}

extern const struct handler *const handlers[];
const struct handler *const handlers[] = { &thing_list_handler };
