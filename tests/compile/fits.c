/* SPDX-License-Identifier: Apache-2.0 */
/* compiles: what the other files get wrong, done right */
#include "service/audit.h"
#include "service/page.h"
#include "service/probe.h"

#define EVENTS(X) X(thing_made, "thing.made", thing, 1, thing_view, "A thing was made")
EVENTS(EVENT_DECLARE)
EVENTS(EVENT_DEFINE)

#define AUDIT_SHORT(X, T)    X(T, uuid, _, id, .doc = "Its id")
#define SHAPES(STRUCT, OVER) OVER(audit_short, AUDIT_SHORT, struct sql_audit_row, "Part of a row")
SCHEMA_DECLARE(SHAPES)
SCHEMA_DEFINE(SHAPES)

HANDLER(thing_make, new_thing, thing_view)
{
	struct thing_view thing = { .name = input->name };
	struct tx *tx = tx_begin(req->db);

	emit(tx, thing_made, thing.id, 1, &thing);
	sql_audit_waiting(req->db, .row_limit = 1);
	sql_audit_chain_lock(tx);
	reply_commit(req, tx, &thing);
}

HANDLER(thing_change, change_thing, thing_view)
{
	struct thing_view thing = { .version = 1 };

	request_patch(req, thing_view, &thing);
	reply(req, &thing);
}

HANDLER(audit_page, nothing, audit_short)
{
	reply_page(req, sql_audit_entries(req->db, .page = req->page));
}

CONSUMER(thing_seen, thing_made)
{
	(void)data->name;
}

extern const struct handler *const handlers[];
const struct handler *const handlers[] = { &thing_make_handler, &thing_change_handler, &audit_page_handler };
