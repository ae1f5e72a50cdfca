/* SPDX-License-Identifier: Apache-2.0 */
/* Views of orders, from their rows. Results live in the running task's arena. */
#ifndef STOA_COMMERCE_VIEW_H
#define STOA_COMMERCE_VIEW_H

#include "commerce/orders/api.h"
#include "service/request.h"

/* Views of some orders with lines and histories, loaded by two queries for any number of orders; in the given order.
 * `asker` decides allowed_transitions. */
struct order_view *order_views(struct db *db, const struct sql_order_row *orders, size_t count, enum order_actor asker);

/* The same without what other rows have: lines, history, delivery. */
struct order_view order_view_of(const struct sql_order_row *row, enum order_actor asker);
void order_view_add_entry(struct order_view *view, const struct sql_order_history_row *entry);

struct event;
struct order_event order_event_of(const struct event *event);

/* Adds to the view of one order what is not stored: the position of its courier. */
void order_view_add_live(struct request *req, struct order_view *view);

#endif
