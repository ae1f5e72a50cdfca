/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of orders as the API shows them. Results live in the running task's arena. */
#ifndef STOA_COMMERCE_VIEW_H
#define STOA_COMMERCE_VIEW_H

#include "commerce/api.h"
#include "commerce/orders/orders_sql.h"

/* Views of some orders with lines and diaries, loaded by two queries however many they are; in the order given. `asker`
 * decides allowed_transitions. */
struct order_view *order_views(struct db *db, const struct sql_order_row *orders, size_t count, enum order_actor asker);

/* The names of where the asker may move an order. */
struct str_list order_moves_view(enum order_status status, enum order_actor asker, enum fulfilment fulfilment);

/* How an order gets to its customer. */
enum fulfilment fulfilment_method(const struct sql_order_row *order);

/* Where the goods stand, computed from the status. */
struct str fulfilment_status(enum order_status status);

#endif
