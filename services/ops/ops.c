/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of the service. packages/events does the work, for these routes and for `stoa dead` and `stoa events`. */
#include "ops/ops.h"

#include "ops/api.h"
#include "ops/permissions.h"

SCHEMA_DEFINE(OPS_SHAPES)
OPS_PROBLEMS(PROBLEM_DEFINE)

OPS_PERMISSIONS(PERMISSION_DEFINE)
static const struct permission_list permissions =
        LIST(const struct permission *const, OPS_PERMISSIONS(PERMISSION_ENTRY));

void require_all_stores(const struct request *req)
{
	if (req->actor->scope.set)
		refuse(&problem_forbidden, "this shows data of all stores, but the account belongs to one store");
}

static const struct subject subject = {
	.name = "ops",
	.admin_routes = LIST(const struct routes *const, &feed_routes, &dead_routes, &consumer_routes),
};

const struct service ops_service = {
	.name = "ops",
	.doc = "For operators: events, dead letters, consumers, processes",
	.subjects = LIST(const struct subject *const, &subject),
	.permissions = &permissions,
};
