/* SPDX-License-Identifier: Apache-2.0 */
/* What staff do with orders: move them on, cancel them. */
#include "commerce/api.h"
#include "commerce/handlers.h"
#include "commerce/move.h"
#include "commerce/stores.h"
#include "commerce/view.h"

struct str staff_actor(const struct request *req)
{
	if (!str_is_null(req->actor->key))
		return str_printf(task_arena(), "key:%.*s", STR_ARG(req->actor->key));
	return str_printf(task_arena(), "staff:%.*s", STR_ARG(uuid_text(task_arena(), req->actor->account_id)));
}

const struct sql_order_row *staff_order(struct request *req)
{
	const struct sql_order_row *row = sql_order_get(req->db, .id = request_id(req, "id"));

	if (!row || !staff_sees_store(req, row->store_id))
		refuse(&problem_not_found, "there is no such order");
	return row;
}

static void move_on(struct request *req, const struct sql_order_row *row, enum order_status to, struct str reason)
{
	struct order_move move = {
		.order = row,
		.to = to,
		.by = BY_STAFF,
		.actor = staff_actor(req),
		.reason = reason,
		.goods = order_goods(req->db, row, to),
		.now_us = req->now_us,
	};
	struct tx *tx = tx_collect(req->db);

	order_move(tx, &move);
	reply_version(req, row->version + 1);
	reply_commit(req, tx, order_moved_view(req->db, &move));
}

/* Of two with the same If-Match one conflicts at the commit, runs again from the top, and finds another version. */
static void admin_order_move(struct request *req)
{
	const struct move_order *cmd = req->body;
	const struct sql_order_row *row = staff_order(req);

	request_check_version(req, row->version);
	move_on(req, row, (enum order_status)cmd->status, cmd->reason);
}

static void admin_order_cancel(struct request *req)
{
	const struct cancel_order *cmd = req->body;
	const struct sql_order_row *row = staff_order(req);

	request_check_version(req, row->version);
	if (order_status_find(row->status) == ORDER_cancelled) {
		reply_version(req, row->version);
		reply(req, order_views(req->db, row, 1, BY_STAFF));
		return;
	}
	move_on(req, row, ORDER_cancelled, cmd->reason);
}

/* ---- Routes ----------------------------------------------------------------------------------- */

static const struct problem *const move_problems[] = { &problem_not_found, &problem_illegal_transition, NULL };
static const struct problem *const cancel_problems[] = { &problem_not_found, &problem_illegal_transition,
	                                                 &problem_precondition_failed, NULL };

const struct route staff_routes[] = {
	{
	        .method = HTTP_PATCH,
	        .path = "/api/admin/orders/{id}/status",
	        .name = "admin_order_move",
	        .doc = "Moves an order that is still at the version named; illegal_transition says in `allowed` where "
	               "it "
	               "may go.",
	        .handler = admin_order_move,
	        .needs = PERMISSION_ORDERS_UPDATE,
	        .body = &move_order_schema,
	        .reply = &order_view_schema,
	        .idempotency = IDEMPOTENCY_ACCEPTED,
	        .if_match = true,
	        .problems = move_problems,
	},
	{
	        .method = HTTP_POST,
	        .path = "/api/admin/orders/{id}/cancel",
	        .name = "admin_order_cancel",
	        .doc = "Cancels an order whose goods have not left; cancelling twice is cancelling once.",
	        .handler = admin_order_cancel,
	        .needs = PERMISSION_ORDERS_CANCEL,
	        .body = &cancel_order_schema,
	        .reply = &order_view_schema,
	        .idempotency = IDEMPOTENCY_ACCEPTED,
	        .problems = cancel_problems,
	},
	{ 0 },
};
