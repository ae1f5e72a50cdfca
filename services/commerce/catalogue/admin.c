/* SPDX-License-Identifier: Apache-2.0 */
#include "commerce/catalogue/admin.h"

#include "base/check.h"
#include "task/task.h"

void catalogue_check_scope(const struct request *req)
{
	if (req->actor->scope.set)
		refuse(&problem_forbidden, "staff of one store cannot change the catalogue of all stores");
}

NORETURN void catalogue_refuse_field(const struct problem *problem, struct str pointer, const char *detail)
{
	refuse_fields(problem, &(struct field_error){ pointer, str_from(detail) }, 1);
}

static void catalogue_check_text(struct str pointer, enum text_fault fault)
{
	static const char *const rules[] = {
		[TEXT_BLANK_END] = "must not begin or end with a space",
		[TEXT_CONTROL] = "must not contain control characters",
	};

	if (fault)
		catalogue_refuse_field(&problem_invalid_body, pointer, rules[fault]);
}

void catalogue_check_line(struct str pointer, struct str text)
{
	catalogue_check_text(pointer, text_line_check(text));
}

void catalogue_check_block(struct str pointer, struct str text)
{
	catalogue_check_text(pointer, text_block_check(text));
}

void catalogue_check_stored(const struct tx_refusal *refusal, const struct taken *taken)
{
	if (!refusal)
		return;
	if (refusal->kind == TX_UNIQUE && str_eq(refusal->constraint, str_from(taken->constraint)))
		refuse_fields(taken->problem, &taken->field, 1);
	if (refusal->kind == TX_EXPECTATION)
		fail_conflict("the resource has changed, or the resource it belongs to was deleted");
	fail("the constraint %.*s refused a change of the catalogue", STR_ARG(refusal->constraint));
}
