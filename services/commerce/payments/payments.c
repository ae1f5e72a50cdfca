/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Payments and refunds, as staff enter what a provider reports. A refund is requested by staff, or by an order that
 * ended without its goods; then it is settled or failed by the provider. It does not move the order, and the order does
 * not wait for it.
 */
#include "commerce/commerce.h"
#include "commerce/orders/access.h"
#include "commerce/payments/booking.h"
#include "commerce/payments/events.h"
#include "commerce/permissions.h"

CHOICE_TABLE(payment_kind, PAYMENT_KINDS)
CHOICE_TABLE(refund_state, REFUND_STATES)
SCHEMA_DEFINE(PAYMENTS_SHAPES)
SCHEMA_DEFINE(PAYMENTS_EVENT_SHAPES)
PAYMENTS_PROBLEMS(PROBLEM_DEFINE)
PAYMENTS_EVENTS(EVENT_DEFINE)

/* "12.50 EUR captured", for the history. */
static struct str payment_text(struct money_step step, const char *currency)
{
	struct str kind = choice_text(&money_kind_choice, (int)step.kind);
	int exponent = money_exponent(str_from(currency));
	int64_t unit = 1;

	for (int i = 0; i < exponent; i++)
		unit *= 10;
	if (exponent <= 0)
		return str_printf(task_arena(), "%lld %s %.*s", (long long)step.amount, currency, STR_ARG(kind));
	return str_printf(task_arena(), "%lld.%0*lld %s %.*s", (long long)(step.amount / unit), exponent,
	                  (long long)(step.amount % unit), currency, STR_ARG(kind));
}

NORETURN static void refuse_payment(enum payment_refusal no, const struct sql_order_row *order, int64_t expected)
{
	struct str status = choice_text(&order_status_choice, order->status);

	if (no == PAYMENT_TOO_LATE)
		refuse(&problem_payment_too_late, "the order is %.*s; it takes no more payments", STR_ARG(status));
	if (no == PAYMENT_NOT_AWAITED)
		refuse(&problem_payment_not_awaited, "the order is %.*s and its payment %.*s", STR_ARG(status),
		       STR_ARG(choice_text(&payment_status_choice, order->payment_status)));
	refuse(&problem_payment_amount_wrong, "the amount must be %lld minor units", (long long)expected);
}

HANDLER(payment_record, record_payment, order_view)
{
	const struct sql_order_row *order = order_for_staff(req);
	enum order_status status = (enum order_status)order->status;
	struct payment_case money = payment_case_of(order);
	enum money_kind kind = (enum money_kind)input->kind;
	int64_t expected = payment_expected(&money, kind);
	struct order_created_line_list held = { NULL, 0 };
	struct order_move move = {
		.order = order,
		.to = status,
		.by = BY_PROVIDER,
		.actor = request_staff(req),
		.money = { .step = { kind, input->amount.set ? input->amount.value : expected },
		           .provider = str_is_null(order->payment_provider) ? STR("manual") : order->payment_provider,
		           .reference = input->reference },
	};

	if (status == ORDER_pending)
		held = order_goods_reserved(req->db, order->id);
	enum payment_refusal no = payment_admit(&money, status, held.count > 0, move.money.step);

	/* The order and its reservations were read one after the other. If the order has changed in between, the two
	 * do not fit together, and a refusal would be wrong. */
	if (no && sql_order_get(req->db, .id = order->id)->version != order->version)
		fail_conflict("the order changed while it was read");
	if (no)
		refuse_payment(no, order, expected);
	struct tx *tx = tx_collect(req->db);
	const struct order_change *change;

	/* An authorisation confirms the order and its reserved stock; a failure cancels the order and releases the
	 * stock; any other step is only recorded. */
	if (kind == MONEY_authorized) {
		move.to = ORDER_confirmed;
		change = order_move(tx, &move);
		sql_reservations_keep(tx, .order_id = order->id, .product_count = (int64_t)held.count,
		                      .now = change->order.updated_at);
	} else if (kind == MONEY_failed) {
		move.to = ORDER_cancelled;
		move.goods = held;
		move.reason = STR("the payment failed");
		change = order_move(tx, &move);
	} else {
		move.reason = payment_text(move.money.step, order->total.currency);
		change = order_record(tx, &move);
	}
	reply_commit(req, tx, order_changed_view(req->db, change));
}
/* ---- Refunds ------------------------------------------------------------------------------------ */

/* The order keeps its status; the step of the refund is recorded. */
static const struct order_change *refund_record(struct tx *tx, const struct sql_order_row *order,
                                                struct order_money money, struct str actor, struct str reason)
{
	return order_record(tx, &(struct order_move){
	                                .order = order,
	                                .to = (enum order_status)order->status,
	                                .actor = actor,
	                                .reason = reason,
	                                .money = money,
	                        });
}

static const struct order_change *refund_record_result(struct tx *tx, const struct sql_order_row *order,
                                                       const struct sql_refund_row *refund, enum money_kind kind,
                                                       struct str actor)
{
	struct order_money money = { .step = { kind, refund->amount.amount }, .refund_id = SOME(uuid, refund->id) };

	return refund_record(tx, order, money, actor, payment_text(money.step, order->total.currency));
}

HANDLER(refund_request, request_refund, refund_view)
{
	const struct sql_order_row *order = order_for_staff(req);
	struct payment_case money = payment_case_of(order);
	struct order_money step = { .step = { MONEY_refund_requested, input->amount } };

	if (refund_admit(&money, input->amount))
		refuse(&problem_refund_too_high, "at most %lld minor units can be refunded",
		       (long long)payment_refundable(&money.sums));
	struct tx *tx = tx_collect(req->db);
	const struct order_change *change = refund_record(tx, order, step, request_staff(req), input->reason);

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

	refund.updated_at = refund_record_result(tx, order, &refund, kind, request_staff(req))->order.updated_at;
	refund.state = (int)state;
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
		refund_record_result(consumption->tx, order, refund, MONEY_refund_settled, STR("provider"));
}

/* ---- Routes ------------------------------------------------------------------------------------- */

/* clang-format off */
static const struct route payment_rows[] = {
	{ POST("/api/admin/orders/{id}/payments", payment_record), .needs = &permission_payments_write,
	  .doc = "Records what the payment provider reports. An authorisation of the total confirms an order that waits for its "
	         "payment; a failure cancels the order.",
	  .idempotency = IDEMPOTENCY_REQUIRED, .creates = "/api/admin/orders/{id}",
	  .conflicts = CONFLICTS({ "payment_reference", &problem_payment_reference_taken, NULL, "another payment has this reference" }),
	  .problems = PROBLEMS(&problem_payment_too_late, &problem_payment_not_awaited, &problem_payment_amount_wrong) },
	{ POST("/api/admin/orders/{id}/refunds", refund_request), .needs = &permission_payments_write,
	  .doc = "Requests a refund of captured money; it is pending until the provider settles it.",
	  .idempotency = IDEMPOTENCY_REQUIRED, .creates = "/api/admin/orders/{order_id}",
	  .problems = PROBLEMS(&problem_refund_too_high) },
	{ POST("/api/admin/orders/{id}/refunds/{refund_id}/settle", refund_settle), .needs = &permission_payments_write,
	  .doc = "Records that the provider has paid the refund. Settling it again changes nothing.",
	  .problems = PROBLEMS(&problem_refund_not_pending) },
	{ POST("/api/admin/orders/{id}/refunds/{refund_id}/fail", refund_fail), .needs = &permission_payments_write,
	  .doc = "Records that the provider cannot pay the refund; the amount can be refunded again.",
	  .problems = PROBLEMS(&problem_refund_not_pending) },
};
static const struct routes payment_routes = ROUTES(payment_rows);

static const struct subscription subscriptions[] = {
	{ .name = "commerce.settle_refund", .consumer = &settle_refund_consumer },
};

const struct subject payments_subject = {
	.name = "payments",
	.sql = LIST(const struct sql_module *const, &sql_payments_module),
	.admin_routes = LIST(const struct routes *const, &payment_routes),
	.subscriptions = SUBSCRIPTIONS(subscriptions),
	.events = &(const struct event_types)EVENT_TYPES(PAYMENTS_EVENTS),
};
/* clang-format on */
