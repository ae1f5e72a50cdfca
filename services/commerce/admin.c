/* SPDX-License-Identifier: Apache-2.0 */
/* Orders as staff see them. */
#include "base/buf.h"
#include "base/check.h"
#include "commerce/api.h"
#include "commerce/handlers.h"
#include "commerce/page.h"
#include "commerce/stores.h"
#include "commerce/view.h"
#include "events/event.h"

#define FILTERS(req, from, whose)                                                                             \
	.store_id = staff_stores((req), (from)->filter_store_id), .any_status = !(from)->filter_status.count, \
	.statuses = (from)->filter_status, .channel = (from)->filter_channel,                                 \
	.created_from = (from)->filter_created_at_gte, .created_before = (from)->filter_created_at_lt,        \
	.number = (whose).number, .any_customer = !(whose).by_customer, .customer_ids = (whose).customer_ids, \
	.row_limit = page_limit((from)->limit)

/* What ?q= stands for: an order's number or a customer's whole address. */
struct search {
	struct str number; /* null: any */
	bool by_customer;
	struct uuid_list customer_ids;
};

static struct search search_for(struct db *db, struct str words)
{
	if (str_is_null(words) || !str_has_char(words, '@'))
		return (struct search){ .number = words };
	struct sql_customers_by_email_rows found = sql_customers_by_email(db, .email = str_lower(task_arena(), words));
	struct uuid *ids = ARENA_ARRAY(task_arena(), struct uuid, found.count);

	for (size_t i = 0; i < found.count; i++)
		ids[i] = found.rows[i].id;
	return (struct search){ .by_customer = true, .customer_ids = { ids, found.count } };
}

static struct sql_admin_order_rows by_age(struct request *req, const struct admin_order_query *query,
                                          struct place after)
{
	struct search search = search_for(req->db, query->q);

	return sql_admin_orders_by_age(req->db, FILTERS(req, query, search), .after_created = place_number(after),
	                               .after_id = after.id);
}

static struct sql_admin_order_rows by_total(struct request *req, const struct admin_order_query *query,
                                            struct place after)
{
	struct search search = search_for(req->db, query->q);

	return sql_admin_orders_by_total(req->db, FILTERS(req, query, search), .after_total = place_number(after),
	                                 .after_id = after.id);
}

static int64_t age_key(const struct sql_admin_order_row *row)
{
	return row->created_at;
}

static int64_t total_key(const struct sql_admin_order_row *row)
{
	return row->total_minor;
}

static const struct order_sort {
	const char *name;
	struct sql_admin_order_rows (*list)(struct request *req, const struct admin_order_query *query,
	                                    struct place after);
	int64_t (*key)(const struct sql_admin_order_row *row);
} sorts[] = {
	{ .name = "-created_at", .list = by_age, .key = age_key },
	{ .name = "total", .list = by_total, .key = total_key },
};

static const struct order_sort *sort_for(struct str name)
{
	static const struct field_error unknown = { STR("sort"), STR("must be one of: -created_at, total") };

	if (str_is_null(name))
		return &sorts[0];
	for (size_t i = 0; i < ARRAY_COUNT(sorts); i++)
		if (str_eq(name, str_from(sorts[i].name)))
			return &sorts[i];
	refuse_fields(&problem_invalid_parameter, &unknown, 1);
}

static struct admin_order_row row_view(const struct sql_admin_order_row *row)
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
	const struct order_sort *sort = sort_for(query->sort);

	struct sql_admin_order_rows found = sort->list(req, query, place_read(req, query->cursor));
	bool has_more = (int64_t)found.count == page_limit(query->limit);
	size_t shown = has_more ? found.count - 1 : found.count;
	struct admin_order_row *views = ARENA_ARRAY(task_arena(), struct admin_order_row, shown);
	struct str next = STR_NULL;

	for (size_t i = 0; i < shown; i++)
		views[i] = row_view(&found.rows[i]);
	if (has_more)
		next = place_next(req, true, found.rows[shown - 1].id, number_key(sort->key(&found.rows[shown - 1])));
	reply(req, &(struct admin_order_page){ .data = { views, shown }, .has_more = has_more, .next_cursor = next });
}

static struct admin_customer customer_view(struct db *db, struct uuid id)
{
	const struct sql_customer_get_row *row = sql_customer_get(db, .id = id);

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
	const struct sql_order_row *row = sql_order_get(req->db, .id = request_id(req, "id"));

	if (!row || !staff_sees_store(req, row->store_id))
		refuse(&problem_not_found, "there is no such order");
	struct admin_customer customer = customer_view(req->db, row->customer_id);

	reply_version(req, row->version);
	reply(req, &(struct admin_order){
	                   .order = order_views(req->db, row, 1, BY_STAFF),
	                   .customer = &customer,
	                   .events = events_view(req->db, row->id),
	           });
}

/* ---- Routes ----------------------------------------------------------------------------------- */

static const struct problem *const read_problems[] = { &problem_not_found, NULL };

const struct route admin_order_routes[] = {
	{
	        .method = HTTP_GET,
	        .path = "/api/admin/orders",
	        .name = "admin_order_list",
	        .doc = "Orders, filtered, searched, sorted, a page at a time.",
	        .handler = admin_order_list_get,
	        .needs = PERMISSION_ORDERS_READ,
	        .query = &admin_order_query_schema,
	        .reply = &admin_order_page_schema,
	},
	{
	        .method = HTTP_GET,
	        .path = "/api/admin/orders/{id}",
	        .name = "admin_order_get",
	        .doc = "One order with its customer, its full history and its events.",
	        .handler = admin_order_get,
	        .needs = PERMISSION_ORDERS_READ,
	        .reply = &admin_order_schema,
	        .problems = read_problems,
	},
	{ 0 },
};
