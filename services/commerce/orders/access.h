/* SPDX-License-Identifier: Apache-2.0 */
/* Who may see an order. One that the asker may not see is not found: 404, never 403. */
#ifndef STOA_COMMERCE_ACCESS_H
#define STOA_COMMERCE_ACCESS_H

#include "commerce/orders/orders_sql.h"
#include "service/request.h"

/* The order {id} of the path. Customers see their own orders, staff those of their store. */
const struct sql_order_row *order_for_customer(struct request *req);
const struct sql_order_row *order_for_staff(struct request *req);

#endif
