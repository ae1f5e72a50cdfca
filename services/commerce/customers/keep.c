/* SPDX-License-Identifier: Apache-2.0 */
/* What commerce keeps of its customers: told by accounts, so that an order is placed without asking there. */
#include "commerce/customers/customers_sql.h"
#include "commerce/customers/routes.h"
#include "commerce/events.h"

CONSUMER(keep_customer, commerce_account_changed)
{
	if (!str_eq(data->role, STR("customer")))
		return;
	sql_customer_upsert(consumption->tx, .id = data->account_id, .email = data->email, .name = data->name,
	                    .phone = data->phone, .seq = consumption->event->aggregate_seq,
	                    .now = consumption->event->occurred_at);
}
