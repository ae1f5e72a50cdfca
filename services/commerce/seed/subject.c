/* SPDX-License-Identifier: Apache-2.0 */
#include "commerce/commerce.h"
#include "commerce/seed/seed_sql.h"

const struct subject seed_subject = {
	.name = "seed",
	.sql = LIST(const struct sql_module *const, &sql_seed_module),
};
