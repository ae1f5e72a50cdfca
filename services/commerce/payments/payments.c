/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Payments as records, and the route by which staff enter what a provider reports. A record is never changed. The
 * order's sums, payment_status and version are stored with it in one write set: of two requests that change one order
 * at once, one starts again and reads what the other stored.
 */
#include "commerce/payments/payments.h"

#include "base/check.h"
#include "commerce/orders/move.h"
#include "commerce/orders/orders_sql.h"
#include "commerce/orders/routes.h"
#include "commerce/orders/view.h"
#include "commerce/payments/payments_sql.h"
#include "commerce/payments/routes.h"
#include "commerce/permissions.h"

struct payment_case payment_case_of(const struct sql_order_row *order)
{
	return (struct payment_case){
		.total = order->total_minor,
		.cash = str_eq(order->payment_method, STR("cash")),
		.sums = { .authorized = order->authorized_minor,
		          .captured = order->captured_minor,
		          .voided = order->voided_minor,
		          .refunding = order->refunding_minor,
		          .refunded = order->refunded_minor,
		          .failures = order->payment_failures },
	};
}

struct str payment_text(struct money_step step, struct str currency)
{
	int exponent = money_exponent(currency);
	int64_t unit = 1;

	for (int i = 0; i < exponent; i++)
		unit *= 10;
	if (exponent <= 0)
		return str_printf(task_arena(), "%lld %.*s %.*s", (long long)step.amount, STR_ARG(currency),
		                  STR_ARG(money_kind_name(step.kind)));
	return str_printf(task_arena(), "%lld.%0*lld %.*s %.*s", (long long)(step.amount / unit), exponent,
	                  (long long)(step.amount % unit), STR_ARG(currency), STR_ARG(money_kind_name(step.kind)));
}

/* ---- Entries of a change ------------------------------------------------------------------------ */

/* One step, with all that its record and its events need. */
struct payment_entry {
	const struct order_move *move;
	const struct payment_entries *all;
	struct money_step step;
	struct uuid refund_id;
	struct money amount;
	struct str actor; /* for events: only its kind */
};

static void store_payment(struct tx *tx, const struct payment_entry *entry, int64_t seq)
{
	const struct sql_order_row *order = entry->move->order;
	struct str reference = entry->move->money.reference;

	if (entry->step.kind != entry->move->money.step.kind || str_is_null(reference))
		reference = str_printf(task_arena(), "%.*s/%lld", STR_ARG(order->number), (long long)seq);
	sql_payment_insert(tx, .order_id = order->id, .seq = seq, .kind = money_kind_name(entry->step.kind),
	                   .method = order->payment_method, .amount = entry->amount, .provider = entry->all->provider,
	                   .reference = reference, .actor = entry->move->actor, .now = entry->move->now_us);
}

static void store_refund(struct tx *tx, const struct payment_entry *entry, int64_t seq)
{
	const struct order_move *move = entry->move;

	(void)seq;
	sql_refund_insert(tx, .id = entry->refund_id, .order_id = move->order->id, .amount = entry->amount,
	                  .reason = move->reason, .provider = entry->all->provider, .actor = move->actor,
	                  .now = move->now_us);
}

static void store_refund_result(struct tx *tx, const struct payment_entry *entry, int64_t seq)
{
	bool settled = entry->step.kind == MONEY_refund_settled;

	(void)seq;
	sql_refund_close(tx, .id = entry->refund_id, .order_id = entry->move->order->id,
	                 .state = settled ? REFUND_STATE_settled : REFUND_STATE_failed, .now = entry->move->now_us);
}

static void emit_payment(struct tx *tx, const struct payment_entry *entry, const struct event_type *type, int64_t seq)
{
	emit_as(tx, order_payment_data, type, entry->move->order->id, seq,
	        &(struct order_payment_data){
	                .order_id = entry->move->order->id,
	                .number = entry->move->order->number,
	                .kind = money_kind_name(entry->step.kind),
	                .amount = entry->amount,
	                .payment_status = entry->all->status,
	                .version = entry->move->order->version + 1,
	                .actor = entry->actor,
	        });
}

static void emit_refund(struct tx *tx, const struct payment_entry *entry, const struct event_type *type, int64_t seq)
{
	emit_as(tx, order_refund_data, type, entry->move->order->id, seq,
	        &(struct order_refund_data){
	                .order_id = entry->move->order->id,
	                .number = entry->move->order->number,
	                .refund_id = entry->refund_id,
	                .amount = entry->amount,
	                .provider = entry->all->provider,
	                .payment_status = entry->all->status,
	                .version = entry->move->order->version + 1,
	                .actor = entry->actor,
	        });
}

enum { ENTRY_EVENTS_MAX = 2 };

/* The event table: how each kind of step is stored, and which events it emits. */
static const struct {
	void (*store)(struct tx *tx, const struct payment_entry *entry, int64_t seq);
	struct {
		const struct event_type *type;
		void (*write)(struct tx *tx, const struct payment_entry *entry, const struct event_type *type,
		              int64_t seq);
	} events[ENTRY_EVENTS_MAX];
} entry_kinds[money_kind_count] = {
	[MONEY_authorized] = { store_payment, { { &order_payment_changed, emit_payment } } },
	[MONEY_captured] = { store_payment, { { &order_payment_changed, emit_payment } } },
	[MONEY_voided] = { store_payment, { { &order_payment_changed, emit_payment } } },
	[MONEY_failed] = { store_payment, { { &order_payment_changed, emit_payment } } },
	[MONEY_refund_requested] = { store_refund, { { &order_refund_requested, emit_refund } } },
	[MONEY_refund_settled] = { store_refund_result,
	                           { { &order_refunded, emit_refund }, { &order_payment_changed, emit_payment } } },
	[MONEY_refund_failed] = { store_refund_result, { { &order_refund_failed, emit_refund } } },
};

static void entries_add(struct payment_entries *entries, struct money_step step)
{
	entries->steps[entries->count++] = step;
	entries->sums = payment_after(entries->sums, step);
	for (size_t i = 0; i < ENTRY_EVENTS_MAX; i++)
		entries->events += entry_kinds[step.kind].events[i].type != NULL;
}

static struct str provider_of(const struct order_move *move)
{
	if (!str_is_null(move->money.provider))
		return move->money.provider;
	if (!str_is_null(move->order->payment_provider))
		return move->order->payment_provider;
	return str_eq(move->order->payment_method, STR("cash")) ? STR("cash") : STR("manual");
}

struct payment_entries payment_entries_of(const struct order_move *move)
{
	struct payment_case money = payment_case_of(move->order);
	struct payment_entries entries = { .sums = money.sums, .provider = move->order->payment_provider };
	struct money_step follow[MONEY_MOVES_MAX];

	if (move->money.step.kind)
		entries_add(&entries, move->money.step);
	if (move->to != order_status_find(move->order->status)) {
		money.sums = entries.sums;
		size_t count = payment_moves(&money, move->to, follow);

		for (size_t i = 0; i < count; i++)
			entries_add(&entries, follow[i]);
	}
	if (entries.count)
		entries.provider = provider_of(move);
	entries.status = entries.count ? payment_status_name(payment_status_of(&entries.sums, money.total))
	                               : move->order->payment_status;
	return entries;
}

void payment_entries_store(struct tx *tx, const struct order_move *move, const struct payment_entries *entries,
                           int64_t seq)
{
	struct str rest = move->actor, actor = str_cut(&rest, ':');
	static const struct uuid none;

	for (size_t i = 0; i < entries->count; i++) {
		struct payment_entry entry = {
			.move = move,
			.all = entries,
			.step = entries->steps[i],
			.refund_id = move->money.refund_id,
			.amount = money_of(entries->steps[i].amount, move->order->currency),
			.actor = actor,
		};

		if (uuid_eq(entry.refund_id, none))
			entry.refund_id = uuid_new_v7(move->now_us);
		entry_kinds[entry.step.kind].store(tx, &entry, seq + 1);
		for (size_t k = 0; k < ENTRY_EVENTS_MAX; k++)
			if (entry_kinds[entry.step.kind].events[k].type)
				entry_kinds[entry.step.kind].events[k].write(
				        tx, &entry, entry_kinds[entry.step.kind].events[k].type, ++seq);
	}
}

/* ---- Views ------------------------------------------------------------------------------------- */

struct payment_view_list payments_view(struct db *db, const struct sql_order_row *order)
{
	struct sql_payments_of_order_rows found = sql_payments_of_order(db, .order_id = order->id);
	struct payment_view *views = ARENA_ARRAY(task_arena(), struct payment_view, found.count);

	for (size_t i = 0; i < found.count; i++)
		views[i] = (struct payment_view){
			.seq = found.rows[i].seq,
			.kind = found.rows[i].kind,
			.method = found.rows[i].method,
			.amount = found.rows[i].amount,
			.provider = found.rows[i].provider,
			.reference = found.rows[i].reference,
			.actor = found.rows[i].actor,
			.at = found.rows[i].at,
		};
	return (struct payment_view_list){ views, found.count };
}

/* ---- Recording --------------------------------------------------------------------------------- */

void refuse_payment(enum payment_refusal no, const struct sql_order_row *order, int64_t expected)
{
	switch (no) {
	case PAYMENT_TOO_LATE:
		refuse(&problem_payment_too_late, "the order is %.*s; it takes no more payments",
		       STR_ARG(order->status));
	case PAYMENT_NOT_AWAITED:
		refuse(&problem_payment_not_awaited, "the order is %.*s and its payment %.*s", STR_ARG(order->status),
		       STR_ARG(order->payment_status));
	case REFUND_TOO_HIGH:
		refuse(&problem_refund_too_high, "at most %lld minor units can be refunded", (long long)expected);
	default:
		refuse(&problem_payment_amount_wrong, "the amount must be %lld minor units", (long long)expected);
	}
}

static struct order_created_line_list held_goods(struct db *db, const struct sql_order_row *order)
{
	return order_goods(db, order, ORDER_cancelled);
}

/* An authorisation confirms the order and its reserved stock; a failure cancels the order and releases the stock;
 * any other step is only recorded. */
static void payment_apply(struct tx *tx, struct order_move *move)
{
	struct order_created_line_list held = move->goods;

	move->goods = (struct order_created_line_list){ NULL, 0 };
	switch (move->money.step.kind) {
	case MONEY_authorized:
		move->to = ORDER_confirmed;
		order_move(tx, move);
		sql_reservations_keep(tx, .order_id = move->order->id, .product_count = (int64_t)held.count,
		                      .now = move->now_us);
		return;
	case MONEY_failed:
		move->to = ORDER_cancelled;
		move->goods = held;
		move->reason = STR("the payment failed");
		order_move(tx, move);
		return;
	default:
		move->reason = payment_text(move->money.step, move->order->currency);
		order_record_payment(tx, move);
	}
}

/* The order and its reservations were read one after the other. If the order has changed in between, the two do not
 * fit together, and a refusal would be wrong. */
static void check_unchanged(struct request *req, const struct sql_order_row *row)
{
	const struct sql_order_row *now = sql_order_find(req->db, .id = row->id);

	if (!now || now->version != row->version)
		fail_conflict("the order changed while it was read");
}

static void payment_record(struct request *req)
{
	const struct record_payment *cmd = req->body;
	const struct sql_order_row *row = staff_order(req);
	enum order_status status = order_status_find(row->status);
	struct payment_case money = payment_case_of(row);
	enum money_kind kind = (enum money_kind)cmd->kind;
	int64_t expected = payment_expected(&money, kind);
	struct order_move move = {
		.order = row,
		.to = status,
		.by = BY_PROVIDER,
		.actor = request_staff(req),
		.money = { .step = { kind, cmd->amount.set ? cmd->amount.value : expected },
		           .provider = str_is_null(row->payment_provider) ? STR("manual") : row->payment_provider,
		           .reference = cmd->reference },
		.now_us = req->now_us,
	};

	if (status == ORDER_pending)
		move.goods = held_goods(req->db, row);
	enum payment_refusal no = payment_admit(&money, status, move.goods.count > 0, move.money.step);

	if (no) {
		check_unchanged(req, row);
		refuse_payment(no, row, expected);
	}
	struct tx *tx = tx_collect(req->db);

	payment_apply(tx, &move);
	reply_version(req, row->version + 1);
	reply_location(req, "/api/admin/orders/%.*s", STR_ARG(uuid_text(task_arena(), row->id)));
	const struct tx_refusal *refusal = reply_try_commit_plain(req, tx, order_moved_view(req->db, &move));

	if (refusal && str_eq(refusal->constraint, STR("payment_reference")))
		refuse(&problem_payment_reference_taken, "another payment has this reference");
	if (refusal)
		fail_conflict("another change came first: %.*s", STR_ARG(refusal->constraint));
}

/* ---- Routes ----------------------------------------------------------------------------------- */

static const struct problem *const record_problems[] = {
	&problem_not_found,
	&problem_payment_too_late,
	&problem_payment_not_awaited,
	&problem_payment_amount_wrong,
	&problem_payment_reference_taken,
	NULL,
};

static const struct route payment_rows[] = {
	{
	        .method = HTTP_POST,
	        .path = "/api/admin/orders/{id}/payments",
	        .name = "payment_record",
	        .doc = "Records what the payment provider reports. An authorisation of the total confirms an order "
	               "that waits for its payment; a failure cancels the order.",
	        .plain = payment_record,
	        .needs = &permission_payments_write,
	        .body = &record_payment_schema,
	        .reply = &order_view_schema,
	        .status = 201,
	        .idempotency = IDEMPOTENCY_REQUIRED,
	        .problems = record_problems,
	},
};
const struct routes payment_routes = ROUTES(payment_rows);
