/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a review: authors submit, edit and withdraw it, moderators decide whether the shop shows it. */
#ifndef STOA_COMMERCE_DOMAIN_REVIEW_H
#define STOA_COMMERCE_DOMAIN_REVIEW_H

#include "base/machine.h"

#define REVIEW_STATES(X) X(REVIEW, pending) X(REVIEW, published) X(REVIEW, rejected) X(REVIEW, withdrawn)
CHOICE_ENUM(review_state, REVIEW_STATES)

#define REVIEW_STEPS(X) X(STEP, publish) X(STEP, reject) X(STEP, edit) X(STEP, withdraw)
CHOICE_ENUM(review_step, REVIEW_STEPS)

enum review_actor { BY_AUTHOR = 1, BY_MODERATOR = 2 };
enum review_guard { REVIEW_NEEDS_REASON = 1 };

extern const struct machine review_machine;

#endif
