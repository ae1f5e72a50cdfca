/* SPDX-License-Identifier: Apache-2.0 */
/* Deliveries for staff, with their history. Staff of one store see those of their store; others are not found. */
#include "commerce/commerce.h"
#include "commerce/delivery/api.h"
#include "commerce/delivery/delivery.h"
#include "commerce/delivery/events.h"
#include "commerce/permissions.h"
#include "commerce/stores/stores.h"
#include "service/page.h"

SCHEMA_DEFINE(DELIVERY_SHAPES)
SCHEMA_DEFINE(DELIVERY_EVENT_SHAPES)
DELIVERY_PROBLEMS(PROBLEM_DEFINE)
DELIVERY_EVENTS(EVENT_DEFINE)

HANDLER(admin_delivery_list, admin_delivery_query, admin_delivery_row)
{
	reply_page(req, sql_deliveries(req->db, .page = req->page, .states = input->filter_state,
	                               .courier_id = input->filter_courier_id,
	                               .store_id = staff_stores(req, input->filter_store_id)));
}

static const struct sql_delivery_row *delivery_of_store(const struct request *req)
{
	return sql_delivery_of_store_get(req->db, .id = request_id(req, "id"),
	                                 .store_id = staff_stores(req, NONE(uuid)));
}

HANDLER(admin_delivery_get, nothing, admin_delivery)
{
	const struct sql_delivery_row *row = delivery_of_store(req);
	struct sql_delivery_history_rows history = sql_delivery_history(req->db, .delivery_id = row->id);
	struct sql_delivery_assignments_rows assignments = sql_delivery_assignments(req->db, .delivery_id = row->id);
	struct sql_delivery_proofs_rows proofs = sql_delivery_proofs(req->db, .delivery_id = row->id);
	struct delivery_proof_view *views = ARENA_ARRAY(task_arena(), struct delivery_proof_view, proofs.count);

	for (size_t i = 0; i < proofs.count; i++) {
		const struct sql_delivery_proofs_row *proof = &proofs.rows[i];
		struct position at = { proof->latitude.value, proof->longitude.value };

		views[i] = (struct delivery_proof_view){
			.id = proof->id,
			.courier_id = proof->courier_id,
			.step = proof->step,
			.kind = proof->kind,
			.value = proof->value,
			.content_type = proof->content_type,
			.size = proof->size,
			.sha256 = proof->sha256,
			.position = proof->latitude.set ? arena_copy(task_arena(), &at, sizeof(at)) : NULL,
			.reason = proof->reason,
			.at = proof->at,
		};
	}
	reply_version(req, row->version);
	reply(req, &(struct admin_delivery){
	                   .delivery = row,
	                   .pin_tries = row->pin_tries,
	                   .history = { history.rows, history.count },
	                   .assignments = { assignments.rows, assignments.count },
	                   .proofs = { views, proofs.count },
	           });
}

HANDLER(delivery_proof_get, nothing, nothing)
{
	const struct sql_proof_picture_row *proof = sql_proof_picture_get(req->db, .id = request_id(req, "proof_id"),
	                                                                  .delivery_id = delivery_of_store(req)->id);

	reply_raw(req, 200, str_cstr(task_arena(), proof->content_type), proof->content);
}

/* clang-format off */
static const struct route admin_delivery_rows[] = {
	{ GET("/api/admin/deliveries", admin_delivery_list), .doc = "Lists deliveries: filtered, newest first, in pages.",
	  .needs = &permission_deliveries_assign, .list = &sql_deliveries_list, .problems = PROBLEMS(&problem_not_found) },
	{ GET("/api/admin/deliveries/{id}", admin_delivery_get),
	  .doc = "Shows one delivery with its history, couriers and proofs.", .needs = &permission_deliveries_assign },
	{ GET("/api/admin/deliveries/{id}/proofs/{proof_id}", delivery_proof_get),
	  .doc = "Downloads the picture of a proof, as the courier sent it.", .needs = &permission_deliveries_assign,
	  .media = "image/*" },
};
static const struct routes admin_delivery_routes = ROUTES(admin_delivery_rows);

const struct subject delivery_subject = {
	.name = "delivery",
	.sql = LIST(const struct sql_module *const, &sql_delivery_module),
	.admin_routes = LIST(const struct routes *const, &dispatch_routes, &admin_delivery_routes),
	.events = &(const struct event_types)EVENT_TYPES(DELIVERY_EVENTS),
};
/* clang-format on */
