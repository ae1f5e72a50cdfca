/* SPDX-License-Identifier: Apache-2.0 */
/* Orders for their customer. Each handler: load, decide, store, reply. */
#include "service/place.h"
#include "base/check.h"
#include "base/random.h"
#include "commerce/api.h"
#include "commerce/customers/address.h"
#include "commerce/orders/access.h"
#include "commerce/orders/move.h"
#include "commerce/orders/orders_sql.h"
#include "commerce/orders/routes.h"
#include "commerce/orders/view.h"
#include "commerce/permissions.h"
#include "commerce/stores/stores.h"

enum { PAGE_LINES_MAX = 1000 };

/* ---- Placing ---------------------------------------------------------------------------------- */

/* The requested lines, the products they name, and what they cost. */
struct quote {
	struct line_request *requests;
	size_t request_count;
	struct priced_product *products;
	size_t product_count;
	struct order_line *lines;
	size_t line_count;
	struct order_totals totals;
};

static struct line_request *line_requests_of(const struct place_order *cmd)
{
	struct line_request *requests = ARENA_ARRAY(task_arena(), struct line_request, cmd->lines.count);

	for (size_t i = 0; i < cmd->lines.count; i++)
		requests[i] = (struct line_request){
			.product_id = cmd->lines.items[i].product_id,
			.quantity = cmd->lines.items[i].quantity,
			.substitution = choice_text(&substitution_choice, cmd->lines.items[i].substitution),
		};
	return requests;
}

static struct uuid_list product_ids_of(const struct place_order *cmd)
{
	struct uuid *ids = ARENA_ARRAY(task_arena(), struct uuid, cmd->lines.count);

	for (size_t i = 0; i < cmd->lines.count; i++)
		ids[i] = cmd->lines.items[i].product_id;
	return (struct uuid_list){ ids, cmd->lines.count };
}

static struct priced_product *priced_products_of(struct sql_products_for_order_rows found)
{
	struct priced_product *products = ARENA_ARRAY(task_arena(), struct priced_product, found.count);

	for (size_t i = 0; i < found.count; i++)
		products[i] = (struct priced_product){
			.product_id = found.rows[i].id,
			.sku = found.rows[i].sku,
			.name = found.rows[i].name,
			.unit = found.rows[i].unit,
			.price_minor = found.rows[i].price_minor,
			.tax_rate_bp = found.rows[i].tax_rate_bp,
			.currency = found.rows[i].currency,
		};
	return products;
}

NORETURN static void refuse_order(enum order_refusal no, size_t line)
{
	static const struct {
		const struct problem *problem;
		const char *member;
		const char *detail;
	} refusals[] = {
		[ORDER_EMPTY] = { &problem_order_not_possible, "", "an order needs at least one line" },
		[ORDER_TOO_MANY_LINES] = { &problem_order_not_possible, "", "an order has at most 100 lines" },
		[ORDER_UNKNOWN_PRODUCT] = { &problem_unknown_product, "/product_id",
		                            "is not the id of a product that is sold" },
		[ORDER_QUANTITY_TOO_HIGH] = { &problem_quantity_too_high, "/quantity",
		                              "an order has at most 999 pieces of one product, all lines together" },
		[ORDER_MIXED_CURRENCIES] = { &problem_order_not_possible, "",
		                             "the products of the order have different currencies" },
		[ORDER_TOO_EXPENSIVE] = { &problem_order_not_possible, "/product_id", "makes the order too expensive" },
	};
	struct field_error field = {
		.pointer = str_printf(task_arena(), "#/lines/%zu%s", line, refusals[no].member),
		.detail = str_from(refusals[no].detail),
	};

	refuse_fields(refusals[no].problem, &field, 1);
}

static enum fulfilment requested_method(const struct place_order *cmd)
{
	return cmd->fulfilment ? (enum fulfilment)cmd->fulfilment : FULFILMENT_delivery;
}

static struct quote quote_of(struct request *req, const struct place_order *cmd)
{
	struct sql_products_for_order_rows found = sql_products_for_order(req->db, .product_ids = product_ids_of(cmd));
	struct quote quote = {
		.requests = line_requests_of(cmd),
		.request_count = cmd->lines.count,
		.products = priced_products_of(found),
		.product_count = found.count,
		.lines = ARENA_ARRAY(task_arena(), struct order_line, cmd->lines.count),
	};
	size_t culprit = 0;
	enum order_refusal no = order_price(quote.requests, quote.request_count, quote.products, quote.product_count,
	                                    quote.lines, &quote.line_count, &quote.totals, &culprit);

	if (no)
		refuse_order(no, culprit);
	if (requested_method(cmd) == FULFILMENT_pickup)
		totals_waive_delivery(&quote.totals);
	return quote;
}

static struct order_line_view_list lines_view(const struct quote *quote)
{
	struct order_line_view *views = ARENA_ARRAY(task_arena(), struct order_line_view, quote->line_count);

	for (size_t i = 0; i < quote->line_count; i++) {
		const struct order_line *line = &quote->lines[i];

		views[i] = (struct order_line_view){
			.product_id = line->product->product_id,
			.sku = line->product->sku,
			.name = line->product->name,
			.unit = line->product->unit,
			.quantity = line->quantity,
			.unit_price = money_of(line->product->price_minor, line->product->currency),
			.total = money_of(line->total_minor, line->product->currency),
			.substitution = line->substitution,
		};
	}
	return (struct order_line_view_list){ views, quote->line_count };
}

static struct str pickup_code(void)
{
	return str_printf(task_arena(), "%0*llu", PICKUP_CODE_LEN, (unsigned long long)random_below(1000000));
}

static struct order_view new_order_view(struct request *req, const struct place_order *cmd, const struct quote *quote)
{
	struct uuid id = uuid_new_v7(req->now_us);
	const struct order_totals *totals = &quote->totals;
	enum fulfilment method = requested_method(cmd);
	char *number = arena_alloc(task_arena(), ORDER_NUMBER_LEN);
	struct order_history_view *start = ARENA_NEW(task_arena(), struct order_history_view);

	order_number(id, number);
	*start = (struct order_history_view){
		.version = 1,
		.to = order_status_name(ORDER_pending),
		.actor = STR("customer"),
		.at = req->now_us,
	};
	return (struct order_view){
		.id = id,
		.number = { number, ORDER_NUMBER_LEN },
		.store_id = store_for_order(req, cmd->store_id),
		.status = ORDER_pending,
		.payment_status = STR("none"),
		.refunded = money_of(0, totals->currency),
		.fulfilment = choice_text(&fulfilment_choice, method),
		.pickup_code = method == FULFILMENT_pickup ? pickup_code() : STR_NULL,
		.fulfilment_status = fulfilment_status(ORDER_pending),
		.payment_method = choice_text(&payment_method_choice, cmd->payment_method),
		.lines = lines_view(quote),
		.subtotal = money_of(totals->subtotal_minor, totals->currency),
		.delivery_fee = money_of(totals->delivery_fee_minor, totals->currency),
		.discount = money_of(totals->discount_minor, totals->currency),
		.tax = money_of(totals->tax_minor, totals->currency),
		.total = money_of(totals->total_minor, totals->currency),
		.note = cmd->note,
		.version = 1,
		.created_at = req->now_us,
		.updated_at = req->now_us,
		.history = { start, 1 },
		.allowed_transitions = order_moves_view(ORDER_pending, BY_CUSTOMER, method),
	};
}

static void insert_order(struct tx *tx, const struct order_view *order, struct uuid customer_id)
{
	static const struct order_address nowhere = {
		STR(""), STR(""), STR(""), STR(""), STR(""), { NULL, 0 },
	};
	const struct order_address *address = order->address ? order->address : &nowhere;

	sql_order_insert(tx, .id = order->id, .number = order->number, .customer_id = customer_id,
	                 .store_id = order->store_id, .fulfilment = order->fulfilment,
	                 .pickup_code = order->pickup_code, .payment_method = order->payment_method,
	                 .currency = str_from(order->total.currency), .subtotal_minor = order->subtotal.amount,
	                 .delivery_fee_minor = order->delivery_fee.amount, .discount_minor = order->discount.amount,
	                 .tax_minor = order->tax.amount, .total_minor = order->total.amount,
	                 .recipient = address->recipient, .street = address->street,
	                 .postal_code = address->postal_code, .city = address->city, .country = address->country,
	                 .address_note = address->note, .note = order->note, .now = order->created_at);
	sql_order_history_insert(tx, .order_id = order->id, .seq = 1, .to_status = order_status_name(ORDER_pending),
	                         .actor = STR("customer"), .now = order->created_at);
}

/* The lines as parallel arrays: one statement for any number of lines. */
static void insert_lines(struct tx *tx, struct uuid order_id, struct order_line_view_list lines)
{
	struct arena *arena = task_arena();
	struct uuid *products = ARENA_ARRAY(arena, struct uuid, lines.count);
	struct str *texts = ARENA_ARRAY(arena, struct str, 4 * lines.count);
	int64_t *numbers = ARENA_ARRAY(arena, int64_t, 2 * lines.count);
	struct str *skus = texts, *names = skus + lines.count, *units = names + lines.count,
	           *subs = units + lines.count;
	int64_t *quantities = numbers, *prices = numbers + lines.count;

	for (size_t i = 0; i < lines.count; i++) {
		const struct order_line_view *line = &lines.items[i];

		products[i] = line->product_id;
		skus[i] = line->sku;
		names[i] = line->name;
		units[i] = line->unit;
		subs[i] = str_is_null(line->substitution) ? STR("") : line->substitution;
		quantities[i] = line->quantity;
		prices[i] = line->unit_price.amount;
	}
	sql_order_lines_insert(tx, .order_id = order_id, .product_ids = { products, lines.count },
	                       .skus = { skus, lines.count }, .names = { names, lines.count },
	                       .units = { units, lines.count }, .quantities = { quantities, lines.count },
	                       .unit_prices = { prices, lines.count }, .substitutions = { subs, lines.count });
}

static void emit_created(struct tx *tx, const struct order_view *order, struct uuid customer_id)
{
	struct order_created_line *lines = ARENA_ARRAY(task_arena(), struct order_created_line, order->lines.count);

	for (size_t i = 0; i < order->lines.count; i++)
		lines[i] = (struct order_created_line){
			.product_id = order->lines.items[i].product_id,
			.quantity = order->lines.items[i].quantity,
		};
	emit(tx, order_created, order->id, 1,
	     &(struct order_created_data){
	             .order_id = order->id,
	             .number = order->number,
	             .customer_id = customer_id,
	             .total = order->total,
	             .lines = { lines, order->lines.count },
	     });
}

/* NULL for pickup. */
static const struct order_address *address_for(struct request *req, const struct place_order *cmd)
{
	static const struct field_error needless = { STR("#/address"), STR("is not allowed for pickup") };

	if (requested_method(cmd) == FULFILMENT_delivery)
		return address_of_order(req, cmd->address, cmd->address_id);
	if (cmd->address || cmd->address_id.set)
		refuse_fields(&problem_invalid_body, &needless, 1);
	return NULL;
}

static void order_place(struct request *req)
{
	const struct place_order *cmd = req->body;
	const struct order_address *address = address_for(req, cmd);
	struct quote quote = quote_of(req, cmd);
	struct order_view order = new_order_view(req, cmd, &quote);
	struct tx *tx = tx_collect(req->db);

	order.address = address;
	insert_order(tx, &order, req->actor->account_id);
	insert_lines(tx, order.id, order.lines);
	emit_created(tx, &order, req->actor->account_id);
	reply_location(req, "/api/orders/%.*s", STR_ARG(uuid_text(task_arena(), order.id)));
	reply_version(req, order.version);
	const struct tx_refusal *refusal = reply_try_commit_plain(req, tx, &order);

	/* Numbers are short: among a million orders of one day, two may get the same. The next attempt draws
	 * another. */
	if (refusal && refusal->kind == TX_UNIQUE && str_eq(refusal->constraint, STR("orders_number")))
		fail_conflict("another order has this number");
	if (refusal)
		fail("the constraint %.*s refused the order", STR_ARG(refusal->constraint));
}

/* ---- Reading ---------------------------------------------------------------------------------- */

static void order_get(struct request *req)
{
	const struct sql_order_row *row = order_for_customer(req);
	struct order_view *view = order_views(req->db, row, 1, BY_CUSTOMER);

	order_view_add_live(req, view);
	order_view_set_etag(req, view);
	reply_plain(req, view);
}

/* The number of orders that fit on a page, at least one: a hundred large orders would be megabytes. */
static size_t orders_fitting(struct db *db, const struct sql_order_row *orders, size_t count)
{
	struct uuid *ids = ARENA_ARRAY(task_arena(), struct uuid, count);
	int64_t lines = 0;

	if (!count)
		return 0;
	for (size_t i = 0; i < count; i++)
		ids[i] = orders[i].id;
	struct sql_order_line_counts_rows found = sql_order_line_counts(db, .order_ids = { ids, count });

	for (size_t i = 0; i < count; i++) {
		for (size_t k = 0; k < found.count; k++)
			if (uuid_eq(found.rows[k].order_id, ids[i]))
				lines += found.rows[k].lines;
		if (i > 0 && lines > PAGE_LINES_MAX)
			return i;
	}
	return count;
}

static void order_list_get(struct request *req)
{
	const struct order_query *query = req->query;
	struct place after = place_read(req, query->cursor);
	struct sql_order_rows found =
	        sql_orders_of_customer(req->db, .customer_id = req->actor->account_id,
	                               .status = choice_text(&order_status_choice, query->status),
	                               .after_created = place_number_or(after, INT64_MAX), .after_id = after.id,
	                               .row_limit = page_limit(query->limit));
	struct page page = page_cut(found.count, query->limit);
	size_t shown = orders_fitting(req->db, found.rows, page.shown);
	struct str next = STR_NULL;

	page.has_more |= shown < page.shown;
	if (page.has_more)
		next = place_next(req, found.rows[shown - 1].id, number_key(found.rows[shown - 1].created_at));
	reply_plain(req, &(struct order_page){
	                         .data = { order_views(req->db, found.rows, shown, BY_CUSTOMER), shown },
	                         .has_more = page.has_more,
	                         .next_cursor = next,
	                 });
}

/* ---- Cancelling ------------------------------------------------------------------------------- */

/* Cancelling again changes nothing. */
static void order_cancel(struct request *req)
{
	const struct cancel_order *cmd = req->body;
	const struct sql_order_row *row = order_for_customer(req);

	if (order_status_find(row->status) == ORDER_cancelled) {
		reply_version(req, row->version);
		reply_plain(req, order_views(req->db, row, 1, BY_CUSTOMER));
		return;
	}
	struct order_move move = {
		.order = row,
		.to = ORDER_cancelled,
		.by = BY_CUSTOMER,
		.actor = STR("customer"),
		.reason = cmd->reason,
		.goods = order_goods(req->db, row, ORDER_cancelled),
		.now_us = req->now_us,
	};
	struct tx *tx = tx_collect(req->db);
	const struct order_change *change = order_move(tx, &move);

	reply_version(req, change->order.version);
	reply_commit_plain(req, tx, order_changed_view(req->db, change));
}

/* ---- Routes ----------------------------------------------------------------------------------- */

static const struct problem *const place_problems[] = {
	&problem_unknown_product,    &problem_unknown_store,   &problem_quantity_too_high,
	&problem_order_not_possible, &problem_unknown_address, NULL,
};
static const struct problem *const move_problems[] = { &problem_not_found, &problem_illegal_transition, NULL };
static const struct problem *const read_problems[] = { &problem_not_found, NULL };

static const struct route order_rows[] = {
	{
	        .method = HTTP_POST,
	        .path = "/api/orders",
	        .name = "order_place",
	        .doc = "Places an order at the server's prices. A worker then reserves the stock and confirms the "
	               "order, or cancels it.",
	        .plain = order_place,
	        .needs = &permission_orders_own,
	        .body = &place_order_schema,
	        .reply = &order_view_schema,
	        .status = 201,
	        .idempotency = IDEMPOTENCY_REQUIRED,
	        .problems = place_problems,
	},
	{
	        .method = HTTP_GET,
	        .path = "/api/orders",
	        .name = "order_list",
	        .doc = "Lists the customer's orders, newest first.",
	        .plain = order_list_get,
	        .needs = &permission_orders_own,
	        .query = &order_query_schema,
	        .reply = &order_page_schema,
	},
	{
	        .method = HTTP_GET,
	        .path = "/api/orders/{id}",
	        .name = "order_get",
	        .doc = "Shows one of the customer's orders, with its history.",
	        .plain = order_get,
	        .needs = &permission_orders_own,
	        .reply = &order_view_schema,
	        .problems = read_problems,
	},
	{
	        .method = HTTP_POST,
	        .path = "/api/orders/{id}/cancel",
	        .name = "order_cancel",
	        .doc = "Cancels an order while its goods are in the store. Cancelling it again changes nothing.",
	        .plain = order_cancel,
	        .needs = &permission_orders_own,
	        .body = &cancel_order_schema,
	        .reply = &order_view_schema,
	        .idempotency = IDEMPOTENCY_ACCEPTED,
	        .problems = move_problems,
	},
};
const struct routes order_routes = ROUTES(order_rows);
