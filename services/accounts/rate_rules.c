/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts/rate_rules.h"

#include "accounts/config.h"
#include "base/clock.h"

enum { WINDOW_S = 15 * 60 };

const struct rate_rule login_rate_rule = {
	.name = "login",
	.window_us = WINDOW_S * US_PER_S,
	RATE_QUOTA(accounts_config, rate_login),
};

const struct rate_rule register_rate_rule = {
	.name = "register",
	.window_us = WINDOW_S * US_PER_S,
	RATE_QUOTA(accounts_config, rate_register),
};

const struct rate_rule mail_rate_rule = {
	.name = "mail",
	.window_us = WINDOW_S * US_PER_S,
	RATE_QUOTA(accounts_config, rate_mail),
};
