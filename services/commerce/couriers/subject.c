/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "commerce/commerce.h"
#include "commerce/couriers/api.h"
#include "commerce/couriers/routes.h"

CHOICE_TABLE(delivery_failure, DELIVERY_FAILURES)
SCHEMA_DEFINE(COURIERS_SHAPES)
COURIERS_PROBLEMS(PROBLEM_DEFINE)

static const struct subscription subscriptions[] = {
	{ .name = "commerce.keep_courier", .consumer = &keep_courier_consumer },
};

const struct subject couriers_subject = {
	.name = "couriers",
	.sql = LIST(const struct sql_module *const, &sql_couriers_module),
	.public_routes = LIST(const struct routes *const, &courier_routes, &courier_proof_routes, &courier_self_routes),
	.subscriptions = SUBSCRIPTIONS(subscriptions),
	.periodic_jobs =
	        LIST(const struct periodic_job,
	             { .name = "commerce.purge_positions", .every_us = 3600 * US_PER_S, .run = purge_positions }),
};
