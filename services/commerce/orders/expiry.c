/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each order is expired in a transaction of its own, under its row's lock. An order whose row is locked is skipped: of
 * a payment, a cancellation and an expiry at the same moment, one wins, and the others find the order changed. An order
 * that cannot be expired does not stop the others.
 */
#include "commerce/orders/move.h"
#include "commerce/orders/routes.h"
#include "task/task.h"
#include "telemetry/log.h"

enum { BATCH = 100, ROWS_MAX = 500, HOLDERS_MAX = 100 };

struct expiry {
	struct db *db;
	struct uuid order_id;
	int64_t now_us;
	bool done;
};

static void expire_locked(void *arg)
{
	struct expiry *expiry = arg;
	struct tx *tx = tx_begin(expiry->db);
	const struct sql_order_row *order = sql_order_lock_lapsed(tx, .id = expiry->order_id, .now = expiry->now_us);

	if (!order) {
		tx_rollback(tx);
		return;
	}
	order_move(tx, &(struct order_move){
	                       .order = order,
	                       .to = ORDER_expired,
	                       .by = BY_TIMER,
	                       .actor = STR("timer"),
	                       .reason = STR("not paid in time"),
	                       .goods = order_goods(tx_db(tx), order, ORDER_expired),
	               });
	tx_commit(tx);
	expiry->done = true;
}

/* Whether this call expired the order. If another transaction came first, nothing is left to do. A failure that
 * concerns all orders ends the attempt. */
static bool expire_order(struct db *db, struct uuid order_id, int64_t now_us)
{
	struct expiry expiry = { .db = db, .order_id = order_id, .now_us = now_us };
	struct failure failure = task_attempt(expire_locked, &expiry);

	if (failure.kind == FAILURE_CANCELLED || failure.kind == FAILURE_DEADLINE ||
	    failure.kind == FAILURE_UNAVAILABLE)
		fail_again(&failure);
	if (failure.kind && failure.kind != FAILURE_CONFLICT)
		log_warn("order %.*s could not be expired: %.*s", STR_ARG(uuid_text(task_arena(), order_id)),
		         STR_ARG(failure.detail));
	return expiry.done;
}

/* Expires up to BATCH orders; returns how many. */
static size_t expire_batch(struct db *db, int64_t now_us)
{
	struct sql_reservations_lapsed_rows found = sql_reservations_lapsed(db, .now = now_us, .row_limit = ROWS_MAX);
	size_t seen = 0, done = 0;

	for (size_t i = 0; i < found.count && seen < BATCH; i++) {
		if (i > 0 && uuid_eq(found.rows[i].order_id, found.rows[i - 1].order_id))
			continue;
		seen++;
		done += expire_order(db, found.rows[i].order_id, now_us);
	}
	return done;
}

void expire_lapsed(struct db *db, int64_t now_us)
{
	while (expire_batch(db, now_us) > 0) {
	}
}

size_t expire_holders(struct db *db, struct uuid store_id, struct uuid_list products, int64_t now_us)
{
	struct sql_reservations_lapsed_of_rows found = sql_reservations_lapsed_of(
	        db, .now = now_us, .store_id = store_id, .product_ids = products, .row_limit = HOLDERS_MAX);
	size_t done = 0;

	for (size_t i = 0; i < found.count; i++)
		done += expire_order(db, found.rows[i].order_id, now_us);
	return done;
}
