/* SPDX-License-Identifier: Apache-2.0 */
#include "commerce/catalogue/rules.h"

#include "commerce/catalogue/api.h"

void catalogue_check_scope(const struct request *req)
{
	if (req->actor->scope.set)
		refuse(&problem_forbidden, "staff of one store cannot change the catalogue of all stores");
}

const struct format sku_format = {
	.pattern = "^[A-Za-z0-9][A-Za-z0-9._/-]*$",
	.rule = "must have only A to Z, a to z, 0 to 9 and . _ - /, and begin with a letter or digit",
	.accepts = sku_valid
};
