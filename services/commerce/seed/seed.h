/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the demo data is made. Ids come from names and choices from generators seeded by ids, so every run asks for the
 * same rows and finds those of the run before. Results live in the running task's arena.
 */
#ifndef STOA_COMMERCE_SEED_H
#define STOA_COMMERCE_SEED_H

#include "base/attr.h"
#include "commerce/domain/order.h"
#include "commerce/seed/seed_data.h"
#include "db/db.h"

/* A product, and its stock in the demo data. */
struct seed_item {
	const struct seed_product *row;
	struct uuid id, category_id;
	struct str sku;
	int64_t tax_rate_bp;
	int64_t on_hand; /* in the store after seeding */
	int64_t safety;
	int64_t sold; /* pieces in delivered orders */
};

struct seed_items {
	struct seed_item *items;
	size_t count;
};

/* Accounts computes the ids of its demo accounts in the same way: "account public anna.berger@example.com". */
PRINTF_LIKE(1, 2) struct uuid seed_id(const char *format, ...);

/* SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014). */
struct seed_choice {
	uint64_t state;
};
struct seed_choice seed_choice_of(struct uuid id);
int64_t seed_pick(struct seed_choice *choice, int64_t from, int64_t to); /* both included */

/* ---- Orders ----------------------------------------------------------------------------------- */

enum seed_who { SEED_CUSTOMER, SEED_WORKER, SEED_STAFF, SEED_PICKER, SEED_COURIER };

/* The effect of a step on the goods: the worker reserves them, a cancellation releases them, the picker takes them
 * from the shelf. */
enum seed_goods { GOODS_STAY, GOODS_HELD, GOODS_RELEASED, GOODS_TAKEN };

struct seed_step {
	enum order_status to; /* order_status_none ends a path */
	enum seed_who who;
	int after_s; /* the step before */
	enum seed_goods goods;
};

struct seed_customer {
	const char *email, *name, *street, *postal_code, *city;
};

struct seed_order {
	const struct seed_step *path;
	const struct seed_customer *customer;
	struct uuid id, customer_id;
	char number[ORDER_NUMBER_LEN];
	int64_t created_at;
	struct order_line *lines;
	size_t line_count;
	struct order_totals totals;
	struct str reason; /* of the last step; empty: none */
	const char *note;
	bool by_card;
};

struct seed_orders {
	struct seed_order *items;
	size_t count;
};

/* seed_plan.c. Adds up in the items what the delivered orders took. */
struct seed_orders seed_orders_plan(struct seed_items items, int64_t now_us);
/* seed_orders.c. */
void seed_orders_store(struct tx *tx, struct seed_orders orders);

#endif
