/* SPDX-License-Identifier: Apache-2.0 */
/* Deliveries for staff, with their history. */
#include "base/encode.h"
#include "commerce/couriers/couriers_sql.h"
#include "commerce/delivery/api.h"
#include "commerce/delivery/delivery_sql.h"
#include "commerce/delivery/routes.h"
#include "commerce/permissions.h"
#include "commerce/stores/stores.h"
#include "service/place.h"

static struct admin_delivery_row delivery_row_view(const struct sql_admin_delivery_row *row)
{
	return (struct admin_delivery_row){
		.id = row->id,
		.order_id = row->order_id,
		.number = row->number,
		.store_id = row->store_id,
		.state = (int)delivery_state_find(row->state),
		.courier_id = row->courier_id,
		.courier_name = row->courier_name,
		.attempts = row->attempts,
		.failure = row->failure,
		.version = row->version,
		.created_at = row->created_at,
		.updated_at = row->updated_at,
	};
}

#define PARAMETERS(req, query, after)                                                                        \
	.courier_id = (query)->filter_courier_id, .store_id = staff_stores((req), (query)->filter_store_id), \
	.after_created = place_number_or((after), INT64_MAX), .after_id = (after).id,                        \
	.row_limit = page_limit((query)->limit)

static struct sql_admin_delivery_rows deliveries_page(struct request *req, const struct admin_delivery_query *query)
{
	struct place after = place_read(req, query->cursor);

	if (query->filter_state.count)
		return sql_delivery_admin_list_of_states(req->db, .states = query->filter_state,
		                                         PARAMETERS(req, query, after));
	return sql_delivery_admin_list(req->db, PARAMETERS(req, query, after));
}

static void admin_delivery_list(struct request *req)
{
	const struct admin_delivery_query *query = req->query;
	struct sql_admin_delivery_rows found = deliveries_page(req, query);
	struct page page = page_cut(found.count, query->limit);
	struct admin_delivery_row *views = ARENA_ARRAY(task_arena(), struct admin_delivery_row, page.shown);
	struct str next = STR_NULL;

	for (size_t i = 0; i < page.shown; i++)
		views[i] = delivery_row_view(&found.rows[i]);
	if (page.has_more)
		next = place_next(req, found.rows[page.shown - 1].id,
		                  number_key(found.rows[page.shown - 1].created_at));
	reply_plain(req, &(struct admin_delivery_page){
	                         .data = { views, page.shown }, .has_more = page.has_more, .next_cursor = next });
}

/* A delivery of another store is not found. */
static const struct sql_delivery_row *delivery_of_store(struct request *req)
{
	const struct sql_delivery_row *row = sql_delivery_get(req->db, .id = request_id(req, "id"));

	if (!staff_sees_store(req, row->store_id))
		refuse(&problem_not_found, "There is no such delivery");
	return row;
}

static struct delivery_history_view_list history_view(struct db *db, struct uuid id)
{
	struct sql_delivery_history_list_rows found = sql_delivery_history_list(db, .delivery_id = id);
	struct delivery_history_view *views = ARENA_ARRAY(task_arena(), struct delivery_history_view, found.count);

	for (size_t i = 0; i < found.count; i++)
		views[i] = (struct delivery_history_view){
			.version = found.rows[i].seq,
			.from = found.rows[i].from_state,
			.to = found.rows[i].to_state,
			.step = found.rows[i].step,
			.actor = found.rows[i].actor,
			.reason = found.rows[i].reason,
			.at = found.rows[i].at,
		};
	return (struct delivery_history_view_list){ views, found.count };
}

static struct delivery_assignment_view_list assignments_view(struct db *db, struct uuid id)
{
	struct sql_delivery_assignment_list_rows found = sql_delivery_assignment_list(db, .delivery_id = id);
	struct delivery_assignment_view *views =
	        ARENA_ARRAY(task_arena(), struct delivery_assignment_view, found.count);

	for (size_t i = 0; i < found.count; i++)
		views[i] = (struct delivery_assignment_view){
			.courier_id = found.rows[i].courier_id,
			.courier_name = found.rows[i].courier_name,
			.actor = found.rows[i].by_actor,
			.started_at = found.rows[i].started_at,
			.ended_at = found.rows[i].ended_at,
			.ended_by = found.rows[i].ended_by,
		};
	return (struct delivery_assignment_view_list){ views, found.count };
}

static const struct position *proof_position_view(const struct sql_delivery_proof_list_row *row)
{
	const struct position position = { row->latitude.value, row->longitude.value };

	return row->latitude.set ? arena_copy(task_arena(), &position, sizeof(position)) : NULL;
}

static struct delivery_proof_view_list proofs_view(struct db *db, struct uuid id)
{
	struct sql_delivery_proof_list_rows found = sql_delivery_proof_list(db, .delivery_id = id);
	struct delivery_proof_view *views = ARENA_ARRAY(task_arena(), struct delivery_proof_view, found.count);

	for (size_t i = 0; i < found.count; i++)
		views[i] = (struct delivery_proof_view){
			.id = found.rows[i].id,
			.courier_id = found.rows[i].courier_id,
			.step = found.rows[i].step,
			.kind = found.rows[i].kind,
			.value = found.rows[i].value,
			.content_type = found.rows[i].content_type,
			.size = found.rows[i].size,
			.sha256 = hex_encode(task_arena(), found.rows[i].sha256),
			.position = proof_position_view(&found.rows[i]),
			.reason = found.rows[i].reason,
			.at = found.rows[i].at,
		};
	return (struct delivery_proof_view_list){ views, found.count };
}

static struct admin_delivery_row delivery_view(struct db *db, const struct sql_delivery_row *row)
{
	const struct sql_courier_row *courier = NULL;

	if (row->courier_id.set)
		courier = sql_courier_find(db, .id = row->courier_id.value);
	return (struct admin_delivery_row){
		.id = row->id,
		.order_id = row->order_id,
		.number = row->number,
		.store_id = row->store_id,
		.state = (int)delivery_state_find(row->state),
		.courier_id = row->courier_id,
		.courier_name = courier ? courier->name : STR_NULL,
		.attempts = row->attempts,
		.failure = row->failure,
		.version = row->version,
		.created_at = row->created_at,
		.updated_at = row->updated_at,
	};
}

static void admin_delivery_get(struct request *req)
{
	const struct sql_delivery_row *row = delivery_of_store(req);
	struct admin_delivery_row view = delivery_view(req->db, row);

	reply_version(req, row->version);
	reply_plain(req, &(struct admin_delivery){
	                         .delivery = &view,
	                         .pin_tries = row->pin_tries,
	                         .history = history_view(req->db, row->id),
	                         .assignments = assignments_view(req->db, row->id),
	                         .proofs = proofs_view(req->db, row->id),
	                 });
}

static void delivery_proof_get(struct request *req)
{
	const struct sql_delivery_row *row = delivery_of_store(req);
	const struct sql_proof_picture_row *proof =
	        sql_proof_picture_get(req->db, .id = request_id(req, "proof_id"), .delivery_id = row->id);

	reply_raw(req, 200, str_cstr(task_arena(), proof->content_type), proof->content);
}

/* ---- Routes ----------------------------------------------------------------------------------- */

static const struct problem *const read_problems[] = { &problem_not_found, NULL };

static const struct route admin_delivery_rows[] = {
	{
	        .method = HTTP_GET,
	        .path = "/api/admin/deliveries",
	        .name = "admin_delivery_list",
	        .doc = "Lists deliveries: filtered, newest first, in pages.",
	        .plain = admin_delivery_list,
	        .needs = &permission_deliveries_assign,
	        .query = &admin_delivery_query_schema,
	        .reply = &admin_delivery_page_schema,
	        .problems = read_problems,
	},
	{
	        .method = HTTP_GET,
	        .path = "/api/admin/deliveries/{id}",
	        .name = "admin_delivery_get",
	        .doc = "Shows one delivery with its history, couriers and proofs.",
	        .plain = admin_delivery_get,
	        .needs = &permission_deliveries_assign,
	        .reply = &admin_delivery_schema,
	        .problems = read_problems,
	},
	{
	        .method = HTTP_GET,
	        .path = "/api/admin/deliveries/{id}/proofs/{proof_id}",
	        .name = "delivery_proof_get",
	        .doc = "Downloads the picture of a proof, as the courier sent it.",
	        .plain = delivery_proof_get,
	        .needs = &permission_deliveries_assign,
	        .problems = read_problems,
	},
};
const struct routes admin_delivery_routes = ROUTES(admin_delivery_rows);
