/* SPDX-License-Identifier: Apache-2.0 */
/* Orders for their customer. Each handler: load, decide, store, reply. */
#include "base/random.h"
#include "commerce/customers/address.h"
#include "commerce/orders/access.h"
#include "commerce/orders/move.h"
#include "commerce/orders/routes.h"
#include "commerce/permissions.h"
#include "commerce/stores/stores.h"
#include "service/page.h"

enum { PAGE_LINES_MAX = 1000 };

/* ---- Placing ---------------------------------------------------------------------------------- */

/* The lines of an order to be placed, and what they cost. */
struct quote {
	struct order_line *lines;
	size_t count;
	struct order_totals totals;
};

NORETURN static void refuse_order(enum order_refusal no, size_t line)
{
	static const struct {
		const struct problem *problem;
		const char *member;
		const char *detail;
	} refusals[] = {
		[ORDER_UNKNOWN_PRODUCT] = { &problem_unknown_product, "/product_id",
		                            "is not the id of a product that is sold" },
		[ORDER_QUANTITY_TOO_HIGH] = { &problem_quantity_too_high, "/quantity",
		                              "an order has at most 999 pieces of one product, all lines together" },
		[ORDER_OTHER_CURRENCY] = { &problem_currency_mismatch, "/product_id",
		                           "has a price in another currency than the store's" },
	};
	struct str pointer = str_printf(task_arena(), "#/lines/%zu%s", line, refusals[no].member);

	refuse_field(refusals[no].problem, str_cstr(task_arena(), pointer), refusals[no].detail);
}

static enum fulfilment fulfilment_asked(const struct place_order *asked)
{
	return asked->fulfilment ? (enum fulfilment)asked->fulfilment : FULFILMENT_delivery;
}

static struct quote quote_of(struct request *req, const struct place_order *asked)
{
	struct uuid *ids = ARENA_ARRAY(task_arena(), struct uuid, asked->lines.count);
	size_t culprit = 0;

	for (size_t i = 0; i < asked->lines.count; i++)
		ids[i] = asked->lines.items[i].product_id;
	struct sql_products_for_order_rows found = sql_products_for_order(
	        req->db, .store_id = store_asked(asked->store_id), .product_ids = { ids, asked->lines.count });

	if (!found.count)
		refuse_field(&problem_unknown_store, "#/store_id", "is not the id of a store");
	struct delivery_terms terms = { found.rows[0].delivery_fee, found.rows[0].free_delivery_minor };
	struct order_line *products = ARENA_ARRAY(task_arena(), struct order_line, found.count);
	struct quote quote = { .lines = ARENA_ARRAY(task_arena(), struct order_line, asked->lines.count) };
	size_t count = 0;

	if (fulfilment_asked(asked) == FULFILMENT_pickup)
		terms.fee.amount = 0;
	for (size_t i = 0; i < found.count; i++) {
		if (!found.rows[i].id.set)
			continue;
		products[count++] = (struct order_line){
			.product_id = found.rows[i].id.value,
			.sku = found.rows[i].sku,
			.name = found.rows[i].name,
			.unit = found.rows[i].unit,
			.unit_price = found.rows[i].price,
			.tax_rate_bp = found.rows[i].tax_rate_bp.value,
		};
	}
	enum order_refusal no = order_price(asked->lines.items, asked->lines.count, products, count, &terms,
	                                    quote.lines, &quote.count, &quote.totals, &culprit);

	if (no)
		refuse_order(no, culprit);
	return quote;
}

/* Without an address for pickup. */
static const struct order_address *address_for(struct request *req, const struct place_order *asked)
{
	static const struct order_address nowhere = { STR(""), STR(""), STR(""), STR(""), STR(""), { NULL, 0 } };

	if (fulfilment_asked(asked) == FULFILMENT_delivery)
		return address_of_order(req, asked->address, asked->address_id);
	if (asked->address || asked->address_id.set)
		refuse_field(&problem_invalid_body, "#/address", "is not allowed for pickup");
	return &nowhere;
}

static struct sql_order_row new_order(struct request *req, const struct place_order *asked, const struct quote *quote,
                                      const struct order_address *address)
{
	const struct order_totals *totals = &quote->totals;
	char *number = arena_alloc(task_arena(), ORDER_NUMBER_LEN);
	struct sql_order_row order = {
		.id = uuid_new_v7(req->now_us),
		.number = { number, ORDER_NUMBER_LEN },
		.customer_id = req->actor->account_id,
		.store_id = store_asked(asked->store_id),
		.status = ORDER_pending,
		.payment_method = asked->payment_method,
		.payment_status = PAYMENT_IS_none,
		.fulfilment = (int)fulfilment_asked(asked),
		.subtotal = money_of(totals->subtotal_minor, totals->currency),
		.delivery_fee = money_of(totals->delivery_fee_minor, totals->currency),
		.discount = money_of(totals->discount_minor, totals->currency),
		.tax = money_of(totals->tax_minor, totals->currency),
		.total = money_of(totals->total_minor, totals->currency),
		.refunded = money_of(0, totals->currency),
		.recipient = address->recipient,
		.street = address->street,
		.postal_code = address->postal_code,
		.city = address->city,
		.country = address->country,
		.address_note = address->note,
		.note = asked->note,
		.version = 1,
		.event_seq = 1,
		.created_at = req->now_us,
		.updated_at = req->now_us,
	};

	order_number(order.id, number);
	if (order.fulfilment == FULFILMENT_pickup)
		order.pickup_code =
		        str_printf(task_arena(), "%0*llu", PICKUP_CODE_LEN, (unsigned long long)random_below(1000000));
	return order;
}

HANDLER(order_place, place_order, order_view)
{
	const struct order_address *address = address_for(req, input);
	struct quote quote = quote_of(req, input);
	struct sql_order_row order = new_order(req, input, &quote, address);
	struct sql_order_history_row start = {
		.version = 1, .to = ORDER_pending, .actor = STR("customer"), .at = req->now_us
	};
	struct order_view view = order_view_of(&order, BY_CUSTOMER);
	struct tx *tx = tx_collect(req->db);

	sql_order_insert(tx, .id = order.id, .number = order.number, .customer_id = order.customer_id,
	                 .store_id = order.store_id, .fulfilment = order.fulfilment, .pickup_code = order.pickup_code,
	                 .payment_method = order.payment_method, .currency = str_from(order.total.currency),
	                 .subtotal_minor = order.subtotal.amount, .delivery_fee_minor = order.delivery_fee.amount,
	                 .discount_minor = order.discount.amount, .tax_minor = order.tax.amount,
	                 .total_minor = order.total.amount, .recipient = order.recipient, .street = order.street,
	                 .postal_code = order.postal_code, .city = order.city, .country = order.country,
	                 .address_note = order.address_note, .note = order.note, .now = order.created_at);
	sql_order_history_insert(tx, .order_id = order.id, .seq = start.version, .to_status = start.to,
	                         .actor = start.actor, .now = start.at);
	order_lines_insert(tx, order.id, quote.lines, quote.count);
	emit(tx, order_created, order.id, 1,
	     &(struct order_created_data){
	             .order_id = order.id,
	             .number = order.number,
	             .customer_id = order.customer_id,
	             .total = order.total,
	             .lines = order_lines_goods(quote.lines, quote.count),
	     });
	view.lines = (struct order_line_view_list){ quote.lines, quote.count };
	order_view_add_entry(&view, &start);
	const struct tx_refusal *refusal = reply_try_commit(req, tx, &view);

	/* Numbers are short: among a million orders of one day, two may get the same. The next attempt draws
	 * another. */
	if (refusal && refusal->kind == TX_UNIQUE && str_eq(refusal->constraint, STR("orders_number")))
		fail_conflict("another order has this number");
	if (refusal)
		fail("the constraint %.*s refused the order", STR_ARG(refusal->constraint));
}

/* ---- Reading ---------------------------------------------------------------------------------- */

HANDLER(order_get, nothing, order_view)
{
	struct order_view *view = order_views(req->db, order_for_customer(req), 1, BY_CUSTOMER);

	order_view_add_live(req, view);
	reply(req, view);
}

/* A hundred large orders would be megabytes: the page ends before its lines are too many, with at least one order. */
static void page_limit_lines(struct request *req, struct sql_order_rows *found)
{
	size_t shown = page_shown(req, found->count), fitting = 0;
	struct uuid *ids = ARENA_ARRAY(task_arena(), struct uuid, shown);
	int64_t lines = 0;

	for (size_t i = 0; i < shown; i++)
		ids[i] = found->rows[i].id;
	struct sql_order_line_counts_rows counts = sql_order_line_counts(req->db, .order_ids = { ids, shown });

	for (; fitting < shown; fitting++) {
		for (size_t k = 0; k < counts.count; k++)
			if (uuid_eq(counts.rows[k].order_id, ids[fitting]))
				lines += counts.rows[k].lines;
		if (fitting > 0 && lines > PAGE_LINES_MAX)
			break;
	}
	if (fitting == shown)
		return;
	req->page.limit = (int64_t)fitting + 1;
	found->count = fitting + 1;
}

HANDLER(order_list, order_query, order_view)
{
	struct sql_order_rows found = sql_orders_of_customer(
	        req->db, .page = req->page, .customer_id = req->actor->account_id, .status = input->status);

	if (found.count)
		page_limit_lines(req, &found);
	reply_page_of(req, found, order_views(req->db, found.rows, page_shown(req, found.count), BY_CUSTOMER));
}

/* ---- Cancelling ------------------------------------------------------------------------------- */

HANDLER(order_cancel, cancel_order, order_view)
{
	order_move_once_reply(req, order_for_customer(req), ORDER_cancelled, BY_CUSTOMER, input->reason);
}

/* ---- Routes ----------------------------------------------------------------------------------- */

/* clang-format off */
static const struct route order_rows[] = {
	{ POST("/api/orders", order_place), .needs = &permission_orders_own,
	  .doc = "Places an order at the server's prices. A worker then reserves the stock and confirms the order, or cancels it.",
	  .idempotency = IDEMPOTENCY_REQUIRED, .creates = "/api/orders/{id}", .yields_to = "commerce.reserve_stock",
	  .problems = PROBLEMS(&problem_unknown_product, &problem_unknown_store, &problem_quantity_too_high,
	                       &problem_currency_mismatch, &problem_unknown_address) },
	{ GET("/api/orders", order_list), .needs = &permission_orders_own, .list = &sql_orders_of_customer_list,
	  .doc = "Lists the customer's orders, newest first." },
	{ GET("/api/orders/{id}", order_get), .needs = &permission_orders_own,
	  .doc = "Shows one of the customer's orders, with its history." },
	{ POST("/api/orders/{id}/cancel", order_cancel), .needs = &permission_orders_own,
	  .doc = "Cancels an order while its goods are in the store. Cancelling it again changes nothing.",
	  .problems = PROBLEMS(&problem_illegal_transition) },
};
/* clang-format on */

const struct routes order_routes = ROUTES(order_rows);
