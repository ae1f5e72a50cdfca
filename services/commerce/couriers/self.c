/* SPDX-License-Identifier: Apache-2.0 */
/* Couriers: their rows, stored from account.changed; availability; position. */
#include "base/check.h"
#include "base/clock.h"
#include "base/date.h"
#include "commerce/couriers/couriers_sql.h"
#include "commerce/couriers/position.h"
#include "commerce/couriers/routes.h"
#include "commerce/couriers/steps.h"
#include "commerce/domain/position.h"
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
	return row;
}

struct courier_view courier_view_of(const struct sql_courier_row *row)
{
	return (struct courier_view){
		.id = row->id,
		.name = row->name,
		.available = row->available,
		.capacity = row->capacity,
		.load = row->load,
		.version = row->version,
	};
}

static void courier_availability_set(struct request *req)
{
	const struct set_availability *cmd = req->body;
	const struct sql_courier_row *row = courier_self(req);
	struct courier_view view = courier_view_of(row);

	view.available = cmd->available;
	view.capacity = cmd->capacity.set ? cmd->capacity.value : row->capacity;
	if (view.available == row->available && view.capacity == row->capacity) {
		reply_version(req, view.version);
		reply_plain(req, &view);
		return;
	}
	struct tx *tx = tx_collect(req->db);

	sql_courier_set(tx, .id = row->id, .version = row->version, .available = view.available,
	                .capacity = view.capacity, .now = req->now_us);
	reply_version(req, ++view.version);
	reply_commit_plain(req, tx, &view);
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

static bool position_is_worth_storing(const struct sql_courier_row *row, const struct send_position *cmd,
                                      int64_t now_us)
{
	struct position kept = { row->latitude.value, row->longitude.value };

	return !row->position_at.set || position_is_news(kept, now_us - row->position_at.value,
	                                                 (struct position){ cmd->latitude, cmd->longitude });
}

static void courier_location_set(struct request *req)
{
	const struct send_position *cmd = req->body;

	limit_positions(req);
	const struct sql_courier_row *row = courier_self(req);

	courier_position_publish(req->app->redis, row->id,
	                         &(struct position_view){ cmd->latitude, cmd->longitude, cmd->accuracy, req->now_us });
	if (!position_is_worth_storing(row, cmd, req->now_us)) {
		reply_none(req);
		return;
	}
	struct tx *tx = tx_collect(req->db);

	sql_courier_position_set(tx, .id = row->id, .latitude = cmd->latitude, .longitude = cmd->longitude,
	                         .now = req->now_us);
	sql_courier_position_insert(tx, .courier_id = row->id, .latitude = cmd->latitude, .longitude = cmd->longitude,
	                            .accuracy = cmd->accuracy, .now = req->now_us);
	reply_commit_none(req, tx);
}

/* ---- Outside requests ------------------------------------------------------------------------- */

CONSUMER(keep_courier, commerce_account_changed)
{
	const struct event *event = consumption->event;

	if (str_eq(data->role, STR("courier")) && !(data->disabled.set && data->disabled.value))
		sql_courier_upsert(consumption->tx, .id = data->account_id, .name = data->name, .phone = data->phone,
		                   .seq = event->aggregate_seq, .now = event->occurred_at);
	else
		sql_courier_retire(consumption->tx, .id = data->account_id, .seq = event->aggregate_seq,
		                   .now = event->occurred_at);
}

void purge_positions(struct db *db, int64_t now_us)
{
	struct tx *tx = tx_collect(db);

	sql_courier_positions_purge(tx, .before = now_us - POSITIONS_KEPT_DAYS * US_PER_DAY);
	tx_commit(tx);
}

/* ---- Routes ----------------------------------------------------------------------------------- */

static const struct problem *const self_problems[] = { &problem_not_found, NULL };

static const struct route courier_self_rows[] = {
	{
	        .method = HTTP_PUT,
	        .path = "/api/courier/availability",
	        .name = "courier_availability_set",
	        .doc = "Sets whether the courier accepts deliveries, and how many at the same time.",
	        .plain = courier_availability_set,
	        .needs = &permission_deliveries_own,
	        .body = &set_availability_schema,
	        .reply = &courier_view_schema,
	        .problems = self_problems,
	},
	{
	        .method = HTTP_PUT,
	        .path = "/api/courier/location",
	        .name = "courier_location_set",
	        .doc = "Sends the courier's position, at most once per second on average. Customers see the position "
	               "while their order is on the way.",
	        .plain = courier_location_set,
	        .needs = &permission_deliveries_own,
	        .body = &send_position_schema,
	        .status = 204,
	        .problems = self_problems,
	},
};
const struct routes courier_self_routes = ROUTES(courier_self_rows);
