/* SPDX-License-Identifier: Apache-2.0 */
/* Couriers: their rows, stored from account.changed; availability; position. */
#include "base/clock.h"
#include "base/date.h"
#include "commerce/couriers/position.h"
#include "commerce/couriers/steps.h"
#include "commerce/events.h"
#include "commerce/permissions.h"
#include "service/app.h"
#include "service/refuse.h"

enum { POSITIONS_KEPT_DAYS = 30 };

/* The event of an account that was created a moment ago may not have arrived. */
static const struct sql_courier_row *courier_self(struct request *req)
{
	const struct sql_courier_row *row = sql_courier_find(req->db, .id = req->actor->account_id);

	if (!row)
		refuse(&problem_not_found, "the service does not know this account as a courier yet; try again");
	if (row->retired)
		refuse(&problem_not_found, "this account is no longer a courier's");
	return row;
}

HANDLER(courier_availability_set, set_availability, courier_view)
{
	const struct sql_courier_row *was = courier_self(req);
	struct sql_courier_row now = *was;

	now.available = input->available;
	if (input->capacity.set)
		now.capacity = input->capacity.value;
	if (now.available == was->available && now.capacity == was->capacity) {
		reply(req, was);
		return;
	}
	struct tx *tx = tx_collect(req->db);

	sql_courier_set(tx, .id = now.id, .version = now.version++, .available = now.available,
	                .capacity = now.capacity, .now = req->now_us);
	reply_commit(req, tx, &now);
}

/* A device sends its position as often as it wants; at most one per second on average is accepted, per courier and
 * not per client address. */
static void limit_positions(struct request *req)
{
	static const struct rate_rule rule = { .name = "location", .quota = 60, .window_us = 60 * US_PER_S };
	struct str principal =
	        str_printf(task_arena(), "courier:%.*s", STR_ARG(uuid_text(task_arena(), req->actor->account_id)));
	struct rate_verdict verdict = rate_take(req->app->limiter, &rule, principal);

	if (!verdict.allowed)
		refuse_rate_limited(req, verdict.retry_after_us, rule.name);
}

HANDLER(courier_location_set, send_position, nothing)
{
	struct position sent = { input->latitude, input->longitude };

	limit_positions(req);
	const struct sql_courier_row *row = courier_self(req);
	struct position stored = { row->latitude.value, row->longitude.value };

	courier_position_publish(
	        req->app->redis, row->id,
	        &(struct position_view){ sent.latitude, sent.longitude, input->accuracy, req->now_us });
	if (row->position_at.set && !position_is_news(stored, req->now_us - row->position_at.value, sent)) {
		reply_none(req);
		return;
	}
	struct tx *tx = tx_collect(req->db);

	sql_courier_position_set(tx, .id = row->id, .latitude = sent.latitude, .longitude = sent.longitude,
	                         .now = req->now_us);
	sql_courier_position_insert(tx, .courier_id = row->id, .latitude = sent.latitude, .longitude = sent.longitude,
	                            .accuracy = input->accuracy, .now = req->now_us);
	reply_commit_none(req, tx);
}

/* What the courier has not picked up waits for another one. What they have picked up stays theirs until staff give it to
 * somebody else, call it back or write it off: only people know where it is. An assignment at the same moment changes the
 * load, and this attempt starts again. */
static void courier_leave(struct consumption *consumption, const struct sql_courier_row *courier)
{
	struct sql_orders_at_pickup_rows found = sql_orders_at_pickup(consumption->db, .courier_id = courier->id);
	const struct event *event = consumption->event;

	sql_courier_retire(consumption->tx, .id = courier->id, .load = courier->load, .seq = event->aggregate_seq,
	                   .now = event->occurred_at);
	for (size_t i = 0; i < found.count; i++) {
		const struct sql_order_row *order = sql_order_get(consumption->db, .id = found.rows[i].order_id);

		if (order->status != ORDER_assigned)
			fail_conflict("the order has changed");
		order_move(consumption->tx, &(struct order_move){ .order = order,
		                                                  .to = ORDER_ready,
		                                                  .by = BY_WORKER,
		                                                  .actor = STR("worker"),
		                                                  .reason = STR("the courier has left") });
	}
}

CONSUMER(keep_courier, commerce_account_changed)
{
	const struct event *event = consumption->event;

	if (str_eq(data->role, STR("courier")) && !(data->disabled.set && data->disabled.value)) {
		sql_courier_upsert(consumption->tx, .id = data->account_id, .name = data->name, .phone = data->phone,
		                   .seq = event->aggregate_seq, .now = event->occurred_at);
		return;
	}
	const struct sql_courier_row *courier = sql_courier_find(consumption->db, .id = data->account_id);

	if (courier && courier->seq < event->aggregate_seq)
		courier_leave(consumption, courier);
}

void purge_positions(struct db *db, int64_t now_us)
{
	struct tx *tx = tx_collect(db);

	sql_courier_positions_purge(tx, .before = now_us - POSITIONS_KEPT_DAYS * US_PER_DAY);
	tx_commit(tx);
}

/* clang-format off */
static const struct route courier_self_rows[] = {
	{ PUT("/api/courier/availability", courier_availability_set),
	  .doc = "Sets whether the courier accepts deliveries, and how many at the same time.",
	  .needs = &permission_deliveries_own, .problems = PROBLEMS(&problem_not_found) },
	{ PUT("/api/courier/location", courier_location_set),
	  .doc = "Sends the courier's position, at most once per second on average. Customers see the position while their "
	         "order is on the way.",
	  .needs = &permission_deliveries_own, .problems = PROBLEMS(&problem_not_found) },
};
/* clang-format on */

const struct routes courier_self_routes = ROUTES(courier_self_rows);
