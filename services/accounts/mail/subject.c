/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts/accounts.h"
#include "accounts/mail/events.h"
#include "accounts/mail/mail.h"
#include "accounts/mail/mail_sql.h"
#include "base/clock.h"

SCHEMA_DEFINE(MAIL_EVENT_SHAPES)
MAIL_EVENTS(EVENT_DEFINE)

static const struct event_types events = EVENT_TYPES(MAIL_EVENTS);

static const struct subscription subscriptions[] = {
	/* An operator must repair a spool that cannot be written: the event is tried for hours before it is given up.
	 */
	{
	        .name = "accounts.deliver_mail",
	        .consumer = &deliver_mail_consumer,
	        .retry = { .attempts = 30, .base_us = 2 * US_PER_S, .cap_us = 600 * US_PER_S },
	},
};

const struct subject mail_subject = {
	.name = "mail",
	.sql = LIST(const struct sql_module *const, &sql_mail_module),
	.subscriptions = SUBSCRIPTIONS(subscriptions),
	.events = &events,
};
