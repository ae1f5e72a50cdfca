/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts/rate_rules.h"

#include "accounts/account.h"
#include "accounts/config.h"
#include "base/clock.h"
#include "service/app.h"
#include "service/refuse.h"

#define WINDOW_US (15 * 60 * US_PER_S)

/* clang-format off */
const struct rate_rule login_rate_rule =
	{ .name = "login", .window_us = WINDOW_US, RATE_QUOTA(accounts_config, rate_login) };
const struct rate_rule register_rate_rule =
	{ .name = "register", .window_us = WINDOW_US, RATE_QUOTA(accounts_config, rate_register) };
const struct rate_rule mail_rate_rule =
	{ .name = "mail", .window_us = WINDOW_US, RATE_QUOTA(accounts_config, rate_mail) };
/* clang-format on */

void check_rate(struct request *req, const struct rate_rule *rule, struct str email)
{
	struct rate_rule configured = app_rate_rule(req->app, rule);
	struct rate_verdict verdict =
	        rate_take(req->app->limiter, &configured,
	                  str_printf(task_arena(), "account:%.*s:%.*s", STR_ARG(audience_text(req)), STR_ARG(email)));

	if (!verdict.allowed)
		refuse_rate_limited(req, verdict.retry_after_us, rule->name);
}
