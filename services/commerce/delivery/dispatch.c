/* SPDX-License-Identifier: Apache-2.0 */
/* Dispatch: which courier brings which order. Reassigning an order whose goods are in the store is two moves in one write
 * set; after the pick-up the order keeps its status, and the goods go from hand to hand. */
#include "commerce/couriers/position.h"
#include "commerce/delivery/api.h"
#include "commerce/delivery/delivery.h"
#include "commerce/orders/access.h"
#include "commerce/orders/view.h"
#include "commerce/permissions.h"
#include "service/app.h"
#include "service/page.h"

/* Read before the commit; at the commit the courier's row decides. If the courier is full by then, the attempt runs
 * again and refuses here. */
static const struct sql_courier_row *free_courier(struct db *db, struct uuid id)
{
	const struct sql_courier_row *courier = sql_courier_find(db, .id = id);

	if (!courier)
		refuse_field(&problem_unknown_courier, "#/courier_id", "is not the id of a courier");
	if (!courier->available)
		refuse(&problem_courier_unavailable, "%.*s is not available", STR_ARG(courier->name));
	if (courier->load >= courier->capacity)
		refuse(&problem_courier_full, "%.*s has %lld of at most %lld deliveries", STR_ARG(courier->name),
		       (long long)courier->load, (long long)courier->capacity);
	return courier;
}

/* The delivery of an order, which is read after it: when both have moved in between, this attempt starts again. Orders
 * that became ready before deliveries existed get theirs here; others that have none are refused as their move is. */
static const struct sql_delivery_row *delivery_to_assign(struct request *req, struct tx *tx,
                                                         const struct sql_order_row *order)
{
	const struct sql_delivery_row *found = sql_delivery_of_order(req->db, .order_id = order->id);
	enum order_status status = (enum order_status)order->status;
	bool ready = status == ORDER_ready;

	if (found && status != ORDER_collected && delivery_order_status(found->state) != status)
		fail_conflict("the order and its delivery have changed");
	if (found)
		return found;
	if (ready && order->fulfilment == FULFILMENT_delivery)
		return &delivery_make(tx, order, request_staff(req))->row;
	order_move(tx,
	           &(struct order_move){ .order = order, .to = ORDER_assigned, .by = ready ? BY_DISPATCH : BY_STAFF });
	fail("an order without a delivery may be assigned");
}

/* An order and its delivery, as the write set has left them so far. */
struct job {
	const struct sql_order_row *order;
	const struct sql_delivery_row *delivery;
	const struct order_change *change; /* NULL: not moved yet */
};

static void job_step(struct request *req, struct tx *tx, struct job *job, struct delivery_move step)
{
	step.delivery = job->delivery;
	step.actor = request_staff(req);
	const struct delivery_change *delivery = delivery_plan(&step);

	const struct order_move move = {
		.order = job->order,
		.to = delivery_order_status(delivery->row.state),
		.by = step.by,
		.actor = step.actor,
		.reason = step.reason,
		.delivery = delivery,
		.before = job->change,
	};

	job->change = move.order->status == (int)move.to ? order_record(tx, &move) : order_move(tx, &move);
	job->order = &job->change->order;
	job->delivery = &delivery->row;
}

HANDLER(admin_order_assign, assign_order, order_view)
{
	const struct sql_order_row *order = order_for_staff(req);
	bool in_store = order->status == ORDER_assigned;
	struct tx *tx = tx_collect(req->db);

	request_check_version(req, order->version);
	struct job job = { order, delivery_to_assign(req, tx, order), NULL };

	if (delivery_is_carried(job.delivery->state) && uuid_eq(job.delivery->courier_id.value, input->courier_id)) {
		reply(req, order_views(req->db, order, 1, BY_STAFF));
		return;
	}
	if (!in_store && delivery_is_carried(job.delivery->state) && !input->reason.len)
		refuse_field(&problem_reason_missing, "#/reason", "is required after the pick-up");
	if (in_store)
		job_step(req, tx, &job,
		         (struct delivery_move){
		                 .step = STEP_UNASSIGN, .by = BY_STAFF, .reason = STR("assigned to another courier") });
	job_step(req, tx, &job,
	         (struct delivery_move){ .step = STEP_ASSIGN,
	                                 .by = BY_DISPATCH,
	                                 .reason = input->reason,
	                                 .courier = free_courier(req->db, input->courier_id) });
	reply_commit(req, tx, order_changed_view(req->db, job.change));
}

HANDLER(admin_order_unassign, take_step, order_view)
{
	const struct sql_order_row *order = order_for_staff(req);

	request_check_version(req, order->version);
	order_move_once_reply(req, order, ORDER_ready, BY_STAFF, input->reason);
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

/* clang-format off */
static const struct route dispatch_rows[] = {
	{ POST("/api/admin/orders/{id}/assign", admin_order_assign),
	  .doc = "Assigns an order that is ready to a courier; an assigned order is first unassigned. After the pick-up the goods "
	         "go to the other courier, and the delivery goes on where it was. If-Match is optional.",
	  .needs = &permission_deliveries_assign, .if_match = IF_MATCH_ACCEPTED,
	  .problems = PROBLEMS(&problem_illegal_transition, &problem_not_a_delivery, &problem_unknown_courier,
	                       &problem_courier_unavailable, &problem_courier_full, &problem_reason_missing) },
	{ POST("/api/admin/orders/{id}/unassign", admin_order_unassign),
	  .doc = "Unassigns an order from its courier, while the goods are in the store. If-Match is optional.",
	  .needs = &permission_deliveries_assign, .if_match = IF_MATCH_ACCEPTED,
	  .problems = PROBLEMS(&problem_illegal_transition) },
	{ GET("/api/admin/dispatch/couriers", dispatch_courier_list),
	  .doc = "Lists couriers with load and position: available couriers first, lowest load first.",
	  .needs = &permission_deliveries_assign, .list = &sql_couriers_for_dispatch_list },
};
/* clang-format on */

const struct routes dispatch_routes = ROUTES(dispatch_rows);
