/* SPDX-License-Identifier: Apache-2.0 */
/* What staff do with orders: change their status, cancel them. */
#include "commerce/api.h"
#include "commerce/orders/access.h"
#include "commerce/orders/move.h"
#include "commerce/orders/orders_sql.h"
#include "commerce/orders/routes.h"
#include "commerce/orders/view.h"
#include "commerce/permissions.h"

/* The customer shows the pickup code. A try is counted before the code is compared, in a transaction of its own. */
static void check_pickup_code(struct request *req, const struct sql_order_row *row, struct str code)
{
	static const struct field_error missing = { STR("#/code"), STR("is required to hand the order over") };
	static const struct field_error wrong = { STR("#/code"), STR("is not the pickup code of the order") };

	if (str_is_null(code))
		refuse_fields(&problem_invalid_body, &missing, 1);
	if (row->pickup_tries >= PICKUP_TRIES_MAX)
		refuse(&problem_pickup_code_locked, "the order can now only be cancelled");
	struct tx *tx = tx_collect(req->db);

	sql_order_pickup_try(tx, .id = row->id, .tries = row->pickup_tries);
	tx_commit(tx);
	if (!str_eq(code, row->pickup_code))
		refuse_fields(&problem_pickup_code_wrong, &wrong, 1);
}

static void order_move_on(struct request *req, const struct sql_order_row *row, enum order_status to, struct str reason)
{
	struct order_move move = {
		.order = row,
		.to = to,
		.by = BY_STAFF,
		.actor = request_staff(req),
		.reason = reason,
		.goods = order_goods(req->db, row, to),
		.now_us = req->now_us,
	};
	struct tx *tx = tx_collect(req->db);
	const struct order_change *change = order_move(tx, &move);

	reply_version(req, change->order.version);
	reply_commit_plain(req, tx, order_changed_view(req->db, change));
}

/* Of two requests with the same If-Match, one conflicts at the commit, runs again from the start, and finds another
 * version. */
static void admin_order_move(struct request *req)
{
	const struct move_order *cmd = req->body;
	const struct sql_order_row *row = order_for_staff(req);

	enum order_status to = (enum order_status)cmd->status;

	request_check_version(req, row->version);
	if (to == ORDER_collected && str_eq(row->status, order_status_name(ORDER_ready)) &&
	    fulfilment_method(row) == FULFILMENT_pickup)
		check_pickup_code(req, row, cmd->code);
	order_move_on(req, row, to, cmd->reason);
}

static void admin_order_cancel(struct request *req)
{
	const struct cancel_order *cmd = req->body;
	const struct sql_order_row *row = order_for_staff(req);

	request_check_version(req, row->version);
	if (order_status_find(row->status) == ORDER_cancelled) {
		reply_version(req, row->version);
		reply_plain(req, order_views(req->db, row, 1, BY_STAFF));
		return;
	}
	order_move_on(req, row, ORDER_cancelled, cmd->reason);
}

/* ---- Routes ----------------------------------------------------------------------------------- */

static const struct problem *const move_problems[] = {
	&problem_not_found,      &problem_illegal_transition, &problem_not_a_pickup,       &problem_not_a_delivery,
	&problem_reason_missing, &problem_pickup_code_wrong,  &problem_pickup_code_locked, NULL,
};
static const struct problem *const cancel_problems[] = { &problem_not_found, &problem_illegal_transition,
	                                                 &problem_precondition_failed, NULL };

static const struct route staff_rows[] = {
	{
	        .method = HTTP_PATCH,
	        .path = "/api/admin/orders/{id}/status",
	        .name = "admin_order_move",
	        .doc = "Moves an order to another status if it still has the version in If-Match; illegal_transition "
	               "lists in `allowed` where "
	               "it "
	               "may go.",
	        .plain = admin_order_move,
	        .needs = &permission_orders_update,
	        .body = &move_order_schema,
	        .reply = &order_view_schema,
	        .idempotency = IDEMPOTENCY_ACCEPTED,
	        .if_match = IF_MATCH_REQUIRED,
	        .problems = move_problems,
	},
	{
	        .method = HTTP_POST,
	        .path = "/api/admin/orders/{id}/cancel",
	        .name = "admin_order_cancel",
	        .doc = "Cancels an order whose goods are in the store. Cancelling it again changes nothing.",
	        .plain = admin_order_cancel,
	        .needs = &permission_orders_cancel,
	        .body = &cancel_order_schema,
	        .reply = &order_view_schema,
	        .idempotency = IDEMPOTENCY_ACCEPTED,
	        .problems = cancel_problems,
	},
};
const struct routes staff_routes = ROUTES(staff_rows);
