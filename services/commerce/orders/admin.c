/* SPDX-License-Identifier: Apache-2.0 */
/* Orders for staff. */
#include "base/ascii.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/date.h"
#include "commerce/orders/access.h"
#include "commerce/orders/routes.h"
#include "commerce/orders/view.h"
#include "commerce/permissions.h"
#include "commerce/stores/stores.h"
#include "events/event.h"
#include "service/page.h"

/* ---- The list --------------------------------------------------------------------------------- */

/*
 * A list of orders takes the same time however many orders there are, because each filter uses an index scan that ends
 * where the page ends. The table below chooses the statement where the planner cannot: several statuses are read as one
 * short list each, and so are the days of a short range sorted by total.
 */

#define DAYS_MAX_US (31 * 24 * 3600 * US_PER_S)

enum { CUSTOMERS_MAX = 100, NUMBERS_MAX = 1000 };

enum { BY_AGE, BY_TOTAL };

static const struct sql_key age_keys[] = {
	{ "created_at", SQL_TIME, offsetof(struct sql_admin_order_row, created_at) },
	{ "id", SQL_UUID, offsetof(struct sql_admin_order_row, id) },
};
static const struct sql_key total_keys[] = {
	{ "total", SQL_I64, offsetof(struct sql_admin_order_row, total.amount) },
	{ "id", SQL_UUID, offsetof(struct sql_admin_order_row, id) },
};
static const struct sql_order admin_orders_orders[] = {
	[BY_AGE] = { .name = "-created_at", .keys = age_keys, .key_count = ARRAY_COUNT(age_keys) },
	[BY_TOTAL] = { .name = "total", .keys = total_keys, .key_count = ARRAY_COUNT(total_keys) },
};
static const struct sql_list admin_orders_list = {
	.name = "admin_orders",
	.orders = admin_orders_orders,
	.order_count = ARRAY_COUNT(admin_orders_orders),
	.row_size = sizeof(struct sql_admin_order_row),
};

struct order_filter {
	struct db *db;
	const struct admin_order_query *query;
	const struct sql_page *page;
	struct opt_uuid store_id;
	/* What ?q= has found: ids, or of many customers the pattern that their addresses are like. */
	bool by_ids;
	struct uuid_list customer_ids, order_ids;
	struct str email_pattern;
};

/* The first page starts at the end of the range: with two bounds the planner would use either for the index. */
static int64_t after_created_at(const struct order_filter *filter)
{
	struct opt_i64 before = filter->query->filter_created_at_lt;

	if (filter->page->after_set)
		return filter->page->after[0].number;
	return before.set ? before.value : INT64_MAX;
}

/* Other stores than the main one and other channels than "web" have few orders and indexes of their own, which are
 * better than all others. */
static bool is_selective(const struct order_filter *filter)
{
	struct str channel = filter->query->filter_channel;

	return (filter->store_id.set && !uuid_eq(filter->store_id.value, store_main())) ||
	       (!str_is_null(channel) && !str_eq(channel, STR("web")));
}

/* Any status, or a final one that most orders reach: each day has many of them. */
static bool has_common_status(const struct order_filter *filter)
{
	const struct str_list *statuses = &filter->query->filter_status;

	for (size_t i = 0; i < statuses->count; i++) {
		int status = choice_parse(&order_status_choice, statuses->items[i]);

		if (status == ORDER_delivered || status == ORDER_collected)
			return true;
	}
	return !statuses->count;
}

static bool is_short_range(const struct order_filter *filter)
{
	struct opt_i64 from = filter->query->filter_created_at_gte, before = filter->query->filter_created_at_lt;

	return from.set && before.set && before.value - from.value <= DAYS_MAX_US;
}

static bool has_statuses(const struct order_filter *filter)
{
	return filter->query->filter_status.count > 1;
}

static bool has_statuses_only(const struct order_filter *filter)
{
	return has_statuses(filter) && !filter->query->filter_created_at_gte.set &&
	       !filter->query->filter_created_at_lt.set && !filter->store_id.set &&
	       str_is_null(filter->query->filter_channel) && str_is_null(filter->email_pattern);
}

static bool has_common_status_of_days(const struct order_filter *filter)
{
	return is_short_range(filter) && has_common_status(filter) && !is_selective(filter);
}

/* One status is an equation, several are a list. */
static int single_status(const struct order_filter *filter)
{
	const struct str_list *statuses = &filter->query->filter_status;

	return statuses->count == 1 ? choice_parse(&order_status_choice, statuses->items[0]) : 0;
}

/* clang-format off */
#define FILTERS \
	.store_id = filter->store_id, .channel = filter->query->filter_channel, .email_pattern = filter->email_pattern, \
	.order_ids = filter->order_ids
#define RANGE .created_from = filter->query->filter_created_at_gte, .created_before = filter->query->filter_created_at_lt
#define STATUS \
	.status = single_status(filter), .any_status = !has_statuses(filter), .statuses = filter->query->filter_status
#define FOUND .customer_ids = filter->customer_ids
#define AFTER_CREATED_AT \
	.after_created = after_created_at(filter), .after_id = filter->page->after[1].id, .row_limit = filter->page->limit
#define AFTER_TOTAL \
	.after_total = filter->page->after_set ? filter->page->after[0].number : -1, .after_id = filter->page->after[1].id, \
	.row_limit = filter->page->limit

/* X(order, when it is taken, statement, its parameters): of an order the first whose condition holds. */
#define STATEMENTS(X) \
	X(BY_AGE, filter->by_ids, found_by_age, FOUND, FILTERS, STATUS, RANGE, AFTER_CREATED_AT) \
	X(BY_AGE, has_statuses(filter), of_statuses_by_age, FILTERS, RANGE, .statuses = filter->query->filter_status, AFTER_CREATED_AT) \
	X(BY_AGE, single_status(filter) || is_selective(filter), listed_by_age, FILTERS, STATUS, RANGE, AFTER_CREATED_AT) \
	X(BY_AGE, true, by_age, FILTERS, RANGE, AFTER_CREATED_AT) \
	X(BY_TOTAL, filter->by_ids, found_by_total, FOUND, FILTERS, STATUS, RANGE, AFTER_TOTAL) \
	X(BY_TOTAL, has_common_status_of_days(filter), of_days_by_total, FILTERS, STATUS, RANGE, AFTER_TOTAL) \
	X(BY_TOTAL, has_statuses_only(filter), of_statuses_by_total, .statuses = filter->query->filter_status, AFTER_TOTAL) \
	X(BY_TOTAL, true, by_total, FILTERS, STATUS, RANGE, AFTER_TOTAL)
/* clang-format on */

#define STATEMENT(order_, when, name, ...) \
	if (filter->page->order == (order_) && (when)) \
		return sql_admin_orders_##name(filter->db, __VA_ARGS__);

static struct sql_admin_order_rows orders_read(const struct order_filter *filter)
{
	STATEMENTS(STATEMENT)
	check_failed(__FILE__, __LINE__, "the list has two orders");
}

static int64_t orders_count(const struct order_filter *filter)
{
	if (filter->by_ids)
		return sql_admin_orders_found_total(filter->db, FOUND, FILTERS, STATUS, RANGE,
		                                    .row_limit = SQL_TOTAL_MAX + 1)
		        ->total;
	return sql_admin_orders_total(filter->db, FILTERS, STATUS, RANGE, .row_limit = SQL_TOTAL_MAX + 1)->total;
}

/* ---- The search ------------------------------------------------------------------------------- */

/*
 * ?q= takes few steps, however many orders there are (docs/decisions/0031): ids are found first, of customers by a part of
 * their address and of orders by a part of their number, and the list goes on with them. A part that many customers have is
 * soon met on the way down the list.
 */

static bool may_be_number(struct str words)
{
	for (size_t i = 0; i < words.len; i++)
		if (!is_digit(words.ptr[i]) && !is_letter(words.ptr[i]) && words.ptr[i] != '-')
			return false;
	return words.len <= ORDER_NUMBER_LEN;
}

static void find_customers(struct order_filter *filter)
{
	struct str pattern = search_pattern(str_lower(task_arena(), filter->query->q));
	struct sql_customers_by_email_part_rows found =
	        sql_customers_by_email_part(filter->db, .pattern = pattern, .row_limit = CUSTOMERS_MAX + 1);
	struct uuid *ids = ARENA_ARRAY(task_arena(), struct uuid, found.count);

	filter->by_ids = found.count <= CUSTOMERS_MAX;
	if (!filter->by_ids)
		filter->email_pattern = pattern;
	for (size_t i = 0; i < found.count; i++)
		ids[i] = found.rows[i].id;
	filter->customer_ids = (struct uuid_list){ ids, found.count };
}

static void find_numbers(struct order_filter *filter)
{
	int64_t day = order_number_day(filter->query->q);
	struct sql_orders_by_number_part_rows found = sql_orders_by_number_part(
	        filter->db, .part = filter->query->q, .store_id = filter->store_id, .day_start = day,
	        .day_end = day ? day + US_PER_DAY : 0, .row_limit = NUMBERS_MAX);
	struct uuid *ids = ARENA_ARRAY(task_arena(), struct uuid, found.count);

	for (size_t i = 0; i < found.count; i++)
		ids[i] = found.rows[i].id;
	filter->order_ids = (struct uuid_list){ ids, found.count };
}

static void orders_search(struct order_filter *filter)
{
	if (str_is_null(filter->query->q))
		return;
	find_customers(filter);
	if (may_be_number(filter->query->q))
		find_numbers(filter);
}

HANDLER(admin_order_list, admin_order_query, admin_order_row)
{
	struct order_filter filter = {
		.db = req->db,
		.query = input,
		.page = &req->page,
		.store_id = staff_stores(req, input->filter_store_id),
	};

	orders_search(&filter);
	if (req->page.total)
		req->page.total->total = orders_count(&filter);
	reply_page(req, orders_read(&filter));
}

/* ---- One order -------------------------------------------------------------------------------- */

HANDLER(admin_order_get, nothing, admin_order)
{
	const struct sql_order_row *row = order_for_staff(req);
	const struct sql_customer_find_row *customer = sql_customer_find(req->db, .id = row->customer_id);
	struct sql_payment_rows payments = sql_payments_of_order(req->db, .order_id = row->id);
	struct sql_refund_rows refunds = sql_refunds_of_order(req->db, .order_id = row->id);
	struct event_list events = events_of_aggregate(req->db, STR("order"), row->id, 0, 1000);
	struct order_event *event_views = ARENA_ARRAY(task_arena(), struct order_event, events.count);
	struct order_view *view = order_views(req->db, row, 1, BY_STAFF);

	for (size_t i = 0; i < events.count; i++)
		event_views[i] = order_event_of(&events.items[i]);
	reply_version(req, view->version);
	reply(req, &(struct admin_order){
	                   .order = view,
	                   .customer = customer ? customer : &(struct sql_customer_find_row){ .id = row->customer_id },
	                   .events = { event_views, events.count },
	                   .payments = { payments.rows, payments.count },
	                   .refunds = { refunds.rows, refunds.count },
	           });
}

/* ---- Routes ----------------------------------------------------------------------------------- */

/* clang-format off */
static const struct route admin_order_rows[] = {
	{ GET("/api/admin/orders", admin_order_list), .needs = &permission_orders_read, .list = &admin_orders_list,
	  .doc = "Lists orders: filtered, searched, sorted, in pages.", .problems = PROBLEMS(&problem_not_found) },
	{ GET("/api/admin/orders/{id}", admin_order_get), .needs = &permission_orders_read,
	  .doc = "Shows one order with its customer, its full history and its events." },
};
/* clang-format on */

const struct routes admin_order_routes = ROUTES(admin_order_rows);
