/* SPDX-License-Identifier: Apache-2.0 */
/* Deliveries for staff, with their history. Staff of one store see those of their store; others are not found. */
#include "commerce/delivery/api.h"
#include "commerce/delivery/routes.h"
#include "commerce/permissions.h"
#include "commerce/stores/stores.h"
#include "service/page.h"

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

static struct delivery_proof_view_list proofs_view(struct db *db, struct uuid id)
{
	struct sql_delivery_proofs_rows found = sql_delivery_proofs(db, .delivery_id = id);
	struct delivery_proof_view *views = ARENA_ARRAY(task_arena(), struct delivery_proof_view, found.count);

	for (size_t i = 0; i < found.count; i++) {
		const struct sql_delivery_proofs_row *row = &found.rows[i];
		struct position at = { row->latitude.value, row->longitude.value };

		views[i] = (struct delivery_proof_view){
			.id = row->id,
			.courier_id = row->courier_id,
			.step = row->step,
			.kind = row->kind,
			.value = row->value,
			.content_type = row->content_type,
			.size = row->size,
			.sha256 = row->sha256,
			.position = row->latitude.set ? arena_copy(task_arena(), &at, sizeof(at)) : NULL,
			.reason = row->reason,
			.at = row->at,
		};
	}
	return (struct delivery_proof_view_list){ views, found.count };
}

HANDLER(admin_delivery_get, nothing, admin_delivery)
{
	const struct sql_delivery_row *row = delivery_of_store(req);
	struct sql_delivery_history_rows history = sql_delivery_history(req->db, .delivery_id = row->id);
	struct sql_delivery_assignments_rows assignments = sql_delivery_assignments(req->db, .delivery_id = row->id);

	reply_version(req, row->version);
	reply(req, &(struct admin_delivery){
	                   .delivery = row,
	                   .pin_tries = row->pin_tries,
	                   .history = { history.rows, history.count },
	                   .assignments = { assignments.rows, assignments.count },
	                   .proofs = proofs_view(req->db, row->id),
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
/* clang-format on */

const struct routes admin_delivery_routes = ROUTES(admin_delivery_rows);
