/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Refunds: requested by staff, or by an order that ended without its goods; then settled or failed by the provider. A
 * refund does not move the order, and the order does not wait for it.
 */
#include "commerce/orders/access.h"
#include "commerce/payments/events.h"
#include "commerce/payments/payments.h"
#include "commerce/payments/routes.h"
#include "commerce/permissions.h"

/* The order keeps its status; the step of the refund is recorded. */
static const struct order_change *record_refund(struct tx *tx, const struct sql_order_row *order,
                                                struct order_money money, struct str actor, struct str reason,
                                                int64_t now_us)
{
	return order_record_payment(tx, &(struct order_move){
	                                        .order = order,
	                                        .to = (enum order_status)order->status,
	                                        .actor = actor,
	                                        .reason = reason,
	                                        .money = money,
	                                        .now_us = now_us,
	                                });
}

static void record_refund_result(struct tx *tx, const struct sql_order_row *order, const struct sql_refund_row *refund,
                                 enum money_kind kind, struct str actor, int64_t now_us)
{
	struct order_money money = { .step = { kind, refund->amount.amount }, .refund_id = refund->id };

	record_refund(tx, order, money, actor, payment_text(money.step, order->total.currency), now_us);
}

HANDLER(refund_request, request_refund, refund_view)
{
	const struct sql_order_row *order = order_for_staff(req);
	struct payment_case money = payment_case_of(order);
	enum payment_refusal no = refund_admit(&money, input->amount);

	if (no)
		refuse_payment(no, order, payment_refundable(&money.sums));
	struct tx *tx = tx_collect(req->db);
	struct order_money step = { .step = { MONEY_refund_requested, input->amount } };
	const struct order_change *change =
	        record_refund(tx, order, step, request_staff(req), input->reason, req->now_us);

	reply_version(req, change->order.version);
	reply_commit(req, tx, payments_refund_of(change));
}

/* Closing a refund again with the same result changes nothing. */
static void refund_close(struct request *req, enum money_kind kind, enum refund_state state)
{
	const struct sql_order_row *order = order_for_staff(req);
	struct sql_refund_row refund =
	        *sql_refund_get(req->db, .id = request_id(req, "refund_id"), .order_id = order->id);

	if (refund.state == (int)state) {
		reply_as(req, refund_view, &refund);
		return;
	}
	if (refund.state != REFUND_STATE_pending)
		refuse(&problem_refund_not_pending, "the refund is %.*s",
		       STR_ARG(choice_text(&refund_state_choice, refund.state)));
	struct tx *tx = tx_collect(req->db);

	record_refund_result(tx, order, &refund, kind, request_staff(req), req->now_us);
	refund.state = (int)state;
	refund.updated_at = req->now_us;
	reply_commit_as(req, tx, refund_view, &refund);
}

HANDLER(refund_settle, nothing, refund_view)
{
	refund_close(req, MONEY_refund_settled, REFUND_STATE_settled);
}

HANDLER(refund_fail, nothing, refund_view)
{
	refund_close(req, MONEY_refund_failed, REFUND_STATE_failed);
}

/* The instant provider settles a refund as soon as it is requested. */
CONSUMER(settle_refund, order_refund_requested)
{
	if (!str_eq(data->provider, STR("instant")))
		return;
	const struct sql_order_row *order = sql_order_find(consumption->db, .id = data->order_id);
	const struct sql_refund_row *refund =
	        sql_refund_find(consumption->db, .id = data->refund_id, .order_id = data->order_id);

	if (order && refund && refund->state == REFUND_STATE_pending)
		record_refund_result(consumption->tx, order, refund, MONEY_refund_settled, STR("provider"),
		                     task_now_us());
}

/* clang-format off */
static const struct route refund_rows[] = {
	{ POST("/api/admin/orders/{id}/refunds", refund_request), .needs = &permission_payments_write,
	  .doc = "Requests a refund of captured money; it is pending until the provider settles it.",
	  .idempotency = IDEMPOTENCY_REQUIRED, .creates = "/api/admin/orders/{order_id}",
	  .problems = PROBLEMS(&problem_refund_too_high) },
	{ POST("/api/admin/orders/{id}/refunds/{refund_id}/settle", refund_settle), .needs = &permission_payments_write,
	  .doc = "Records that the provider has paid the refund. Settling it again changes nothing.",
	  .idempotency = IDEMPOTENCY_ACCEPTED, .problems = PROBLEMS(&problem_refund_not_pending) },
	{ POST("/api/admin/orders/{id}/refunds/{refund_id}/fail", refund_fail), .needs = &permission_payments_write,
	  .doc = "Records that the provider cannot pay the refund; the amount can be refunded again.",
	  .idempotency = IDEMPOTENCY_ACCEPTED, .problems = PROBLEMS(&problem_refund_not_pending) },
};
/* clang-format on */

const struct routes refund_routes = ROUTES(refund_rows);
