/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Payments as records of an order's moves. A record is never changed. The order's sums, payment_status and version are
 * stored with it in one write set: of two requests that change one order at once, one starts again and reads what the
 * other stored.
 */
#include "commerce/payments/booking.h"

#include "commerce/commerce.h"
#include "commerce/payments/events.h"

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

enum { ENTRIES_MAX = 1 + MONEY_MOVES_MAX };

/* One step as it is stored: a payment record, a new refund, or the result of a refund. */
struct payment_entry {
	struct money_step step;
	int64_t seq; /* of its event */
	struct sql_refund_row refund;
};

struct payment_entries {
	struct payment_entry items[ENTRIES_MAX];
	size_t count;
};

/* The event table: what a step of a refund emits, and whether the step changes what is paid. */
static const struct {
	const struct event_type *refund;
	bool payment;
} entry_events[money_kind_count] = {
	[MONEY_authorized] = { NULL, true },
	[MONEY_captured] = { NULL, true },
	[MONEY_voided] = { NULL, true },
	[MONEY_failed] = { NULL, true },
	[MONEY_refund_requested] = { &order_refund_requested, false },
	[MONEY_refund_settled] = { &order_refunded, true },
	[MONEY_refund_failed] = { &order_refund_failed, false },
};

static void entry_emit(struct order_change *change, struct payment_entry *entry)
{
	const struct sql_order_row *order = &change->order;

	if (entry_events[entry->step.kind].refund)
		order_change_emit_as(change, order_refund_data, entry_events[entry->step.kind].refund,
		                     &(struct order_refund_data){
		                             .order_id = order->id,
		                             .number = order->number,
		                             .refund_id = entry->refund.id,
		                             .amount = entry->refund.amount,
		                             .provider = order->payment_provider,
		                             .payment_status = order->payment_status,
		                             .version = order->version,
		                             .actor = change->actor_kind,
		                     });
	if (entry_events[entry->step.kind].payment)
		entry->seq = order_change_emit(change, order_payment_changed,
		                               &(struct order_payment_data){
		                                       .order_id = order->id,
		                                       .number = order->number,
		                                       .kind = (int)entry->step.kind,
		                                       .amount = entry->refund.amount,
		                                       .payment_status = order->payment_status,
		                                       .version = order->version,
		                                       .actor = change->actor_kind,
		                               });
}

static const void *payments_plan(struct db *db, struct order_change *change)
{
	const struct order_move *move = &change->move;
	struct sql_order_row *order = &change->order;
	struct payment_case money = payment_case_of(move->order);
	struct money_step steps[ENTRIES_MAX] = { move->money.step };
	size_t count = move->money.step.kind ? 1 : 0;

	/* The step that is reported, then those that follow from the move. */
	if (count)
		money.sums = payment_after(money.sums, steps[0]);
	size_t following = change->moves ? payment_moves(&money, move->to, &steps[count]) : 0;

	for (size_t i = 0; i < following; i++)
		money.sums = payment_after(money.sums, steps[count++]);
	if (!count)
		return NULL;
	order->payment_status = (int)payment_status_of(&money.sums, order->total.amount);
	if (!str_is_null(move->money.provider))
		order->payment_provider = move->money.provider;
	else if (str_is_null(order->payment_provider))
		order->payment_provider = order->payment_method == PAY_cash ? STR("cash") : STR("manual");
	order->authorized_minor = money.sums.authorized;
	order->captured_minor = money.sums.captured;
	order->voided_minor = money.sums.voided;
	order->refunding_minor = money.sums.refunding;
	order->refunded.amount = money.sums.refunded;
	order->payment_failures = money.sums.failures;
	struct payment_entries *entries = ARENA_NEW(task_arena(), struct payment_entries);

	for (entries->count = 0; entries->count < count; entries->count++) {
		struct payment_entry *entry = &entries->items[entries->count];

		*entry = (struct payment_entry){
			.step = steps[entries->count],
			.refund = { .id = move->money.refund_id.set ? move->money.refund_id.value
			                                            : uuid_new_v7(order->updated_at),
			            .order_id = order->id,
			            .amount = money_of(steps[entries->count].amount, str_from(order->total.currency)),
			            .reason = move->reason,
			            .state = REFUND_STATE_pending,
			            .provider = order->payment_provider,
			            .actor = move->actor,
			            .created_at = order->updated_at,
			            .updated_at = order->updated_at },
		};
		entry_emit(change, entry);
	}
	return entries;
}

static void payment_store(struct tx *tx, const struct order_change *change, const struct payment_entry *entry)
{
	struct str reference = change->move.money.reference;

	if (entry->step.kind != change->move.money.step.kind || str_is_null(reference))
		reference = str_printf(task_arena(), "%.*s/%lld", STR_ARG(change->order.number), (long long)entry->seq);
	sql_payment_insert(tx, .order_id = change->order.id, .seq = entry->seq, .kind = (int)entry->step.kind,
	                   .method = change->order.payment_method, .amount = entry->refund.amount,
	                   .provider = change->order.payment_provider, .reference = reference,
	                   .actor = change->move.actor, .now = change->order.updated_at);
}

static void payments_store(struct tx *tx, const struct order_change *change, const void *share)
{
	const struct payment_entries *entries = share;

	for (size_t i = 0; i < entries->count; i++) {
		const struct payment_entry *entry = &entries->items[i];
		const struct sql_refund_row *refund = &entry->refund;
		bool settled = entry->step.kind == MONEY_refund_settled;

		if (!entry_events[entry->step.kind].refund)
			payment_store(tx, change, entry);
		else if (entry->step.kind == MONEY_refund_requested)
			sql_refund_insert(tx, .id = refund->id, .order_id = refund->order_id, .amount = refund->amount,
			                  .reason = refund->reason, .provider = refund->provider,
			                  .actor = refund->actor, .now = refund->created_at);
		else
			sql_refund_close(tx, .id = refund->id, .order_id = refund->order_id,
			                 .state = settled ? REFUND_STATE_settled : REFUND_STATE_failed,
			                 .now = refund->updated_at);
	}
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
