/* SPDX-License-Identifier: Apache-2.0 */
#include "commerce/orders/view.h"

#include "base/check.h"
#include "commerce/customers/address.h"
#include "commerce/orders/lines.h"
#include "commerce/orders/part.h"
#include "events/event.h"
#include "task/task.h"

static struct str_list moves_view(const struct sql_order_row *order, enum order_actor asker)
{
	enum order_status moves[order_status_count];
	size_t count = order_moves((enum order_status)order->status, asker, (enum fulfilment)order->fulfilment, moves);
	struct str *names = ARENA_ARRAY(task_arena(), struct str, count);

	for (size_t i = 0; i < count; i++)
		names[i] = choice_text(&order_status_choice, (int)moves[i]);
	return (struct str_list){ names, count };
}

static struct str fulfilment_status(int status)
{
	static const struct str names[order_status_count] = {
		[order_status_none] = STR("unknown"),    [ORDER_pending] = STR("unfulfilled"),
		[ORDER_on_hold] = STR("unfulfilled"),    [ORDER_confirmed] = STR("unfulfilled"),
		[ORDER_picking] = STR("in_progress"),    [ORDER_ready] = STR("in_progress"),
		[ORDER_assigned] = STR("in_progress"),   [ORDER_picked_up] = STR("in_progress"),
		[ORDER_in_transit] = STR("in_progress"), [ORDER_delivery_failed] = STR("in_progress"),
		[ORDER_returning] = STR("in_progress"),  [ORDER_delivered] = STR("fulfilled"),
		[ORDER_collected] = STR("fulfilled"),    [ORDER_cancelled] = STR("cancelled"),
		[ORDER_rejected] = STR("cancelled"),     [ORDER_expired] = STR("cancelled"),
		[ORDER_returned] = STR("returned"),      [ORDER_lost] = STR("cancelled"),
	};

	return names[status];
}

struct order_view order_view_of(const struct sql_order_row *row, enum order_actor asker)
{
	return (struct order_view){
		.id = row->id,
		.number = row->number,
		.store_id = row->store_id,
		.status = row->status,
		.status_reason = row->status_reason,
		.payment_status = row->payment_status,
		.refunded = row->refunded,
		.fulfilment = row->fulfilment,
		.pickup_code = asker == BY_CUSTOMER ? row->pickup_code : STR_NULL,
		.fulfilment_status = fulfilment_status(row->status),
		.payment_method = row->payment_method,
		.subtotal = row->subtotal,
		.delivery_fee = row->delivery_fee,
		.discount = row->discount,
		.tax = row->tax,
		.total = row->total,
		.address = row->fulfilment == FULFILMENT_delivery ? address_of_row(row, row->address_note) : NULL,
		.note = row->note,
		.version = row->version,
		.created_at = row->created_at,
		.updated_at = row->updated_at,
		.allowed_transitions = moves_view(row, asker),
	};
}

/* The view of an order, found by its id: the query returns rows of these orders only. */
static struct order_view *order_view_find(struct order_view *views, size_t count, struct uuid id)
{
	size_t at = 0;

	while (at < count && !uuid_eq(views[at].id, id))
		at++;
	CHECK(at < count);
	return &views[at];
}

/* The rows are sorted by order, so the rows of an order are adjacent. */
static void add_lines(struct order_view *views, size_t count, struct sql_order_line_rows found)
{
	struct order_line *items = ARENA_ARRAY(task_arena(), struct order_line, found.count);

	for (size_t i = 0; i < found.count; i++) {
		const struct sql_order_line_row *row = &found.rows[i];
		struct order_view *view = order_view_find(views, count, row->order_id);

		items[i] = (struct order_line){
			.product_id = row->product_id,
			.sku = row->sku,
			.name = row->name,
			.unit = row->unit,
			.quantity = row->quantity,
			.unit_price = row->unit_price,
			.total = row->total,
			.substitution = row->substitution,
		};
		if (!view->lines.count++)
			view->lines.items = &items[i];
	}
}

static void add_history(struct order_view *views, size_t count, struct sql_order_history_rows found,
                        enum order_actor asker)
{
	for (size_t i = 0; i < found.count; i++) {
		struct sql_order_history_row *entry = &found.rows[i];
		struct order_view *view = order_view_find(views, count, entry->order_id);

		/* Written after the order was read: not part of the version shown. */
		if (entry->version > view->version)
			continue;
		/* "staff:<id>", "key:<name>": only staff see who exactly it was. */
		if (asker != BY_STAFF) {
			struct str rest = entry->actor;

			entry->actor = str_starts(rest, STR("key:")) ? STR("staff") : str_cut(&rest, ':');
		}
		if (!view->history.count++)
			view->history.items = entry;
	}
}

void order_view_add_entry(struct order_view *view, const struct sql_order_history_row *entry)
{
	size_t count = view->history.count;
	struct sql_order_history_row *items = ARENA_ARRAY(task_arena(), struct sql_order_history_row, count + 1);

	if (count)
		memcpy(items, view->history.items, count * sizeof(*items));
	items[count] = *entry;
	view->history = (struct order_history_view_list){ items, count + 1 };
}

struct order_view *order_views(struct db *db, const struct sql_order_row *orders, size_t count, enum order_actor asker)
{
	struct order_view *views = ARENA_ARRAY(task_arena(), struct order_view, count);
	struct uuid *ids = ARENA_ARRAY(task_arena(), struct uuid, count);

	for (size_t i = 0; i < count; i++) {
		views[i] = order_view_of(&orders[i], asker);
		ids[i] = orders[i].id;
	}
	if (!count)
		return views;
	/* One order's are asked for together with those of others that are read at the same time (db/sql.h). */
	add_lines(views, count,
	          count == 1 ? sql_order_lines(db, .order_id = *ids)
	                     : sql_order_lines_of(db, .order_ids = { ids, count }));
	add_history(views, count,
	            count == 1 ? sql_order_history(db, .order_id = *ids)
	                       : sql_order_history_of(db, .order_ids = { ids, count }),
	            asker);
	for (size_t i = 0; i < order_parts.count; i++)
		if (order_parts.items[i]->add_views)
			order_parts.items[i]->add_views(db, views, count, asker);
	return views;
}

struct order_event order_event_of(const struct event *event)
{
	return (struct order_event){
		.type = event->type,
		.seq = event->aggregate_seq,
		.occurred_at = event->occurred_at,
		.data = event->data,
	};
}

void order_view_add_live(struct request *req, struct order_view *view)
{
	for (size_t i = 0; i < order_parts.count; i++)
		if (order_parts.items[i]->add_live)
			order_parts.items[i]->add_live(req, view);
}
