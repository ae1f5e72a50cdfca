/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What other subjects have to do with an order: stock, payments and delivery take part in its moves and in its view.
 * Each is a part, a row of functions; orders walks the list of parts and includes none of them.
 *
 * A move is computed once, stored, and shown. `plan` computes the share of its part: it may refuse, changes the order
 * as it will stand and adds events to the change. What it returns is given to `store`, which adds the writes to the
 * transaction, and to `show`, which brings the view of the order to the state after the move. NULL: the part has no
 * share in this move, and neither is called.
 */
#ifndef STOA_COMMERCE_PART_H
#define STOA_COMMERCE_PART_H

#include "commerce/domain/order.h"

struct db;
struct tx;
struct request;
struct order_change;
struct order_view;

struct order_part {
	const void *(*plan)(struct db *db, struct order_change *change);
	void (*store)(struct tx *tx, const struct order_change *change, const void *share);
	void (*show)(struct order_view *view, const struct order_change *change, const void *share);

	/* Adds to views of orders what the part has stored, by one query for all. */
	void (*add_views)(struct db *db, struct order_view *views, size_t count, enum order_actor asker);
	/* Adds to the view of one order what is known at this moment and not stored. */
	void (*add_live)(struct request *req, struct order_view *view);
	/* Whether the asker brings this order, and so may follow it. */
	bool (*is_brought_by)(struct request *req, struct uuid order_id);
};

struct order_part_list {
	const struct order_part *const *items;
	size_t count;
};
enum { ORDER_PARTS_MAX = 8 };

/* In the order in which they plan, store and show. */
extern const struct order_part_list order_parts;

#define ORDER_PART_DECLARE(symbol) extern const struct order_part symbol##_part;
#define ORDER_PART_ENTRY(symbol)   &symbol##_part,

#endif
