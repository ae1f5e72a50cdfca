/* SPDX-License-Identifier: Apache-2.0 */
/* What happens to a review. Each change emits one event; the version numbers them. */
#ifndef STOA_COMMERCE_REVIEWS_EVENTS_H
#define STOA_COMMERCE_REVIEWS_EVENTS_H

#include "events/event.h"

#define REVIEW_EVENT(X, T) \
	X(T, uuid, _, review_id, .doc = "Id of the review") \
	X(T, uuid, _, product_id, .doc = "Id of the product") \
	X(T, uuid, _, customer_id, .doc = "Id of the customer who wrote the review") \
	X(T, i64, _, rating, .doc = "Number of stars, 1 (worst) to 5 (best)") \
	X(T, str, block, reason, .max = 500, .optional = true, .doc = "Reason that a moderator gave")

#define REVIEW_EVENT_SHAPES(STRUCT, OVER) STRUCT(review_event_data, REVIEW_EVENT, "A review after a step")
SCHEMA_DECLARE(REVIEW_EVENT_SHAPES)

#define REVIEW_EVENTS(X) \
	X(review_submitted, "review.submitted", review, 1, review_event_data, \
	  "A review was written or changed; it waits for a moderator") \
	X(review_published, "review.published", review, 1, review_event_data, "A moderator published a review") \
	X(review_rejected, "review.rejected", review, 1, review_event_data, "A moderator rejected a review") \
	X(review_withdrawn, "review.withdrawn", review, 1, review_event_data, "The author withdrew a review")
REVIEW_EVENTS(EVENT_DECLARE)

#endif
