/* SPDX-License-Identifier: Apache-2.0 */
#include "commerce/catalogue/rules.h"

#include "commerce/domain/catalogue.h"

void catalogue_check_scope(const struct request *req)
{
	if (req->actor->scope.set)
		refuse(&problem_forbidden, "staff of one store cannot change the catalogue of all stores");
}

NORETURN void catalogue_refuse_field(const struct problem *problem, const char *pointer, const char *detail)
{
	refuse_fields(problem, &(struct field_error){ str_from(pointer), str_from(detail) }, 1);
}

static void check_text(const char *pointer, enum text_fault fault)
{
	static const char *const rules[] = {
		[TEXT_BLANK_END] = "must not begin or end with a space",
		[TEXT_CONTROL] = "must not contain control characters",
	};

	if (fault)
		catalogue_refuse_field(&problem_invalid_body, pointer, rules[fault]);
}

void catalogue_check_line(const char *pointer, struct str text)
{
	check_text(pointer, text_line_check(text));
}

void catalogue_check_block(const char *pointer, struct str text)
{
	check_text(pointer, text_block_check(text));
}
