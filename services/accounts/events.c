/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts/events.h"

SCHEMA_TABLE(account_changed_data, ACCOUNT_CHANGED, "An account after the change")
SCHEMA_TABLE(mail_requested_data, MAIL_REQUESTED, "A mail to be written")

ACCOUNTS_EVENTS(EVENT_DEFINE)

const struct event_types accounts_events = EVENT_TYPES(ACCOUNTS_EVENTS);
