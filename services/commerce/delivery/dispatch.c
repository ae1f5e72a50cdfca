/* SPDX-License-Identifier: Apache-2.0 */
/* Dispatch: which courier brings which order. Reassigning an order is two moves in one write set. */
#include "base/check.h"
#include "commerce/couriers/couriers_sql.h"
#include "commerce/couriers/position.h"
#include "commerce/delivery/api.h"
#include "commerce/delivery/delivery.h"
#include "commerce/delivery/routes.h"
#include "commerce/orders/access.h"
#include "commerce/orders/view.h"
#include "commerce/permissions.h"
#include "service/app.h"
#include "service/page.h"

static void reply_order(struct request *req, const struct sql_order_row *order)
{
	struct order_view *view = order_views(req->db, order, 1, BY_STAFF);

	order_view_set_etag(req, view);
	reply_plain(req, view);
}

/* ---- Assigning -------------------------------------------------------------------------------- */

/* Read before the commit; at the commit the courier's row decides. If the courier is full by then, the attempt runs
 * again and refuses here. */
static const struct sql_courier_row *free_courier(struct db *db, struct uuid id)
{
	static const struct field_error unknown = { STR("#/courier_id"), STR("is not the id of a courier") };
	const struct sql_courier_row *courier = sql_courier_find(db, .id = id);

	if (!courier)
		refuse_fields(&problem_unknown_courier, &unknown, 1);
	if (!courier->available)
		refuse(&problem_courier_unavailable, "%.*s is not available", STR_ARG(courier->name));
	if (courier->load >= courier->capacity)
		refuse(&problem_courier_full, "%.*s has %lld of at most %lld deliveries", STR_ARG(courier->name),
		       (long long)courier->load, (long long)courier->capacity);
	return courier;
}

/* An order, as the write set has left it so far. */
struct job {
	struct sql_order_row order;
	struct sql_delivery_row delivery;
	const struct order_change *change; /* NULL: not moved yet */
};

static void job_move(struct tx *tx, struct job *job, enum order_status to, const struct delivery_move *step)
{
	const struct sql_order_row order = job->order;
	const struct delivery_change *delivery = delivery_plan(step);

	job->change = order_move(tx, &(struct order_move){
	                                     .order = &order,
	                                     .to = to,
	                                     .by = step->by,
	                                     .actor = step->actor,
	                                     .reason = step->reason,
	                                     .delivery = delivery,
	                                     .before = job->change,
	                                     .now_us = step->now_us,
	                             });
	job->order = job->change->order;
	job->delivery = delivery->row;
}

static void job_unassign(struct request *req, struct tx *tx, struct job *job, struct str reason)
{
	const struct sql_delivery_row delivery = job->delivery;

	job_move(tx, job, ORDER_ready,
	         &(struct delivery_move){
	                 .delivery = &delivery,
	                 .step = STEP_UNASSIGN,
	                 .by = BY_STAFF,
	                 .actor = request_staff(req),
	                 .reason = reason,
	                 .now_us = req->now_us,
	         });
}

static void job_assign(struct request *req, struct tx *tx, struct job *job, struct uuid courier_id)
{
	const struct sql_delivery_row delivery = job->delivery;

	job_move(tx, job, ORDER_assigned,
	         &(struct delivery_move){
	                 .delivery = &delivery,
	                 .step = STEP_ASSIGN,
	                 .by = BY_DISPATCH,
	                 .actor = request_staff(req),
	                 .courier = free_courier(req->db, courier_id),
	                 .now_us = req->now_us,
	         });
}

/* The order and its delivery are read one after the other; if both were moved in between, this attempt starts again.
 * Orders that became ready before deliveries existed get their delivery here. */
static struct job job_of(struct request *req, struct tx *tx, const struct sql_order_row *order)
{
	const struct sql_delivery_row *found = sql_delivery_of_order(req->db, .order_id = order->id);
	enum order_status status = order_status_find(order->status);
	bool ready = status == ORDER_ready, brought = fulfilment_method(order) == FULFILMENT_delivery;
	struct job job = { .order = *order };

	if (found && status != ORDER_collected && delivery_order_status(delivery_state_find(found->state)) != status)
		fail_conflict("the order and its delivery have changed");
	if (found)
		job.delivery = *found;
	else if (ready && brought)
		job.delivery = delivery_make(tx, order, request_staff(req), req->now_us)->row;
	else
		order_move(tx, &(struct order_move){
		                       .order = order, .to = ORDER_assigned, .by = ready ? BY_DISPATCH : BY_STAFF });
	return job;
}

static bool job_is_with(const struct job *job, struct uuid courier_id)
{
	return order_status_find(job->order.status) == ORDER_assigned && job->delivery.courier_id.set &&
	       uuid_eq(job->delivery.courier_id.value, courier_id);
}

static void admin_order_assign(struct request *req)
{
	const struct assign_order *cmd = req->body;
	const struct sql_order_row *order = order_for_staff(req);
	struct tx *tx = tx_collect(req->db);

	request_check_version(req, order->version);
	struct job job = job_of(req, tx, order);

	if (job_is_with(&job, cmd->courier_id)) {
		reply_order(req, order);
		return;
	}
	if (order_status_find(order->status) == ORDER_assigned)
		job_unassign(req, tx, &job, STR("assigned to another courier"));
	job_assign(req, tx, &job, cmd->courier_id);
	reply_version(req, job.order.version);
	reply_commit_plain(req, tx, order_changed_view(req->db, job.change));
}

static void admin_order_unassign(struct request *req)
{
	const struct take_step *cmd = req->body;
	const struct sql_order_row *order = order_for_staff(req);

	request_check_version(req, order->version);
	if (order_status_find(order->status) == ORDER_ready) {
		reply_order(req, order);
		return;
	}
	struct order_move move = {
		.order = order,
		.to = ORDER_ready,
		.by = BY_STAFF,
		.actor = request_staff(req),
		.reason = cmd->reason,
		.now_us = req->now_us,
	};
	struct tx *tx = tx_collect(req->db);
	const struct order_change *change = order_move(tx, &move);

	reply_version(req, change->order.version);
	reply_commit_plain(req, tx, order_changed_view(req->db, change));
}

/* ---- Couriers --------------------------------------------------------------------------------- */

HANDLER(dispatch_courier_list, dispatch_courier_query, dispatch_courier)
{
	struct sql_courier_rows found =
	        sql_couriers_for_dispatch(req->db, .page = req->page, .available = input->filter_available);
	size_t shown = page_shown(req, found.count);
	const struct position_view **positions = courier_positions(req->app->redis, found.rows, shown);
	struct dispatch_courier *views = ARENA_ARRAY(task_arena(), struct dispatch_courier, shown);

	for (size_t i = 0; i < shown; i++) {
		const struct sql_courier_row *row = &found.rows[i];

		views[i] = (struct dispatch_courier){ row->id,   row->name,    row->available, row->capacity,
			                              row->load, row->version, row->phone,     positions[i] };
	}
	reply_page_of(req, found, views);
}

/* ---- Routes ----------------------------------------------------------------------------------- */

static const struct problem *const assign_problems[] = {
	&problem_not_found,       &problem_illegal_transition,  &problem_not_a_delivery, &problem_precondition_failed,
	&problem_unknown_courier, &problem_courier_unavailable, &problem_courier_full,   NULL,
};
static const struct problem *const unassign_problems[] = {
	&problem_not_found,
	&problem_illegal_transition,
	&problem_precondition_failed,
	NULL,
};

static const struct route dispatch_rows[] = {
	{
	        .method = HTTP_POST,
	        .path = "/api/admin/orders/{id}/assign",
	        .name = "admin_order_assign",
	        .doc = "Assigns an order that is ready to a courier; an assigned order is first unassigned. If-Match "
	               "is optional.",
	        .plain = admin_order_assign,
	        .needs = &permission_deliveries_assign,
	        .body = &assign_order_schema,
	        .reply = &order_view_schema,
	        .idempotency = IDEMPOTENCY_ACCEPTED,
	        .problems = assign_problems,
	},
	{
	        .method = HTTP_POST,
	        .path = "/api/admin/orders/{id}/unassign",
	        .name = "admin_order_unassign",
	        .doc = "Unassigns an order from its courier, while the goods are in the store.",
	        .plain = admin_order_unassign,
	        .needs = &permission_deliveries_assign,
	        .body = &take_step_schema,
	        .reply = &order_view_schema,
	        .idempotency = IDEMPOTENCY_ACCEPTED,
	        .problems = unassign_problems,
	},
	{ GET("/api/admin/dispatch/couriers", dispatch_courier_list),
	  .doc = "Lists couriers with load and position: available couriers first, lowest load first.",
	  .needs = &permission_deliveries_assign, .list = &sql_couriers_for_dispatch_list },
};
const struct routes dispatch_routes = ROUTES(dispatch_rows);
