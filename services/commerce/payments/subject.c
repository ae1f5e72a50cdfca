/* SPDX-License-Identifier: Apache-2.0 */
#include "commerce/commerce.h"
#include "commerce/payments/payments_sql.h"
#include "commerce/payments/routes.h"

static const struct subscription subscriptions[] = {
	{ .name = "commerce.settle_refund", .consumer = &settle_refund_consumer },
};

const struct subject payments_subject = {
	.name = "payments",
	.sql = LIST(const struct sql_module *const, &sql_payments_module),
	.admin_routes = LIST(const struct routes *const, &payment_routes, &refund_routes),
	.subscriptions = SUBSCRIPTIONS(subscriptions),
};
