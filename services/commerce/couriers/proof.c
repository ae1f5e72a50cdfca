/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The end of a delivery: handed over with a proof, or failed. A wrong PIN is counted in a commit of its own before the
 * refusal, so neither a crash nor a second device gives more tries.
 */
#include "base/check.h"
#include "base/encode.h"
#include "commerce/couriers/routes.h"
#include "commerce/couriers/steps.h"
#include "commerce/delivery/delivery_sql.h"
#include "commerce/permissions.h"

static struct str picture_decode(struct str text, const char *pointer)
{
	struct str bytes = STR_NULL;

	if (!str_is_null(text) && base64_decode(task_arena(), text, &bytes))
		refuse_fields(&problem_proof_not_acceptable,
		              &(struct field_error){ str_from(pointer), STR("is not valid base64") }, 1);
	return bytes;
}

NORETURN static void refuse_pin(int64_t tries_left)
{
	struct problem_member left = { STR("tries_left"), str_printf(task_arena(), "%lld", (long long)tries_left) };

	refuse_with(&problem_pin_wrong, str_printf(task_arena(), "%lld tries are left", (long long)tries_left), &left,
	            1);
}

NORETURN static void refuse_proof(enum proof_refusal no, const char *content_pointer)
{
	static const struct {
		const struct problem *problem;
		const char *pointer; /* NULL: that of the content */
		const char *detail;
	} words[] = {
		[PROOF_VALUE_MISSING] = { &problem_proof_not_acceptable, "#/value",
		                          "pin and barcode have a value and no content, photo and signature the "
		                          "reverse" },
		[PROOF_CONTENT_MISSING] = { &problem_proof_not_acceptable, NULL, "is missing" },
		[PROOF_CONTENT_TOO_LARGE] = { &problem_proof_not_acceptable, NULL, "is larger than 512 KiB" },
		[PROOF_NOT_A_PICTURE] = { &problem_proof_not_acceptable, NULL, "is neither JPEG nor PNG" },
		[PROOF_PIN_LOCKED] = { &problem_pin_locked, "#/kind", "must be photo, with a reason" },
		[PROOF_BARCODE_WRONG] = { &problem_wrong_parcel, "#/value", "is not the number of this order" },
	};
	const char *pointer = words[no].pointer ? words[no].pointer : content_pointer;

	refuse_fields(words[no].problem, &(struct field_error){ str_from(pointer), str_from(words[no].detail) }, 1);
}

/* The content for the table of proofs: a picture as it is, a PIN only as its hash. */
struct evidence {
	struct proof_offer offer;
	const struct sent_position *position;
};

static void store_proof(struct tx *tx, const struct delivery_move *move, const struct evidence *evidence)
{
	const struct proof_offer *offer = &evidence->offer;
	bool pictured = !str_is_null(offer->content);
	const struct sent_position *at = evidence->position;

	sql_delivery_proof_insert(
	        tx, .id = uuid_new_v7(move->now_us), .delivery_id = move->delivery->id,
	        .courier_id = move->delivery->courier_id.value, .step = delivery_step_name(move->step),
	        .kind = choice_text(&proof_kind_choice, (int)offer->kind),
	        .value = offer->kind == PROOF_barcode ? offer->value : STR_NULL, .content = offer->content,
	        .content_type = pictured ? str_from(picture_type(offer->content)) : STR_NULL,
	        .sha256 = secret_hash(task_arena(), pictured ? offer->content : offer->value),
	        .latitude = at ? SOME(f64, at->latitude) : NONE(f64),
	        .longitude = at ? SOME(f64, at->longitude) : NONE(f64), .reason = offer->reason, .now = move->now_us);
}

static void delivery_finish(struct request *req, const struct delivery_move *move, const struct evidence *evidence)
{
	struct tx *tx = tx_collect(req->db);

	delivery_take_step(tx, move);
	if (evidence)
		store_proof(tx, move, evidence);
	reply_commit_delivery(req, tx, move);
}

static void refuse_wrong_pin(struct request *req, const struct sql_delivery_row *row)
{
	struct tx *tx = tx_collect(req->db);

	delivery_count_wrong_pin(tx, row, courier_actor(req), req->now_us);
	tx_commit(tx);
	refuse_pin(PIN_TRIES_MAX - row->pin_tries - 1);
}

static void courier_deliver(struct request *req)
{
	const struct hand_over *cmd = req->body;
	const struct sql_delivery_row *row = own_delivery(req);
	struct delivery_move move = courier_move(req, row, STEP_DELIVER, cmd->reason);
	struct proof_terms terms = { .pin = row->pin, .pin_tries = row->pin_tries, .barcode = row->number };
	struct evidence evidence = {
		.offer = { (enum proof_kind)cmd->kind, cmd->value, picture_decode(cmd->content, "#/content"),
		           cmd->reason },
		.position = cmd->position,
	};

	if (step_is_repeated(&move)) {
		reply_delivery(req, row);
		return;
	}
	delivery_target(&move);
	enum proof_refusal no = proof_check(&terms, &evidence.offer);

	if (no == PROOF_PIN_WRONG)
		refuse_wrong_pin(req, row);
	if (no)
		refuse_proof(no, "#/content");
	move.proof = choice_text(&proof_kind_choice, cmd->kind);
	delivery_finish(req, &move, &evidence);
}

static struct str failure_text(const struct fail_delivery *cmd)
{
	struct str word = choice_text(&delivery_failure_choice, cmd->reason);

	if (str_is_null(cmd->note))
		return word;
	return str_printf(task_arena(), "%.*s: %.*s", STR_ARG(word), STR_ARG(cmd->note));
}

static void courier_fail(struct request *req)
{
	const struct fail_delivery *cmd = req->body;
	const struct sql_delivery_row *row = own_delivery(req);
	struct delivery_move move = courier_move(req, row, STEP_FAIL, failure_text(cmd));
	struct evidence evidence = {
		.offer = { PROOF_photo, STR_NULL, picture_decode(cmd->photo, "#/photo"), move.reason },
		.position = cmd->position,
	};

	if (step_is_repeated(&move)) {
		reply_delivery(req, row);
		return;
	}
	delivery_target(&move);
	enum proof_refusal no = proof_check(&(struct proof_terms){ .pin = row->pin }, &evidence.offer);

	if (no && !str_is_null(cmd->photo))
		refuse_proof(no, "#/photo");
	move.failure = move.reason;
	delivery_finish(req, &move, str_is_null(cmd->photo) ? NULL : &evidence);
}

/* ---- Routes ----------------------------------------------------------------------------------- */

enum { PROOF_BODY_MAX = 1024 * 1024 };

static const struct problem *const deliver_problems[] = {
	&problem_not_found,
	&problem_illegal_transition,
	&problem_pin_wrong,
	&problem_pin_locked,
	&problem_wrong_parcel,
	&problem_proof_not_acceptable,
	NULL,
};
static const struct problem *const fail_problems[] = {
	&problem_not_found,
	&problem_illegal_transition,
	&problem_proof_not_acceptable,
	NULL,
};

static const struct route courier_proof_rows[] = {
	{
	        .method = HTTP_POST,
	        .path = "/api/courier/deliveries/{id}/deliver",
	        .name = "courier_deliver",
	        .doc = "The courier has handed the goods over. The proof is the customer's PIN (five tries), a photo, "
	               "a signature or the scanned code.",
	        .plain = courier_deliver,
	        .needs = &permission_deliveries_own,
	        .body = &hand_over_schema,
	        .reply = &courier_delivery_schema,
	        .idempotency = IDEMPOTENCY_ACCEPTED,
	        .body_max = PROOF_BODY_MAX,
	        .problems = deliver_problems,
	},
	{
	        .method = HTTP_POST,
	        .path = "/api/courier/deliveries/{id}/fail",
	        .name = "courier_fail",
	        .doc = "The courier could not hand the goods over. The next step is start, to try again, or return.",
	        .plain = courier_fail,
	        .needs = &permission_deliveries_own,
	        .body = &fail_delivery_schema,
	        .reply = &courier_delivery_schema,
	        .idempotency = IDEMPOTENCY_ACCEPTED,
	        .body_max = PROOF_BODY_MAX,
	        .problems = fail_problems,
	},
};
const struct routes courier_proof_routes = ROUTES(courier_proof_rows);
