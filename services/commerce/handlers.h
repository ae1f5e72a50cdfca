/* SPDX-License-Identifier: Apache-2.0 */
/* What the route and subscription tables in commerce.c point at; one handler a row. */
#ifndef STOA_COMMERCE_HANDLERS_H
#define STOA_COMMERCE_HANDLERS_H

#include "events/consumer.h"
#include "service/route.h"

/* catalogue.c */
void department_list_get(struct request *req);
void category_list_get(struct request *req);
void brand_list_get(struct request *req);
void product_list_get(struct request *req);
void product_get(struct request *req);
void product_get_by_sku(struct request *req);

/* orders.c */
void order_place(struct request *req);
void order_list_get(struct request *req);
void order_get(struct request *req);
void order_cancel(struct request *req);

/* follow.c */
void order_follow(struct request *req);

/* admin.c */
void admin_order_list_get(struct request *req);
void admin_order_get(struct request *req);

/* staff.c */
struct str staff_actor(const struct request *req); /* who asks, for diaries and ledgers: "staff:<id>" */
void admin_order_move(struct request *req);
void admin_order_cancel(struct request *req);

/* stock.c */
void stock_list_get(struct request *req);
void stock_movements_get(struct request *req);
void stock_reconcile_get(struct request *req);
void stock_adjust(struct request *req);

/* feed.c */
void event_feed_get(struct request *req);

/* consumers.c */
void reserve_stock(struct consumption *consumption);
void reserve_resumed(struct consumption *consumption);
void keep_customer(struct consumption *consumption);

#endif
