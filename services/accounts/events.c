/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts/events.h"

SCHEMA_TABLE(account_changed_data, ACCOUNT_CHANGED, "An account as it is now")

SCHEMA_TABLE(mail_requested_data, MAIL_REQUESTED, "A mail to be written")

const struct event_type account_changed = {
	.name = "account.changed",
	.aggregate = "account",
	.version = 1,
	.data = &account_changed_data_schema,
	.doc = "An account was made, or what it says of the person changed",
};

const struct event_type mail_requested = {
	.name = "mail.requested",
	.aggregate = "mail",
	.version = 1,
	.data = &mail_requested_data_schema,
	.doc = "A mail is to be written to somebody",
};

const struct event_type *const accounts_events[] = { &account_changed, &mail_requested, NULL };
