/* SPDX-License-Identifier: Apache-2.0 */
/* The shapes of reviews, and what is refused. */
#ifndef STOA_COMMERCE_REVIEWS_API_H
#define STOA_COMMERCE_REVIEWS_API_H

#include "base/problem.h"
#include "commerce/domain/review.h"
#include "commerce/reviews/reviews_sql.h"
#include "json/schema.h"

#define SUBMIT_REVIEW(X, T) \
	X(T, i64, _, rating, .min = 1, .max = 5, .doc = "Number of stars, 1 (worst) to 5 (best)") \
	X(T, str, line, title, .min = 1, .max = 120, .doc = "Title, 1 to 120 characters") \
	X(T, str, block, text, .min = 1, .max = 4000, .optional = true, .doc = "Text, 1 to 4000 characters")

#define CHANGE_REVIEW(X, T) \
	X(T, opt_i64, _, rating, .min = 1, .max = 5, .doc = "Number of stars, 1 (worst) to 5 (best)") \
	X(T, str, line, title, .min = 1, .max = 120, .optional = true, .doc = "Title, 1 to 120 characters") \
	X(T, str, block, text, .min = 1, .max = 4000, .optional = true, .nullable = true, \
	  .doc = "Text, 1 to 4000 characters; null removes it")

#define MODERATE_REVIEW(X, T) \
	X(T, choice, review_step, step, .doc = "publish or reject; the other steps are the author's") \
	X(T, str, block, reason, .min = 1, .max = 500, .optional = true, \
	  .doc = "Reason for the author; required to reject")

/* As everybody sees it, its author, and staff. */
#define REVIEW(X, T) \
	X(T, uuid, _, id, .doc = "Id of the review") \
	X(T, uuid, _, product_id, .doc = "Id of the product") \
	X(T, i64, _, rating, .doc = "Number of stars, 1 (worst) to 5 (best)") \
	X(T, str, line, title, .max = 120, .doc = "Title") \
	X(T, str, block, text, .max = 4000, .nullable = true, .doc = "Text, as plain text") \
	X(T, time, _, created_at, .doc = "Time of the submission") \
	X(T, time, _, updated_at, .doc = "Time of the last change")
#define OWN_REVIEW(X, T) \
	REVIEW(X, T) \
	X(T, choice, review_state, state, .doc = "Only published reviews are shown in the shop") \
	X(T, str, block, reason, .max = 500, .nullable = true, .doc = "Reason that a moderator gave") \
	X(T, i64, _, version, .doc = "Version: 1 at creation, one more with each change; also the ETag")
#define ADMIN_REVIEW(X, T) OWN_REVIEW(X, T) X(T, uuid, _, customer_id, .doc = "Id of the customer who wrote the review")

#define REVIEW_QUERY(X, T) X(T, opt_i64, _, filter_rating, .min = 1, .max = 5, .doc = "Only reviews with this rating")
#define ADMIN_REVIEW_QUERY(X, T) \
	X(T, choice, review_state, filter_state, .optional = true, .doc = "Only reviews in this state") \
	X(T, opt_uuid, _, filter_product_id, .doc = "Only reviews of this product")

#define RATING_HISTOGRAM(X, T) \
	X(T, i64, _, stars_1, .doc = "Number of reviews with 1 star") \
	X(T, i64, _, stars_2, .doc = "Number of reviews with 2 stars") \
	X(T, i64, _, stars_3, .doc = "Number of reviews with 3 stars") \
	X(T, i64, _, stars_4, .doc = "Number of reviews with 4 stars") \
	X(T, i64, _, stars_5, .doc = "Number of reviews with 5 stars")
#define PRODUCT_RATING(X, T) \
	X(T, i64, _, count, .doc = "Number of published reviews") \
	X(T, f64, _, average, .doc = "Average number of stars, rounded to two decimals; 0 without reviews") \
	X(T, object, rating_histogram, histogram, .doc = "The reviews, by number of stars")

#define REVIEW_SHAPES(STRUCT, OVER) \
	STRUCT(submit_review, SUBMIT_REVIEW, "A review to be submitted") \
	STRUCT(change_review, CHANGE_REVIEW, "Changes of a review; members that are left out stay as they are") \
	STRUCT(moderate_review, MODERATE_REVIEW, "A moderator's decision") \
	STRUCT(review_query, REVIEW_QUERY, "Filter of a product's reviews") \
	STRUCT(admin_review_query, ADMIN_REVIEW_QUERY, "Filter of the reviews of all products") \
	OVER(review, REVIEW, struct sql_review_row, "A published review") \
	OVER(own_review, OWN_REVIEW, struct sql_review_row, "A review as its author sees it") \
	OVER(admin_review, ADMIN_REVIEW, struct sql_review_row, "A review as staff see it") \
	OVER(rating_histogram, RATING_HISTOGRAM, struct sql_product_rating_row, \
	     "Published reviews by number of stars") \
	STRUCT(product_rating, PRODUCT_RATING, "How customers rate a product")
SCHEMA_DECLARE(REVIEW_SHAPES)

#define REVIEW_PROBLEMS(X) \
	X(not_bought, 403, "The customer has no delivered or collected order with the product") \
	X(review_exists, 409, "The customer has reviewed the product already")
REVIEW_PROBLEMS(PROBLEM_DECLARE)

#endif
