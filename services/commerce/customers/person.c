/* SPDX-License-Identifier: Apache-2.0 */
/* What commerce knows of a person, told and forgotten. Proofs of delivery stay as they are: they are evidence, and nothing
 * changes one. Histories name staff and couriers by the id of an account that names nobody any more, and what these wrote
 * about orders of others stays. */
#include "commerce/customers/person.h"

#include "commerce/customers/commerce_person_sql.h"
#include "commerce/domain/order.h"
#include "task/task.h"

static void tell(struct db *db, const struct person *person, person_row_fn *row, void *arg)
{
	struct sql_commerce_person_rows found = sql_commerce_person(db, .id = person->id);

	for (size_t i = 0; i < found.count; i++)
		row(arg, found.rows[i].table, found.rows[i].data);
}

static struct str_list final_statuses(void)
{
	struct str_list list = { ARENA_ARRAY(task_arena(), struct str, order_status_count), 0 };

	for (int status = order_status_none + 1; status < order_status_count; status++)
		if (order_is_final((enum order_status)status))
			list.items[list.count++] = choice_text(&order_status_choice, status);
	return list;
}

static struct str under_way(struct db *db, const struct person *person)
{
	const struct sql_commerce_person_under_way_row *row =
	        sql_commerce_person_under_way(db, .id = person->id, .final = final_statuses());

	if (!row->orders && !row->deliveries)
		return STR_NULL;
	return str_printf(task_arena(), "%lld orders and %lld deliveries are not at their end", (long long)row->orders,
	                  (long long)row->deliveries);
}

static void erase(struct tx *tx, const struct person *person, int64_t now_us)
{
	sql_commerce_person_customer_erase(tx, .id = person->id);
	sql_commerce_person_addresses_erase(tx, .id = person->id);
	sql_commerce_person_address_book_erase(tx, .id = person->id);
	sql_commerce_person_orders_erase(tx, .id = person->id);
	sql_commerce_person_order_reasons_erase(tx, .id = person->id);
	sql_commerce_person_refund_reasons_erase(tx, .id = person->id);
	sql_commerce_person_stock_reasons_erase(tx, .id = person->id);
	sql_commerce_person_deliveries_erase(tx, .id = person->id);
	sql_commerce_person_delivery_reasons_erase(tx, .id = person->id);
	sql_commerce_person_events_erase(tx, .id = person->id);
	sql_commerce_person_reviews_erase(tx, .id = person->id, .now = now_us);
	sql_commerce_person_courier_erase(tx, .id = person->id);
	sql_commerce_person_positions_erase(tx, .id = person->id);
}

const struct person_data commerce_person = { .tell = tell, .under_way = under_way, .erase = erase };
