/* SPDX-License-Identifier: Apache-2.0 */
/* Reviews: customers rate what they have received, moderators decide what the shop shows, a worker keeps the sums. */
#include "commerce/api.h"
#include "commerce/commerce.h"
#include "commerce/permissions.h"
#include "commerce/reviews/api.h"
#include "commerce/reviews/events.h"
#include "service/audit.h"
#include "service/page.h"
#include "service/refuse.h"

SCHEMA_DEFINE(REVIEW_SHAPES)
SCHEMA_DEFINE(REVIEW_EVENT_SHAPES)
REVIEW_EVENTS(EVENT_DEFINE)
REVIEW_PROBLEMS(PROBLEM_DEFINE)

/* What to tell others of a review that has come to a state. */
static const struct event_type *const review_events[] = {
	[REVIEW_pending] = &review_submitted,
	[REVIEW_published] = &review_published,
	[REVIEW_rejected] = &review_rejected,
	[REVIEW_withdrawn] = &review_withdrawn,
};

static void emit_review(struct tx *tx, const struct sql_review_row *review)
{
	emit_as(tx, review_event_data, review_events[review->state], review->id, review->version,
	        &(struct review_event_data){ .review_id = review->id,
	                                     .product_id = review->product_id,
	                                     .customer_id = review->customer_id,
	                                     .rating = review->rating,
	                                     .reason = review->reason });
}

/* Stores the review as it is now, in the state that the step leads to. */
static struct tx *review_take_step(struct request *req, struct sql_review_row *review, enum review_step step,
                                   enum review_actor who)
{
	const struct machine_row *row = machine_may_step(&review_machine, review->state, step, who);

	if (!row)
		refuse_transition(&problem_illegal_transition, .machine = &review_machine, .noun = "a review",
		                  .from = review->state, .to = step, .who = who);
	if (row->guard == REVIEW_NEEDS_REASON && str_is_null(review->reason))
		refuse_field(&problem_reason_missing, "#/reason", "is required to reject a review");
	struct tx *tx = tx_collect(req->db);

	review->state = row->to;
	sql_review_update(tx, review, .now = req->now_us);
	review->version++;
	review->updated_at = req->now_us;
	emit_review(tx, review);
	return tx;
}

/* ---- For customers ---------------------------------------------------------------------------- */

HANDLER(review_submit, submit_review, own_review)
{
	struct uuid customer_id = req->actor->account_id, product_id = request_id(req, "id");

	if (!sql_reviewed_product_get(req->db, .id = product_id, .customer_id = SOME(uuid, customer_id))->received)
		refuse(&problem_not_bought, "A product can be reviewed when an order with it has arrived");
	SHAPE(own_review) review = {
		.id = uuid_new_v7(req->now_us),
		.product_id = product_id,
		.customer_id = customer_id,
		.rating = input->rating,
		.title = input->title,
		.text = input->text,
		.state = REVIEW_pending,
		.version = 1,
		.created_at = req->now_us,
		.updated_at = req->now_us,
	};
	struct tx *tx = tx_collect(req->db);

	sql_review_insert(tx, &review);
	emit_review(tx, &review);
	reply_commit(req, tx, &review);
}

HANDLER(review_list, review_query, review)
{
	sql_reviewed_product_get(req->db, .id = request_id(req, "id"));
	reply_page(req, sql_product_reviews(req->db, .page = req->page, .product_id = request_id(req, "id"),
	                                    .rating = input->filter_rating));
}

HANDLER(product_rating, nothing, product_rating)
{
	const struct sql_product_rating_row *row = sql_product_rating_get(req->db, .id = request_id(req, "id"));

	reply(req, &(struct product_rating){ .count = row->count, .average = row->average, .histogram = row });
}

static const struct sql_review_row *review_of_author(struct request *req)
{
	return sql_own_review_get(req->db, .id = request_id(req, "id"), .customer_id = req->actor->account_id);
}

HANDLER(review_get, nothing, own_review)
{
	reply(req, review_of_author(req));
}

HANDLER(review_change, change_review, own_review)
{
	SHAPE(own_review) review = *review_of_author(req);

	request_check_version(req, review.version);
	request_patch(req, own_review, &review);
	review.reason = STR_NULL;
	reply_commit(req, review_take_step(req, &review, STEP_edit, BY_AUTHOR), &review);
}

HANDLER(review_withdraw, nothing, nothing)
{
	SHAPE(own_review) review = *review_of_author(req);

	request_check_version(req, review.version);
	reply_commit_none(req, review_take_step(req, &review, STEP_withdraw, BY_AUTHOR));
}

/* ---- For moderators --------------------------------------------------------------------------- */

HANDLER(admin_review_list, admin_review_query, admin_review)
{
	reply_page(req, sql_reviews(req->db, .page = req->page, .state = input->filter_state,
	                            .product_id = input->filter_product_id));
}

HANDLER(review_moderate, moderate_review, admin_review)
{
	SHAPE(admin_review) review = *sql_review_get(req->db, .id = request_id(req, "id"));

	request_check_version(req, review.version);
	audit_before(req, &admin_review_schema, &review);
	review.reason = input->reason;
	reply_commit(req, review_take_step(req, &review, input->step, BY_MODERATOR), &review);
}

/* Each event of a review may change what is published of its product. */
static void rating_refresh(struct consumption *consumption)
{
	const struct review_event_data *data = consumption->data;

	sql_product_rating_lock(consumption->tx, .product_id = data->product_id);
	sql_product_rating_refresh(consumption->tx, .product_id = data->product_id);
}

/* ---- Tables ----------------------------------------------------------------------------------- */

/* clang-format off */
static const struct route review_rows[] = {
	{ POST("/api/products/{id}/reviews", review_submit), .doc = "Submits a review of a product that the customer has received.",
	  .needs = &permission_reviews_own, .creates = "/api/reviews/{id}",
	  .conflicts = CONFLICTS({ "review_of_customer", &problem_review_exists, NULL, "change or withdraw that review" }),
	  .problems = PROBLEMS(&problem_not_bought) },
	{ GET("/api/products/{id}/reviews", review_list), .doc = "Lists the published reviews of a product.",
	  .needs = &permission_anyone, .list = &sql_product_reviews_list },
	{ GET("/api/products/{id}/rating", product_rating), .doc = "Shows how customers rate a product.", .needs = &permission_anyone },
	{ GET("/api/reviews/{id}", review_get), .doc = "Shows one of the customer's reviews.", .needs = &permission_reviews_own },
	{ PATCH("/api/reviews/{id}", review_change), .doc = "Changes a review; it waits for a moderator again.",
	  .needs = &permission_reviews_own, .patches = &own_review_schema, .if_match = IF_MATCH_ACCEPTED },
	{ DELETE("/api/reviews/{id}", review_withdraw), .doc = "Withdraws a review; the customer may write another one.",
	  .needs = &permission_reviews_own, .if_match = IF_MATCH_ACCEPTED },
};
static const struct routes review_routes = ROUTES(review_rows);

static const struct route moderation_rows[] = {
	{ GET("/api/admin/reviews", admin_review_list), .doc = "Lists the reviews of all products.",
	  .needs = &permission_reviews_moderate, .list = &sql_reviews_list },
	{ POST("/api/admin/reviews/{id}/moderate", review_moderate), .doc = "Publishes a review, or rejects it with a reason.",
	  .needs = &permission_reviews_moderate, .if_match = IF_MATCH_ACCEPTED,
	  .problems = PROBLEMS(&problem_illegal_transition, &problem_reason_missing) },
};
static const struct routes moderation_routes = ROUTES(moderation_rows);

static const struct subscription subscriptions[] = {
	{ .name = "commerce.rate_submitted", .consumer = &(const struct consumer){ &review_submitted, rating_refresh } },
	{ .name = "commerce.rate_published", .consumer = &(const struct consumer){ &review_published, rating_refresh } },
	{ .name = "commerce.rate_rejected", .consumer = &(const struct consumer){ &review_rejected, rating_refresh } },
	{ .name = "commerce.rate_withdrawn", .consumer = &(const struct consumer){ &review_withdrawn, rating_refresh } },
};

const struct subject reviews_subject = {
	.name = "reviews",
	.sql = LIST(const struct sql_module *const, &sql_reviews_module),
	.public_routes = LIST(const struct routes *const, &review_routes),
	.admin_routes = LIST(const struct routes *const, &moderation_routes),
	.subscriptions = SUBSCRIPTIONS(subscriptions),
	.events = &(const struct event_types)EVENT_TYPES(REVIEW_EVENTS),
};
/* clang-format on */
