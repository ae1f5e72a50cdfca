/* SPDX-License-Identifier: Apache-2.0 */
/* The tables. What these routes do is packages/events, which `stoa dead` and `stoa events` go by, too. */
#include "ops/ops.h"

#include "ops/api.h"
#include "ops/routes.h"
#include "ops/permissions.h"

void require_all_stores(const struct request *req)
{
	if (req->actor->scope.set)
		refuse(&problem_forbidden, "this shows all stores, and the account is tied to one");
}

static const struct subject subject = {
	.name = "ops",
	.admin_routes = LIST(const struct routes *const, &feed_routes, &dead_routes, &consumer_routes),
};

const struct service ops_service = {
	.name = "ops",
	.doc = "What operators see and do: events, dead letters, consumers, processes",
	.subjects = LIST(const struct subject *const, &subject),
	.problems = ops_problems,
	.permissions = &ops_permissions,
};
