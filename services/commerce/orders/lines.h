/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of orders, and goods: how many pieces of which products, as they are reserved and moved. */
#ifndef STOA_COMMERCE_LINES_H
#define STOA_COMMERCE_LINES_H

#include "commerce/orders/events.h"
#include "commerce/orders/orders_sql.h"

void order_lines_insert(struct tx *tx, struct uuid order_id, const struct order_line *lines, size_t count);

/* The goods of lines. */
struct order_created_line_list order_lines_goods(const struct order_line *lines, size_t count);

/* The goods of a move by anybody but the worker: what the order has reserved or consumed, or what it needs when it
 * is pending again. */
struct order_created_line_list order_goods(struct db *db, const struct sql_order_row *order, enum order_status to);

/* The products that stock is reserved for. */
struct order_created_line_list order_goods_reserved(struct db *db, struct uuid order_id);

#endif
