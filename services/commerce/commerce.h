/* SPDX-License-Identifier: Apache-2.0 */
/* The commerce service: catalogue, stock, orders. */
#ifndef STOA_COMMERCE_COMMERCE_H
#define STOA_COMMERCE_COMMERCE_H

#include "commerce/orders/part.h"
#include "service/service.h"

extern const struct service commerce_service;

/* Each is a folder, with its table in subject.c or at the end of its only file. */
#define COMMERCE_SUBJECTS(X) \
	X(customers) \
	X(catalogue) \
	X(orders) \
	X(payments) \
	X(stock) \
	X(stores) \
	X(delivery) \
	X(couriers) \
	X(reviews) \
	X(stats) \
	X(seed)
COMMERCE_SUBJECTS(SUBJECT_DECLARE)

/* Subjects that take part in the moves of an order and in its view (orders/part.h), in the order in which they do. */
#define COMMERCE_ORDER_PARTS(X) \
	X(stock) \
	X(payments) \
	X(delivery)
COMMERCE_ORDER_PARTS(ORDER_PART_DECLARE)

/* Demo data (seed.c): a grocery shop, its stock, some orders. */
void commerce_seed(struct db *db, int64_t now_us);

#endif
