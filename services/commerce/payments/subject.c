/* SPDX-License-Identifier: Apache-2.0 */
#include "commerce/commerce.h"
#include "commerce/payments/api.h"
#include "commerce/payments/events.h"
#include "commerce/payments/routes.h"

CHOICE_TABLE(payment_kind, PAYMENT_KINDS)
CHOICE_TABLE(refund_state, REFUND_STATES)
SCHEMA_DEFINE(PAYMENTS_SHAPES)
SCHEMA_DEFINE(PAYMENTS_EVENT_SHAPES)
PAYMENTS_PROBLEMS(PROBLEM_DEFINE)
PAYMENTS_EVENTS(EVENT_DEFINE)
static const struct event_types events = EVENT_TYPES(PAYMENTS_EVENTS);

static const struct subscription subscriptions[] = {
	{ .name = "commerce.settle_refund", .consumer = &settle_refund_consumer },
};

const struct subject payments_subject = {
	.name = "payments",
	.sql = LIST(const struct sql_module *const, &sql_payments_module),
	.admin_routes = LIST(const struct routes *const, &payment_routes, &refund_routes),
	.subscriptions = SUBSCRIPTIONS(subscriptions),
	.events = &events,
};
