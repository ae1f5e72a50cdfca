/* SPDX-License-Identifier: Apache-2.0 */
#include "commerce/orders/access.h"

#include "commerce/stores/stores.h"

const struct sql_order_row *order_for_customer(struct request *req)
{
	const struct sql_order_row *row = sql_order_get(req->db, .id = request_id(req, "id"));

	if (!uuid_eq(row->customer_id, req->actor->account_id))
		refuse(&problem_not_found, "There is no such order");
	return row;
}

const struct sql_order_row *order_for_staff(struct request *req)
{
	const struct sql_order_row *row = sql_order_get(req->db, .id = request_id(req, "id"));

	if (!staff_sees_store(req, row->store_id))
		refuse(&problem_not_found, "There is no such order");
	return row;
}
