/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Payments as records, and the route by which staff enter what a provider reports. A record is never changed. The
 * order's sums, payment_status and version are stored with it in one write set: of two requests that change one order
 * at once, one starts again and reads what the other stored.
 */
#include "commerce/payments/payments.h"

#include "commerce/commerce.h"
#include "commerce/orders/access.h"
#include "commerce/payments/events.h"
#include "commerce/payments/routes.h"
#include "commerce/permissions.h"

struct payment_case payment_case_of(const struct sql_order_row *order)
{
	return (struct payment_case){
		.total = order->total.amount,
		.cash = order->payment_method == PAY_cash,
		.sums = { .authorized = order->authorized_minor,
		          .captured = order->captured_minor,
		          .voided = order->voided_minor,
		          .refunding = order->refunding_minor,
		          .refunded = order->refunded.amount,
		          .failures = order->payment_failures },
	};
}

struct str payment_text(struct money_step step, const char *currency)
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

/* ---- Part of a change --------------------------------------------------------------------------- */

enum { ENTRIES_MAX = 1 + MONEY_MOVES_MAX };

/* One step as it is stored: a payment record, a new refund, or the result of a refund. */
struct payment_entry {
	struct money_step step;
	struct money amount;
	int64_t seq;                  /* of its event */
	struct str reference;         /* of a payment record */
	struct sql_refund_row refund; /* of a step of a refund */
};

struct payment_entries {
	struct payment_entry items[ENTRIES_MAX];
	size_t count;
};

static int64_t add_payment(struct order_change *change, const struct payment_entry *entry,
                           const struct event_type *type)
{
	return order_change_emit_as(change, order_payment_data, type,
	                            &(struct order_payment_data){
	                                    .order_id = change->order.id,
	                                    .number = change->order.number,
	                                    .kind = (int)entry->step.kind,
	                                    .amount = entry->amount,
	                                    .payment_status = change->order.payment_status,
	                                    .version = change->order.version,
	                                    .actor = change->actor_kind,
	                            });
}

static int64_t add_refund(struct order_change *change, const struct payment_entry *entry, const struct event_type *type)
{
	return order_change_emit_as(change, order_refund_data, type,
	                            &(struct order_refund_data){
	                                    .order_id = change->order.id,
	                                    .number = change->order.number,
	                                    .refund_id = entry->refund.id,
	                                    .amount = entry->amount,
	                                    .provider = change->order.payment_provider,
	                                    .payment_status = change->order.payment_status,
	                                    .version = change->order.version,
	                                    .actor = change->actor_kind,
	                            });
}

static void store_payment(struct tx *tx, const struct order_change *change, const struct payment_entry *entry)
{
	sql_payment_insert(tx, .order_id = change->order.id, .seq = entry->seq, .kind = (int)entry->step.kind,
	                   .method = change->order.payment_method, .amount = entry->amount,
	                   .provider = change->order.payment_provider, .reference = entry->reference,
	                   .actor = change->move.actor, .now = change->move.now_us);
}

static void store_refund(struct tx *tx, const struct order_change *change, const struct payment_entry *entry)
{
	const struct sql_refund_row *refund = &entry->refund;

	sql_refund_insert(tx, .id = refund->id, .order_id = refund->order_id, .amount = refund->amount,
	                  .reason = refund->reason, .provider = refund->provider, .actor = refund->actor,
	                  .now = refund->created_at);
}

static void store_refund_result(struct tx *tx, const struct order_change *change, const struct payment_entry *entry)
{
	bool settled = entry->step.kind == MONEY_refund_settled;

	sql_refund_close(tx, .id = entry->refund.id, .order_id = change->order.id,
	                 .state = settled ? REFUND_STATE_settled : REFUND_STATE_failed, .now = change->move.now_us);
}

enum { ENTRY_EVENTS_MAX = 2 };

/* The event table: how each kind of step is stored, and which events it emits. */
static const struct {
	void (*store)(struct tx *tx, const struct order_change *change, const struct payment_entry *entry);
	struct {
		const struct event_type *type;
		int64_t (*add)(struct order_change *change, const struct payment_entry *entry,
		               const struct event_type *type);
	} events[ENTRY_EVENTS_MAX];
} entry_kinds[money_kind_count] = {
	[MONEY_authorized] = { store_payment, { { &order_payment_changed, add_payment } } },
	[MONEY_captured] = { store_payment, { { &order_payment_changed, add_payment } } },
	[MONEY_voided] = { store_payment, { { &order_payment_changed, add_payment } } },
	[MONEY_failed] = { store_payment, { { &order_payment_changed, add_payment } } },
	[MONEY_refund_requested] = { store_refund, { { &order_refund_requested, add_refund } } },
	[MONEY_refund_settled] = { store_refund_result,
	                           { { &order_refunded, add_refund }, { &order_payment_changed, add_payment } } },
	[MONEY_refund_failed] = { store_refund_result, { { &order_refund_failed, add_refund } } },
};

static struct str provider_of(const struct order_move *move)
{
	if (!str_is_null(move->money.provider))
		return move->money.provider;
	if (!str_is_null(move->order->payment_provider))
		return move->order->payment_provider;
	return move->order->payment_method == PAY_cash ? STR("cash") : STR("manual");
}

/* The step that is reported, then those that follow from the move; *ret_sums: after all of them. */
static size_t steps_of(const struct order_change *change, struct money_step steps[ENTRIES_MAX],
                       struct payment_sums *ret_sums)
{
	struct payment_case money = payment_case_of(change->move.order);
	struct money_step follow[MONEY_MOVES_MAX];
	size_t count = 0, following;

	if (change->move.money.step.kind) {
		steps[count++] = change->move.money.step;
		money.sums = payment_after(money.sums, steps[0]);
	}
	following = change->moves ? payment_moves(&money, change->move.to, follow) : 0;
	for (size_t i = 0; i < following; i++) {
		steps[count++] = follow[i];
		money.sums = payment_after(money.sums, follow[i]);
	}
	*ret_sums = money.sums;
	return count;
}

static void entry_plan(struct order_change *change, struct money_step step, struct payment_entry *entry)
{
	const struct order_move *move = &change->move;
	bool closes = step.kind == MONEY_refund_settled || step.kind == MONEY_refund_failed;

	*entry = (struct payment_entry){ .step = step, .amount = change->order.total };
	entry->amount.amount = step.amount;
	entry->refund = (struct sql_refund_row){
		.id = closes ? move->money.refund_id : uuid_new_v7(move->now_us),
		.order_id = change->order.id,
		.amount = entry->amount,
		.reason = move->reason,
		.state = REFUND_STATE_pending,
		.provider = change->order.payment_provider,
		.actor = move->actor,
		.created_at = move->now_us,
		.updated_at = move->now_us,
	};
	for (size_t i = 0; i < ENTRY_EVENTS_MAX; i++)
		if (entry_kinds[step.kind].events[i].type) {
			int64_t seq = entry_kinds[step.kind].events[i].add(change, entry,
			                                                   entry_kinds[step.kind].events[i].type);
			entry->seq = entry->seq ? entry->seq : seq;
		}
	entry->reference = move->money.reference;
	if (step.kind != move->money.step.kind || str_is_null(entry->reference))
		entry->reference =
		        str_printf(task_arena(), "%.*s/%lld", STR_ARG(change->order.number), (long long)entry->seq);
}

static void *payments_plan(struct db *db, struct order_change *change)
{
	struct sql_order_row *order = &change->order;
	struct money_step steps[ENTRIES_MAX];
	struct payment_sums sums;
	size_t count = steps_of(change, steps, &sums);

	if (!count)
		return NULL;
	order->payment_status = (int)payment_status_of(&sums, order->total.amount);
	order->payment_provider = provider_of(&change->move);
	order->authorized_minor = sums.authorized;
	order->captured_minor = sums.captured;
	order->voided_minor = sums.voided;
	order->refunding_minor = sums.refunding;
	order->refunded.amount = sums.refunded;
	order->payment_failures = sums.failures;
	struct payment_entries *entries = ARENA_NEW(task_arena(), struct payment_entries);

	for (entries->count = 0; entries->count < count; entries->count++)
		entry_plan(change, steps[entries->count], &entries->items[entries->count]);
	return entries;
}

static void payments_store(struct tx *tx, const struct order_change *change, const void *share)
{
	const struct payment_entries *entries = share;

	for (size_t i = 0; i < entries->count; i++)
		entry_kinds[entries->items[i].step.kind].store(tx, change, &entries->items[i]);
}

const struct order_part payments_part = { .plan = payments_plan, .store = payments_store };

const struct sql_refund_row *payments_refund_of(const struct order_change *change)
{
	const struct payment_entries *entries = order_change_share(change, &payments_part);

	for (size_t i = 0; entries && i < entries->count; i++)
		if (entries->items[i].step.kind == MONEY_refund_requested)
			return &entries->items[i].refund;
	return NULL;
}

/* ---- Recording --------------------------------------------------------------------------------- */

void refuse_payment(enum payment_refusal no, const struct sql_order_row *order, int64_t expected)
{
	struct str status = choice_text(&order_status_choice, order->status);

	switch (no) {
	case PAYMENT_TOO_LATE:
		refuse(&problem_payment_too_late, "the order is %.*s; it takes no more payments", STR_ARG(status));
	case PAYMENT_NOT_AWAITED:
		refuse(&problem_payment_not_awaited, "the order is %.*s and its payment %.*s", STR_ARG(status),
		       STR_ARG(choice_text(&payment_status_choice, order->payment_status)));
	case REFUND_TOO_HIGH:
		refuse(&problem_refund_too_high, "at most %lld minor units can be refunded", (long long)expected);
	default:
		refuse(&problem_payment_amount_wrong, "the amount must be %lld minor units", (long long)expected);
	}
}

/* An authorisation confirms the order and its reserved stock; a failure cancels the order and releases the stock;
 * any other step is only recorded. */
static const struct order_change *payment_apply(struct tx *tx, struct order_move *move)
{
	struct order_created_line_list held = move->goods;
	const struct order_change *change;

	move->goods = (struct order_created_line_list){ NULL, 0 };
	switch (move->money.step.kind) {
	case MONEY_authorized:
		move->to = ORDER_confirmed;
		change = order_move(tx, move);
		sql_reservations_keep(tx, .order_id = move->order->id, .product_count = (int64_t)held.count,
		                      .now = move->now_us);
		return change;
	case MONEY_failed:
		move->to = ORDER_cancelled;
		move->goods = held;
		move->reason = STR("the payment failed");
		return order_move(tx, move);
	default:
		move->reason = payment_text(move->money.step, move->order->total.currency);
		return order_record_payment(tx, move);
	}
}

/* The order and its reservations were read one after the other. If the order has changed in between, the two do not
 * fit together, and a refusal would be wrong. */
static void check_unchanged(struct request *req, const struct sql_order_row *order)
{
	if (sql_order_get(req->db, .id = order->id)->version != order->version)
		fail_conflict("the order changed while it was read");
}

HANDLER(payment_record, record_payment, order_view)
{
	const struct sql_order_row *order = order_for_staff(req);
	enum order_status status = (enum order_status)order->status;
	struct payment_case money = payment_case_of(order);
	enum money_kind kind = (enum money_kind)input->kind;
	int64_t expected = payment_expected(&money, kind);
	struct order_move move = {
		.order = order,
		.to = status,
		.by = BY_PROVIDER,
		.actor = request_staff(req),
		.money = { .step = { kind, input->amount.set ? input->amount.value : expected },
		           .provider = str_is_null(order->payment_provider) ? STR("manual") : order->payment_provider,
		           .reference = input->reference },
		.now_us = req->now_us,
	};

	if (status == ORDER_pending)
		move.goods = order_goods_reserved(req->db, order->id);
	enum payment_refusal no = payment_admit(&money, status, move.goods.count > 0, move.money.step);

	if (no) {
		check_unchanged(req, order);
		refuse_payment(no, order, expected);
	}
	struct tx *tx = tx_collect(req->db);
	const struct order_change *change = payment_apply(tx, &move);

	reply_commit(req, tx, order_changed_view(req->db, change));
}

/* clang-format off */
static const struct route payment_rows[] = {
	{ POST("/api/admin/orders/{id}/payments", payment_record), .needs = &permission_payments_write,
	  .doc = "Records what the payment provider reports. An authorisation of the total confirms an order that waits for its "
	         "payment; a failure cancels the order.",
	  .idempotency = IDEMPOTENCY_REQUIRED, .creates = "/api/admin/orders/{id}",
	  .conflicts = CONFLICTS({ "payment_reference", &problem_payment_reference_taken, NULL, "another payment has this reference" }),
	  .problems = PROBLEMS(&problem_payment_too_late, &problem_payment_not_awaited, &problem_payment_amount_wrong) },
};
/* clang-format on */

const struct routes payment_routes = ROUTES(payment_rows);
