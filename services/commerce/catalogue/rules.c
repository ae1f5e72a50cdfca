/* SPDX-License-Identifier: Apache-2.0 */
#include "commerce/catalogue/rules.h"

void catalogue_check_scope(const struct request *req)
{
	if (req->actor->scope.set)
		refuse(&problem_forbidden, "staff of one store cannot change the catalogue of all stores");
}

void catalogue_check_text(const char *pointer, enum text_fault fault)
{
	static const char *const rules[] = {
		[TEXT_BLANK_END] = "must not begin or end with a space",
		[TEXT_CONTROL] = "must not contain control characters",
	};

	if (fault)
		refuse_field(&problem_invalid_body, pointer, rules[fault]);
}
