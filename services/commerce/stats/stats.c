/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Statistics for staff: orders day by day, and the best-selling products. An order counts on the day that it was in its
 * store, also among the orders of all stores: so the numbers of all stores are the sums of theirs. They are computed for each request, over a
 * range with a ceiling, on the lane of slow statements. Nothing is stored, so nothing can disagree with the orders.
 * With a million orders a year, one month took 0.2 s and three months 1 s. The best-selling products need the order
 * lines as well: one month took 1.7 s, so their range has a lower ceiling.
 */
#include "base/clock.h"
#include "base/date.h"
#include "commerce/commerce.h"
#include "commerce/domain/order.h"
#include "commerce/stats/stats_sql.h"
#include "commerce/stores/stores.h"
#include "service/audit.h"

enum { STATS_DAYS_MAX = 92, STATS_LINES_DAYS_MAX = 31, STATS_DAYS_DEFAULT = 30, STATS_BEST_DEFAULT = 20 };

/* ---- Shapes ----------------------------------------------------------------------------------- */

#define STATS_RANGE(X, T) \
	X(T, str, code, from, .min = 10, .max = 10, .optional = true, \
	  .doc = "First day, for example 2026-11-01; default: 29 days before the last day") \
	X(T, str, code, to, .min = 10, .max = 10, .optional = true, \
	  .doc = "Last day; default: today, in the store or in the main store") \
	X(T, opt_uuid, _, store_id, .doc = "Only orders of this store")

#define STATS_STATUS(X, T) \
	X(T, choice, order_status, status, .doc = "Current status of these orders") \
	X(T, i64, _, orders, .doc = "Number of orders") \
	X(T, money, _, total, .doc = "Sum of their totals")

#define STATS_DAY(X, T) \
	X(T, str, code, date, .max = 10, .doc = "Day in the time zone of the store") \
	X(T, i64, _, orders, .doc = "Number of orders placed") \
	X(T, money, _, revenue, \
	  .doc = "Sum of the totals, without orders that are cancelled, rejected, expired, returned or lost") \
	X(T, list, stats_status, statuses, .max = 32, .doc = "The orders of the day, by status")

#define STATS_ORDERS(X, T) \
	X(T, str, code, from, .max = 10, .doc = "First day") \
	X(T, str, code, to, .max = 10, .doc = "Last day") \
	X(T, list, stats_day, data, .max = 10000, .doc = "Days with orders, oldest first; one row per day and currency")

#define STATS_PRODUCTS_QUERY(X, T) \
	STATS_RANGE(X, T) \
	X(T, opt_i64, _, limit, .min = 1, .max = 100, .doc = "Number of products, 1 to 100, default 20")

#define STATS_PRODUCT(X, T) \
	X(T, uuid, _, product_id, .doc = "Id of the product") \
	X(T, str, line, sku, .max = 64, .doc = "Current SKU (stock keeping unit) of the product") \
	X(T, str, line, name, .max = 200, .doc = "Current name of the product") \
	X(T, i64, _, pieces, .doc = "Number of pieces ordered, without void orders") \
	X(T, i64, _, orders, .doc = "Number of order lines with the product") \
	X(T, money, _, revenue, .doc = "Sum of the line totals")

#define STATS_PRODUCTS(X, T) \
	X(T, str, code, from, .max = 10, .doc = "First day") \
	X(T, str, code, to, .max = 10, .doc = "Last day") \
	X(T, list, stats_product, data, .max = 100, \
	  .doc = "Best-selling products, by pieces; one row per product and currency")

#define STATS_SHAPES(STRUCT, OVER) \
	STRUCT(stats_orders_query, STATS_RANGE, "Range of at most 92 days") \
	OVER(stats_status, STATS_STATUS, struct sql_stats_orders_row, "Orders of a day with the same status") \
	STRUCT(stats_day, STATS_DAY, "The orders of a day in one currency") \
	STRUCT(stats_orders, STATS_ORDERS, "Orders and revenue by day") \
	STRUCT(stats_products_query, STATS_PRODUCTS_QUERY, "Range of at most 31 days, and the number of products") \
	OVER(stats_product, STATS_PRODUCT, struct sql_stats_products_row, "Sales of a product") \
	STRUCT(stats_products, STATS_PRODUCTS, "Best-selling products")
SCHEMA_DECLARE(STATS_SHAPES)
SCHEMA_DEFINE(STATS_SHAPES)

/* ---- Days ------------------------------------------------------------------------------------- */

struct range {
	int64_t first, last; /* days since 1970-01-01 */
};

static int64_t day_sent(const char *name, struct str text)
{
	struct date date;

	if (date_parse(text, &date) || date.year < 1970)
		refuse_field(&problem_invalid_parameter, name, "must be a day, for example 2026-11-01");
	return date_to_days(date);
}

static int64_t today(const struct request *req, struct opt_uuid store)
{
	const struct sql_stats_today_find_row *row =
	        sql_stats_today_find(req->db, .store_id = store_asked(store), .now = req->now_us);

	return row ? row->day : req->now_us / US_PER_DAY;
}

static struct range range_of(const struct request *req, struct opt_uuid store, struct str from, struct str to,
                             int64_t days_max)
{
	struct range range;

	range.last = str_is_null(to) ? today(req, store) : day_sent("to", to);
	range.first = str_is_null(from) ? range.last - STATS_DAYS_DEFAULT + 1 : day_sent("from", from);
	if (range.first < 0)
		range.first = 0;
	if (range.first > range.last)
		refuse_field(&problem_invalid_parameter, "from", "must not be after to");
	if (range.last - range.first >= days_max)
		refuse_field(&problem_invalid_parameter, "from",
		             str_cstr(task_arena(), str_printf(task_arena(), "must be at most %lld days with to",
		                                               (long long)days_max)));
	return range;
}

static struct str day_text(int64_t day)
{
	char text[DATE_TEXT_LEN];

	date_format(date_from_days(day), text);
	return str_dup(task_arena(), (struct str){ text, sizeof(text) });
}

/* ---- Orders ----------------------------------------------------------------------------------- */

static bool same_day(const struct sql_stats_orders_row *a, const struct sql_stats_orders_row *b)
{
	return a->day == b->day && money_same_currency(a->total, b->total);
}

/* The rows are sorted by day and currency, so the rows of a day are adjacent. */
static struct stats_day_list days_of(struct sql_stats_orders_rows found)
{
	struct stats_day *days = ARENA_ARRAY(task_arena(), struct stats_day, found.count);
	size_t count = 0;

	for (size_t i = 0; i < found.count; i++) {
		struct sql_stats_orders_row *row = &found.rows[i];

		if (!i || !same_day(row, row - 1)) {
			days[count] = (struct stats_day){ .date = day_text(row->day), .statuses = { row, 0 } };
			days[count].revenue = row->total;
			days[count++].revenue.amount = 0;
		}
		struct stats_day *day = &days[count - 1];

		day->statuses.count++;
		day->orders += row->orders;
		if (row->sold && money_add(day->revenue, row->total, &day->revenue))
			fail("the totals of a day are too large");
	}
	return (struct stats_day_list){ days, count };
}

HANDLER(stats_orders, stats_orders_query, stats_orders)
{
	struct opt_uuid store = staff_stores(req, input->store_id);
	struct range range = range_of(req, store, input->from, input->to, STATS_DAYS_MAX);
	struct sql_stats_orders_rows found =
	        sql_stats_orders(req->db, .from_at = range.first * US_PER_DAY,
	                         .before_at = (range.last + 1) * US_PER_DAY, .store_id = store);

	reply(req, &(struct stats_orders){
	                   .from = day_text(range.first), .to = day_text(range.last), .data = days_of(found) });
}

/* ---- Products --------------------------------------------------------------------------------- */

HANDLER(stats_products, stats_products_query, stats_products)
{
	struct opt_uuid store = staff_stores(req, input->store_id);
	struct range range = range_of(req, store, input->from, input->to, STATS_LINES_DAYS_MAX);
	struct sql_stats_products_rows found = sql_stats_products(
	        req->db, .from_at = range.first * US_PER_DAY, .before_at = (range.last + 1) * US_PER_DAY,
	        .store_id = store, .row_limit = input->limit.set ? input->limit.value : STATS_BEST_DEFAULT);

	reply(req, &(struct stats_products){ .from = day_text(range.first),
	                                     .to = day_text(range.last),
	                                     .data = { found.rows, found.count } });
}

/* ---- Routes ----------------------------------------------------------------------------------- */

/* clang-format off */
static const struct route stats_rows[] = {
	{ GET("/api/admin/stats/orders", stats_orders), .doc = "Shows orders and revenue by day and status.",
	  .needs = &permission_audit_read, .problems = PROBLEMS(&problem_not_found) },
	{ GET("/api/admin/stats/products", stats_products), .doc = "Lists the best-selling products.",
	  .needs = &permission_audit_read, .problems = PROBLEMS(&problem_not_found) },
};
/* clang-format on */

static const struct routes stats_routes = ROUTES(stats_rows);

const struct subject stats_subject = {
	.name = "stats",
	.sql = LIST(const struct sql_module *const, &sql_stats_module),
	.admin_routes = LIST(const struct routes *const, &stats_routes),
};
