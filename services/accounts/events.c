/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts/events.h"

SCHEMA_TABLE(account_changed_data, ACCOUNT_CHANGED, "An account as it is now")

const struct event_type account_changed = {
	.name = "account.changed",
	.aggregate = "account",
	.version = 1,
	.data = &account_changed_data_schema,
	.doc = "An account was made, or what it says of the person changed",
};

const struct event_type *const accounts_events[] = { &account_changed, NULL };
