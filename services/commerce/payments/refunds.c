/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Refunds: requested by staff, or by an order that ended without its goods; then settled or failed by the provider. A
 * refund does not move the order, and the order does not wait for it.
 */
#include "commerce/orders/access.h"
#include "commerce/orders/move.h"
#include "commerce/payments/payments.h"
#include "commerce/payments/payments_sql.h"
#include "commerce/payments/routes.h"
#include "commerce/permissions.h"

static struct refund_view refund_view_of(const struct sql_refund_row *row)
{
	return (struct refund_view){
		.id = row->id,
		.amount = row->amount,
		.state = row->state,
		.reason = row->reason,
		.provider = row->provider,
		.actor = row->actor,
		.created_at = row->created_at,
		.updated_at = row->updated_at,
	};
}

struct refund_view_list refunds_view(struct db *db, const struct sql_order_row *order)
{
	struct sql_refund_rows found = sql_refunds_of_order(db, .order_id = order->id);
	struct refund_view *views = ARENA_ARRAY(task_arena(), struct refund_view, found.count);

	for (size_t i = 0; i < found.count; i++)
		views[i] = refund_view_of(&found.rows[i]);
	return (struct refund_view_list){ views, found.count };
}

/* The order keeps its status; the step of the refund is recorded. */
static void record_refund(struct tx *tx, const struct sql_order_row *order, struct order_money money, struct str actor,
                          int64_t now_us)
{
	order_record_payment(tx, &(struct order_move){
	                                 .order = order,
	                                 .to = order_status_find(order->status),
	                                 .actor = actor,
	                                 .reason = payment_text(money.step, order->currency),
	                                 .money = money,
	                                 .now_us = now_us,
	                         });
}

/* ---- Asked for ---------------------------------------------------------------------------------- */

static void refund_request(struct request *req)
{
	const struct request_refund *cmd = req->body;
	const struct sql_order_row *row = order_for_staff(req);
	struct payment_case money = payment_case_of(row);
	enum payment_refusal no = refund_admit(&money, cmd->amount);

	if (no)
		refuse_payment(no, row, payment_refundable(&money.sums));
	struct order_move move = {
		.order = row,
		.to = order_status_find(row->status),
		.actor = request_staff(req),
		.reason = cmd->reason,
		.money = { .step = { MONEY_refund_requested, cmd->amount } },
		.now_us = req->now_us,
	};
	struct tx *tx = tx_collect(req->db);
	const struct order_change *change = order_record_payment(tx, &move);
	struct refund_view view = refund_view_of(payments_refund_of(change));

	reply_version(req, change->order.version);
	reply_location(req, "/api/admin/orders/%.*s", STR_ARG(uuid_text(task_arena(), row->id)));
	reply_commit_plain(req, tx, &view);
}

/* ---- Settled or failed -------------------------------------------------------------------------- */

/* Closing a refund again with the same result changes nothing. */
static void close_refund(struct request *req, enum money_kind kind, enum refund_state state)
{
	const struct sql_order_row *order = order_for_staff(req);
	const struct sql_refund_row *row =
	        sql_refund_find(req->db, .id = request_id(req, "refund_id"), .order_id = order->id);

	if (!row)
		refuse(&problem_not_found, "there is no such refund of this order");
	struct refund_view view = refund_view_of(row);

	if (row->state == (int)state) {
		reply_plain(req, &view);
		return;
	}
	if (row->state != REFUND_STATE_pending)
		refuse(&problem_refund_not_pending, "the refund is %.*s",
		       STR_ARG(choice_text(&refund_state_choice, row->state)));
	struct tx *tx = tx_collect(req->db);

	record_refund(tx, order, (struct order_money){ .step = { kind, row->amount.amount }, .refund_id = row->id },
	              request_staff(req), req->now_us);
	view.state = state;
	view.updated_at = req->now_us;
	reply_commit_plain(req, tx, &view);
}

static void refund_settle(struct request *req)
{
	close_refund(req, MONEY_refund_settled, REFUND_STATE_settled);
}

static void refund_fail(struct request *req)
{
	close_refund(req, MONEY_refund_failed, REFUND_STATE_failed);
}

/* The instant provider settles a refund as soon as it is requested. */
CONSUMER(settle_refund, order_refund_requested)
{
	if (!str_eq(data->provider, STR("instant")))
		return;
	const struct sql_order_row *order = sql_order_find(consumption->db, .id = data->order_id);
	const struct sql_refund_row *row =
	        sql_refund_find(consumption->db, .id = data->refund_id, .order_id = data->order_id);

	if (order && row && row->state == REFUND_STATE_pending)
		record_refund(consumption->tx, order,
		              (struct order_money){ .step = { MONEY_refund_settled, row->amount.amount },
		                                    .refund_id = row->id },
		              STR("provider"), task_now_us());
}

/* ---- Routes ----------------------------------------------------------------------------------- */

static const struct problem *const request_problems[] = { &problem_not_found, &problem_refund_too_high, NULL };
static const struct problem *const close_problems[] = { &problem_not_found, &problem_refund_not_pending, NULL };

static const struct route refund_rows[] = {
	{
	        .method = HTTP_POST,
	        .path = "/api/admin/orders/{id}/refunds",
	        .name = "refund_request",
	        .doc = "Requests a refund of captured money; it is pending until the provider settles it.",
	        .plain = refund_request,
	        .needs = &permission_payments_write,
	        .body = &request_refund_schema,
	        .reply = &refund_view_schema,
	        .status = 201,
	        .idempotency = IDEMPOTENCY_REQUIRED,
	        .problems = request_problems,
	},
	{
	        .method = HTTP_POST,
	        .path = "/api/admin/orders/{id}/refunds/{refund_id}/settle",
	        .name = "refund_settle",
	        .doc = "Records that the provider has paid the refund. Settling it again changes nothing.",
	        .plain = refund_settle,
	        .needs = &permission_payments_write,
	        .reply = &refund_view_schema,
	        .idempotency = IDEMPOTENCY_ACCEPTED,
	        .problems = close_problems,
	},
	{
	        .method = HTTP_POST,
	        .path = "/api/admin/orders/{id}/refunds/{refund_id}/fail",
	        .name = "refund_fail",
	        .doc = "Records that the provider cannot pay the refund; the amount can be refunded again.",
	        .plain = refund_fail,
	        .needs = &permission_payments_write,
	        .reply = &refund_view_schema,
	        .idempotency = IDEMPOTENCY_ACCEPTED,
	        .problems = close_problems,
	},
};
const struct routes refund_routes = ROUTES(refund_rows);
