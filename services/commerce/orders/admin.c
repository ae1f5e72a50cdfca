/* SPDX-License-Identifier: Apache-2.0 */
/* Orders for staff. */
#include "base/buf.h"
#include "base/check.h"
#include "base/clock.h"
#include "commerce/api.h"
#include "commerce/customers/customers_sql.h"
#include "commerce/orders/access.h"
#include "commerce/orders/admin_orders_sql.h"
#include "commerce/orders/routes.h"
#include "commerce/orders/view.h"
#include "commerce/payments/payments.h"
#include "commerce/permissions.h"
#include "commerce/stores/stores.h"
#include "events/event.h"
#include "service/place.h"

/*
 * A list of orders takes the same time however many orders there are, because each filter uses an index scan that ends
 * where the page ends. This file chooses the statement where the planner cannot: several statuses are read as one short
 * list each, and so are the days of a short range sorted by total.
 */

#define DAYS_MAX_US (31 * 24 * 3600 * US_PER_S)

struct order_filter {
	struct db *db;
	const struct admin_order_query *query;
	struct place after;
	struct opt_uuid store_id;
	struct str status;             /* null: any */
	struct uuid_list customer_ids; /* empty: any customer */
};

#define FILTERS(filter) .store_id = (filter)->store_id, .channel = (filter)->query->filter_channel
#define RANGE(filter) \
	.created_from = (filter)->query->filter_created_at_gte, .created_before = (filter)->query->filter_created_at_lt
#define STATUS(filter)                                                                       \
	.status = (filter)->status, .any_status = (filter)->query->filter_status.count <= 1, \
	.statuses = (filter)->query->filter_status
#define AFTER_CREATED_AT(filter)                                                   \
	.after_created = after_created_at(filter), .after_id = (filter)->after.id, \
	.row_limit = page_limit((filter)->query->limit)
#define AFTER_TOTAL(filter)                                                                  \
	.after_total = place_number_or((filter)->after, -1), .after_id = (filter)->after.id, \
	.row_limit = page_limit((filter)->query->limit)

/* The first page starts at the end of the range: with two bounds the planner would use either for the index. */
static int64_t after_created_at(const struct order_filter *filter)
{
	struct opt_i64 before = filter->query->filter_created_at_lt;

	return place_number_or(filter->after, before.set ? before.value : INT64_MAX);
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
		enum order_status status = order_status_find(statuses->items[i]);

		if (status == ORDER_delivered || status == ORDER_collected)
			return true;
	}
	return !statuses->count;
}

static bool has_range(const struct order_filter *filter)
{
	return filter->query->filter_created_at_gte.set || filter->query->filter_created_at_lt.set;
}

static bool is_short_range(const struct order_filter *filter)
{
	struct opt_i64 from = filter->query->filter_created_at_gte, before = filter->query->filter_created_at_lt;

	return from.set && before.set && before.value - from.value <= DAYS_MAX_US;
}

static struct sql_admin_order_rows orders_by_age(const struct order_filter *filter)
{
	if (filter->customer_ids.count)
		return sql_admin_orders_of_customers_by_age(filter->db, .customer_ids = filter->customer_ids,
		                                            FILTERS(filter), STATUS(filter), RANGE(filter),
		                                            AFTER_CREATED_AT(filter));
	if (filter->query->filter_status.count > 1)
		return sql_admin_orders_of_statuses_by_age(filter->db, .statuses = filter->query->filter_status,
		                                           FILTERS(filter), RANGE(filter), AFTER_CREATED_AT(filter));
	return sql_admin_orders_by_age(filter->db, FILTERS(filter), STATUS(filter), RANGE(filter),
	                               AFTER_CREATED_AT(filter));
}

static struct sql_admin_order_rows orders_by_total(const struct order_filter *filter)
{
	if (filter->customer_ids.count)
		return sql_admin_orders_of_customers_by_total(filter->db, .customer_ids = filter->customer_ids,
		                                              FILTERS(filter), STATUS(filter), RANGE(filter),
		                                              AFTER_TOTAL(filter));
	if (is_short_range(filter) && has_common_status(filter) && !is_selective(filter))
		return sql_admin_orders_of_days_by_total(filter->db, FILTERS(filter), STATUS(filter), RANGE(filter),
		                                         AFTER_TOTAL(filter));
	if (filter->query->filter_status.count > 1 && !has_range(filter) && !filter->store_id.set &&
	    str_is_null(filter->query->filter_channel))
		return sql_admin_orders_of_statuses_by_total(filter->db, .statuses = filter->query->filter_status,
		                                             AFTER_TOTAL(filter));
	return sql_admin_orders_by_total(filter->db, FILTERS(filter), STATUS(filter), RANGE(filter),
	                                 AFTER_TOTAL(filter));
}

static int64_t order_age_key(const struct sql_admin_order_row *row)
{
	return row->created_at;
}

static int64_t order_total_key(const struct sql_admin_order_row *row)
{
	return row->total_minor;
}

static const struct order_sort {
	const char *name;
	struct sql_admin_order_rows (*list)(const struct order_filter *filter);
	int64_t (*key)(const struct sql_admin_order_row *row);
} sorts[] = {
	{ .name = "-created_at", .list = orders_by_age, .key = order_age_key },
	{ .name = "total", .list = orders_by_total, .key = order_total_key },
};

static const struct order_sort *order_sort_find(struct str name)
{
	static const struct field_error unknown = { STR("sort"), STR("must be one of: -created_at, total") };

	if (str_is_null(name))
		return &sorts[0];
	for (size_t i = 0; i < ARRAY_COUNT(sorts); i++)
		if (str_eq(name, str_from(sorts[i].name)))
			return &sorts[i];
	refuse_fields(&problem_invalid_parameter, &unknown, 1);
}

static struct uuid_list customers_with(struct db *db, struct str email)
{
	struct sql_customers_by_email_rows found = sql_customers_by_email(db, .email = str_lower(task_arena(), email));
	struct uuid *ids = ARENA_ARRAY(task_arena(), struct uuid, found.count);

	for (size_t i = 0; i < found.count; i++)
		ids[i] = found.rows[i].id;
	return (struct uuid_list){ ids, found.count };
}

/* ?q= is a complete order number or a customer's complete e-mail address. */
static struct sql_admin_order_rows order_search(const struct order_sort *sort, struct order_filter *filter)
{
	struct str words = filter->query->q;
	struct sql_admin_order_rows none = { 0 };

	if (str_is_null(words))
		return sort->list(filter);
	if (str_has_char(words, '@')) {
		filter->customer_ids = customers_with(filter->db, words);
		return filter->customer_ids.count ? sort->list(filter) : none;
	}
	if (filter->after.set)
		return none;
	return sql_admin_order_by_number(filter->db, .number = words, FILTERS(filter), STATUS(filter), RANGE(filter));
}

static struct admin_order_row order_row_view(const struct sql_admin_order_row *row)
{
	return (struct admin_order_row){
		.id = row->id,
		.number = row->number,
		.status = (int)order_status_find(row->status),
		.payment_status = row->payment_status,
		.store_id = row->store_id,
		.channel = row->channel,
		.total = money_of(row->total_minor, row->currency),
		.city = row->city,
		.customer_id = row->customer_id,
		.customer_email = row->customer_email,
		.customer_name = row->customer_name,
		.version = row->version,
		.created_at = row->created_at,
		.updated_at = row->updated_at,
	};
}

static void admin_order_list_get(struct request *req)
{
	const struct admin_order_query *query = req->query;
	const struct order_sort *sort = order_sort_find(query->sort);

	struct order_filter filter = {
		.db = req->db,
		.query = query,
		.after = place_read(req, query->cursor),
		.store_id = staff_stores(req, query->filter_store_id),
		.status = query->filter_status.count == 1 ? query->filter_status.items[0] : STR_NULL,
	};
	struct sql_admin_order_rows found = order_search(sort, &filter);
	struct page page = page_cut(found.count, query->limit);
	struct admin_order_row *views = ARENA_ARRAY(task_arena(), struct admin_order_row, page.shown);
	struct str next = STR_NULL;

	for (size_t i = 0; i < page.shown; i++)
		views[i] = order_row_view(&found.rows[i]);
	if (page.has_more)
		next = place_next(req, found.rows[page.shown - 1].id,
		                  number_key(sort->key(&found.rows[page.shown - 1])));
	reply_plain(req, &(struct admin_order_page){
	                         .data = { views, page.shown }, .has_more = page.has_more, .next_cursor = next });
}

static struct admin_customer customer_view(struct db *db, struct uuid id)
{
	const struct sql_customer_find_row *row = sql_customer_find(db, .id = id);

	if (!row)
		return (struct admin_customer){ .id = id };
	return (struct admin_customer){ .id = id, .email = row->email, .name = row->name, .phone = row->phone };
}

static struct admin_event_list events_view(struct db *db, struct uuid order_id)
{
	struct event_list found = events_of_aggregate(db, STR("order"), order_id, 0, 1000);
	struct admin_event *views = ARENA_ARRAY(task_arena(), struct admin_event, found.count);

	for (size_t i = 0; i < found.count; i++)
		views[i] = (struct admin_event){
			.seq = found.items[i].aggregate_seq,
			.type = found.items[i].type,
			.occurred_at = found.items[i].occurred_at,
			.data = found.items[i].data,
		};
	return (struct admin_event_list){ views, found.count };
}

static void admin_order_get(struct request *req)
{
	const struct sql_order_row *row = order_for_staff(req);
	struct admin_customer customer = customer_view(req->db, row->customer_id);
	struct order_view *view = order_views(req->db, row, 1, BY_STAFF);

	order_view_set_etag(req, view);
	reply_plain(req, &(struct admin_order){
	                         .order = view,
	                         .customer = &customer,
	                         .events = events_view(req->db, row->id),
	                         .payments = payments_view(req->db, row),
	                         .refunds = refunds_view(req->db, row),
	                 });
}

/* ---- Routes ----------------------------------------------------------------------------------- */

static const struct problem *const read_problems[] = { &problem_not_found, NULL };

static const struct route admin_order_rows[] = {
	{
	        .method = HTTP_GET,
	        .path = "/api/admin/orders",
	        .name = "admin_order_list",
	        .doc = "Lists orders: filtered, searched, sorted, in pages.",
	        .plain = admin_order_list_get,
	        .needs = &permission_orders_read,
	        .query = &admin_order_query_schema,
	        .reply = &admin_order_page_schema,
	        .problems = read_problems,
	},
	{
	        .method = HTTP_GET,
	        .path = "/api/admin/orders/{id}",
	        .name = "admin_order_get",
	        .doc = "Shows one order with its customer, its full history and its events.",
	        .plain = admin_order_get,
	        .needs = &permission_orders_read,
	        .reply = &admin_order_schema,
	        .problems = read_problems,
	},
};
const struct routes admin_order_routes = ROUTES(admin_order_rows);
