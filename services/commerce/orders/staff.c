/* SPDX-License-Identifier: Apache-2.0 */
/* What staff do with orders: change their status, cancel them. */
#include "commerce/orders/access.h"
#include "commerce/orders/move.h"
#include "commerce/orders/routes.h"
#include "commerce/permissions.h"

/* The customer shows the pickup code. A try is counted before the code is compared, in a transaction of its own. */
static void check_pickup_code(struct request *req, const struct sql_order_row *row, struct str code)
{
	if (str_is_null(code))
		refuse_field(&problem_invalid_body, "#/code", "is required to hand the order over");
	if (row->pickup_tries >= PICKUP_TRIES_MAX)
		refuse(&problem_pickup_code_locked, "the order can now only be cancelled");
	struct tx *tx = tx_collect(req->db);

	sql_order_pickup_try(tx, .id = row->id, .tries = row->pickup_tries);
	tx_commit(tx);
	if (!str_eq(code, row->pickup_code))
		refuse_field(&problem_pickup_code_wrong, "#/code", "is not the pickup code of the order");
}

/* Of two requests with the same If-Match, one conflicts at the commit, runs again from the start, and finds another
 * version. */
HANDLER(admin_order_move, move_order, order_view)
{
	const struct sql_order_row *order = order_for_staff(req);
	enum order_status to = (enum order_status)input->status;

	request_check_version(req, order->version);
	if (to == ORDER_collected && order->status == ORDER_ready && order->fulfilment == FULFILMENT_pickup)
		check_pickup_code(req, order, input->code);
	order_move_reply(req, order, to, BY_STAFF, input->reason);
}

HANDLER(admin_order_cancel, cancel_order, order_view)
{
	const struct sql_order_row *order = order_for_staff(req);

	request_check_version(req, order->version);
	order_move_once_reply(req, order, ORDER_cancelled, BY_STAFF, input->reason);
}

/* clang-format off */
static const struct route staff_rows[] = {
	{ PATCH("/api/admin/orders/{id}/status", admin_order_move), .needs = &permission_orders_update,
	  .doc = "Moves an order to another status if it still has the version in If-Match; illegal_transition lists in `allowed` "
	         "where it may go.",
	  .if_match = IF_MATCH_REQUIRED,
	  .problems = PROBLEMS(&problem_illegal_transition, &problem_not_a_pickup, &problem_not_a_delivery,
	                       &problem_reason_missing, &problem_pickup_code_wrong, &problem_pickup_code_locked) },
	{ POST("/api/admin/orders/{id}/cancel", admin_order_cancel), .needs = &permission_orders_cancel,
	  .doc = "Cancels an order whose goods are in the store. Cancelling it again changes nothing.",
	  .if_match = IF_MATCH_ACCEPTED, .problems = PROBLEMS(&problem_illegal_transition) },
};
/* clang-format on */

const struct routes staff_routes = ROUTES(staff_rows);
