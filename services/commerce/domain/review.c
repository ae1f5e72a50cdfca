/* SPDX-License-Identifier: Apache-2.0 */
#include "commerce/domain/review.h"

CHOICE_TABLE(review_state, REVIEW_STATES)
CHOICE_TABLE(review_step, REVIEW_STEPS)

/* clang-format off */
static const struct machine_row steps[] = {
	{ REVIEW_pending, REVIEW_published, BY_MODERATOR, .step = STEP_publish },
	{ REVIEW_pending, REVIEW_rejected, BY_MODERATOR, .step = STEP_reject, .guard = REVIEW_NEEDS_REASON },
	{ REVIEW_pending, REVIEW_pending, BY_AUTHOR, .step = STEP_edit },
	{ REVIEW_pending, REVIEW_withdrawn, BY_AUTHOR, .step = STEP_withdraw },
	{ REVIEW_published, REVIEW_rejected, BY_MODERATOR, .step = STEP_reject, .guard = REVIEW_NEEDS_REASON },
	{ REVIEW_published, REVIEW_pending, BY_AUTHOR, .step = STEP_edit },
	{ REVIEW_published, REVIEW_withdrawn, BY_AUTHOR, .step = STEP_withdraw },
	{ REVIEW_rejected, REVIEW_published, BY_MODERATOR, .step = STEP_publish },
	{ REVIEW_rejected, REVIEW_pending, BY_AUTHOR, .step = STEP_edit },
	{ REVIEW_rejected, REVIEW_withdrawn, BY_AUTHOR, .step = STEP_withdraw },
};
/* clang-format on */
const struct machine review_machine = MACHINE(review_state, steps, .steps = &review_step_choice);
