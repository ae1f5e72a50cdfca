/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The end of a delivery: handed over with a proof, or failed. A wrong PIN is counted in a commit of its own before the
 * refusal, so neither a crash nor a second device gives more tries.
 */
#include "base/encode.h"
#include "commerce/couriers/steps.h"
#include "commerce/permissions.h"

static struct str picture_decode(struct str text, const char *pointer)
{
	struct str bytes = STR_NULL;

	if (!str_is_null(text) && base64_decode(task_arena(), text, &bytes))
		refuse_field(&problem_proof_not_acceptable, pointer, "is not valid base64");
	return bytes;
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

	refuse_field(words[no].problem, words[no].pointer ? words[no].pointer : content_pointer, words[no].detail);
}

NORETURN static void refuse_wrong_pin(struct request *req, const struct delivery_move *move)
{
	long long left = PIN_TRIES_MAX - move->delivery->pin_tries - 1;
	struct problem_member member = { STR("tries_left"), str_printf(task_arena(), "%lld", left) };
	struct tx *tx = tx_collect(req->db);

	delivery_count_wrong_pin(tx, move->delivery, move->actor);
	tx_commit(tx);
	refuse_with(&problem_pin_wrong, str_printf(task_arena(), "%lld tries are left", left), &member, 1);
}

/* A picture is stored as it is, a PIN only as its hash. */
static void proof_insert(struct tx *tx, const struct delivery_move *move, const struct proof_offer *offer,
                         const struct position *at)
{
	bool pictured = !str_is_null(offer->content);

	sql_delivery_proof_insert(
	        tx, .id = uuid_new_v7(task_now_us()), .delivery_id = move->delivery->id,
	        .courier_id = move->delivery->courier_id.value, .step = choice_text(&delivery_step_choice, move->step),
	        .kind = (int)offer->kind, .value = offer->kind == PROOF_barcode ? offer->value : STR_NULL,
	        .content = offer->content, .content_type = pictured ? str_from(picture_type(offer->content)) : STR_NULL,
	        .sha256 = secret_hash(task_arena(), pictured ? offer->content : offer->value),
	        .latitude = at ? SOME(f64, at->latitude) : NONE(f64),
	        .longitude = at ? SOME(f64, at->longitude) : NONE(f64), .reason = offer->reason, .now = task_now_us());
}

HANDLER(courier_deliver, hand_over, courier_delivery)
{
	struct delivery_move move = courier_move(req, STEP_DELIVER, input->reason);
	struct proof_terms terms = { move.delivery->pin, move.delivery->pin_tries, move.delivery->number };
	struct proof_offer offer = { (enum proof_kind)input->kind, input->value,
		                     picture_decode(input->content, "#/content"), input->reason };

	if (courier_step_is_repeated(req, &move))
		return;
	move.proof = choice_text(&proof_kind_choice, input->kind);
	const struct delivery_change *change = delivery_plan(&move);
	enum proof_refusal no = proof_check(&terms, &offer);

	if (no == PROOF_PIN_WRONG)
		refuse_wrong_pin(req, &move);
	if (no)
		refuse_proof(no, "#/content");
	struct tx *tx = tx_collect(req->db);

	proof_insert(tx, &move, &offer, input->position);
	courier_step_commit(req, tx, change);
}

HANDLER(courier_fail, fail_delivery, courier_delivery)
{
	struct str reason = choice_text(&delivery_failure_choice, input->reason);

	if (!str_is_null(input->note))
		reason = str_printf(task_arena(), "%.*s: %.*s", STR_ARG(reason), STR_ARG(input->note));
	struct delivery_move move = courier_move(req, STEP_FAIL, reason);
	struct proof_offer offer = { PROOF_photo, STR_NULL, picture_decode(input->photo, "#/photo"), reason };

	if (courier_step_is_repeated(req, &move))
		return;
	const struct delivery_change *change = delivery_plan(&move);
	struct tx *tx = tx_collect(req->db);

	if (!str_is_null(input->photo)) {
		enum proof_refusal no = proof_check(&(struct proof_terms){ 0 }, &offer);

		if (no)
			refuse_proof(no, "#/photo");
		proof_insert(tx, &move, &offer, input->position);
	}
	courier_step_commit(req, tx, change);
}

enum { PROOF_BODY_MAX = 1024 * 1024 };

/* clang-format off */
static const struct route courier_proof_rows[] = {
	{ POST("/api/courier/deliveries/{id}/deliver", courier_deliver),
	  .doc = "The courier has handed the goods over. The proof is the customer's PIN (five tries), a photo, a signature or "
	         "the scanned code.",
	  .needs = &permission_deliveries_own, .body_max = PROOF_BODY_MAX,
	  .problems = PROBLEMS(&problem_illegal_transition, &problem_pin_wrong, &problem_pin_locked, &problem_wrong_parcel,
	                       &problem_proof_not_acceptable) },
	{ POST("/api/courier/deliveries/{id}/fail", courier_fail),
	  .doc = "The courier could not hand the goods over. The next step is start, to try again, or return.",
	  .needs = &permission_deliveries_own, .body_max = PROOF_BODY_MAX,
	  .problems = PROBLEMS(&problem_illegal_transition, &problem_proof_not_acceptable) },
};
/* clang-format on */

const struct routes courier_proof_routes = ROUTES(courier_proof_rows);
