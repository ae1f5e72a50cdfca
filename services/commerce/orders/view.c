/* SPDX-License-Identifier: Apache-2.0 */
#include "commerce/orders/view.h"

#include "base/arena.h"
#include "base/check.h"
#include "commerce/orders/part.h"
#include "task/task.h"

enum fulfilment fulfilment_method(const struct sql_order_row *order)
{
	return (enum fulfilment)choice_parse(&fulfilment_choice, order->fulfilment);
}

struct str_list order_moves_view(enum order_status status, enum order_actor asker, enum fulfilment fulfilment)
{
	enum order_status moves[order_status_count];
	size_t count = order_moves(status, asker, fulfilment, moves);
	struct str *names = ARENA_ARRAY(task_arena(), struct str, count);

	for (size_t i = 0; i < count; i++)
		names[i] = order_status_name(moves[i]);
	return (struct str_list){ names, count };
}

struct str fulfilment_status(enum order_status status)
{
	static const struct str names[order_status_count] = {
		[ORDER_pending] = STR("unfulfilled"),         [ORDER_on_hold] = STR("unfulfilled"),
		[ORDER_confirmed] = STR("unfulfilled"),       [ORDER_picking] = STR("in_progress"),
		[ORDER_ready] = STR("in_progress"),           [ORDER_assigned] = STR("in_progress"),
		[ORDER_picked_up] = STR("in_progress"),       [ORDER_in_transit] = STR("in_progress"),
		[ORDER_delivery_failed] = STR("in_progress"), [ORDER_returning] = STR("in_progress"),
		[ORDER_delivered] = STR("fulfilled"),         [ORDER_collected] = STR("fulfilled"),
		[ORDER_cancelled] = STR("cancelled"),         [ORDER_rejected] = STR("cancelled"),
		[ORDER_expired] = STR("cancelled"),           [ORDER_returned] = STR("returned"),
	};

	CHECK(status > order_status_none && status < order_status_count);
	return names[status];
}

static struct order_line_view line_view(const struct sql_order_lines_row *line, struct str currency)
{
	return (struct order_line_view){
		.product_id = line->product_id,
		.sku = line->sku,
		.name = line->name,
		.unit = line->unit,
		.quantity = line->quantity,
		.unit_price = money_of(line->unit_price_minor, currency),
		.total = money_of(line->total_minor, currency),
		.substitution = line->substitution,
	};
}

/* "staff:<id>", "key:<name>": only staff see who exactly it was. */
static struct str actor_view(struct str actor, enum order_actor asker)
{
	if (asker == BY_STAFF)
		return actor;
	return str_starts(actor, STR("key:")) ? STR("staff") : str_cut(&actor, ':');
}

static struct order_history_view history_view(const struct sql_order_history_row *entry, enum order_actor asker)
{
	return (struct order_history_view){
		.version = entry->seq,
		.from = entry->from_status,
		.to = entry->to_status,
		.actor = actor_view(entry->actor, asker),
		.reason = entry->reason,
		.at = entry->at,
	};
}

static const struct order_address *address_view(const struct sql_order_row *row)
{
	return arena_copy(task_arena(),
	                  &(struct order_address){
	                          .recipient = row->recipient,
	                          .street = row->street,
	                          .postal_code = row->postal_code,
	                          .city = row->city,
	                          .country = row->country,
	                          .note = row->address_note,
	                  },
	                  sizeof(struct order_address));
}

static struct order_view order_view_of(const struct sql_order_row *row, enum order_actor asker)
{
	enum order_status status = order_status_find(row->status);

	return (struct order_view){
		.id = row->id,
		.number = row->number,
		.store_id = row->store_id,
		.status = (int)status,
		.status_reason = row->status_reason,
		.payment_status = row->payment_status,
		.refunded = money_of(row->refunded_minor, row->currency),
		.fulfilment = row->fulfilment,
		.pickup_code = asker == BY_CUSTOMER ? row->pickup_code : STR_NULL,
		.fulfilment_status = fulfilment_status(status),
		.payment_method = row->payment_method,
		.subtotal = money_of(row->subtotal_minor, row->currency),
		.delivery_fee = money_of(row->delivery_fee_minor, row->currency),
		.discount = money_of(row->discount_minor, row->currency),
		.tax = money_of(row->tax_minor, row->currency),
		.total = money_of(row->total_minor, row->currency),
		.address = fulfilment_method(row) == FULFILMENT_delivery ? address_view(row) : NULL,
		.note = row->note,
		.version = row->version,
		.created_at = row->created_at,
		.updated_at = row->updated_at,
		.allowed_transitions = order_moves_view(status, asker, fulfilment_method(row)),
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
static void give_lines(struct order_view *views, size_t count, struct sql_order_lines_rows found)
{
	struct order_line_view *items = ARENA_ARRAY(task_arena(), struct order_line_view, found.count);

	for (size_t i = 0; i < found.count; i++) {
		struct order_view *view = order_view_find(views, count, found.rows[i].order_id);

		items[i] = line_view(&found.rows[i], str_from(view->total.currency));
		if (!view->lines.count++)
			view->lines.items = &items[i];
	}
}

static void give_history(struct order_view *views, size_t count, struct sql_order_history_rows found,
                         enum order_actor asker)
{
	struct order_history_view *items = ARENA_ARRAY(task_arena(), struct order_history_view, found.count);

	for (size_t i = 0; i < found.count; i++) {
		struct order_view *view = order_view_find(views, count, found.rows[i].order_id);

		/* Written after the order was read: not part of the version shown. */
		if (found.rows[i].seq > view->version)
			continue;
		items[i] = history_view(&found.rows[i], asker);
		if (!view->history.count++)
			view->history.items = &items[i];
	}
}

static void add_views(struct db *db, struct order_view *views, size_t count, enum order_actor asker)
{
	for (size_t i = 0; i < order_parts.count; i++)
		if (order_parts.items[i]->add_views)
			order_parts.items[i]->add_views(db, views, count, asker);
}

struct order_view *order_views(struct db *db, const struct sql_order_row *orders, size_t count, enum order_actor asker)
{
	struct order_view *views = ARENA_ARRAY(task_arena(), struct order_view, count);
	struct uuid *ids = ARENA_ARRAY(task_arena(), struct uuid, count);

	for (size_t i = 0; i < count; i++) {
		views[i] = order_view_of(&orders[i], asker);
		ids[i] = orders[i].id;
	}
	if (count) {
		give_lines(views, count, sql_order_lines(db, .order_ids = { ids, count }));
		give_history(views, count, sql_order_history(db, .order_ids = { ids, count }), asker);
		add_views(db, views, count, asker);
	}
	return views;
}

void order_view_add_live(struct request *req, struct order_view *view)
{
	for (size_t i = 0; i < order_parts.count; i++)
		if (order_parts.items[i]->add_live)
			order_parts.items[i]->add_live(req, view);
}

void order_view_set_etag(struct request *req, const struct order_view *view)
{
	for (size_t i = 0; i < order_parts.count; i++)
		if (order_parts.items[i]->is_live && order_parts.items[i]->is_live(view)) {
			reply_header(req, "ETag", str_printf(task_arena(), "\"v%lld\"", (long long)view->version));
			return;
		}
	reply_version(req, view->version);
}
