/* SPDX-License-Identifier: Apache-2.0 */
/* The events of accounts. */
#ifndef STOA_ACCOUNTS_EVENTS_H
#define STOA_ACCOUNTS_EVENTS_H

#include "events/event.h"
#include "json/schema.h"

#define ACCOUNT_CHANGED(X, T)                                                                  \
	X(T, uuid, _, account_id, .doc = "Id of the account")                                  \
	X(T, str, _, audience, .max = 16, .doc = "public or admin")                            \
	X(T, str, _, email, .max = 254, .doc = "E-mail address of the account, in lower case") \
	X(T, str, _, name, .max = 200, .doc = "Name of the person")                            \
	X(T, str, _, phone, .max = 32, .optional = true, .doc = "Phone number")                \
	X(T, str, _, role, .max = 32, .doc = "Role of the account")                            \
	X(T, boolean, _, disabled, .doc = "Whether the account is disabled: it cannot log in")
SCHEMA_STRUCT(account_changed_data, ACCOUNT_CHANGED)

#define MAIL_REQUESTED(X, T) X(T, uuid, _, mail_id, .doc = "Id of the mail; no event has its content")
SCHEMA_STRUCT(mail_requested_data, MAIL_REQUESTED)

/* account.changed carries the whole of an account, each time. */
#define ACCOUNTS_EVENTS(X)                                                                                           \
	X(account_changed, "account.changed", account, 1, account_changed_data, "An account was created or changed") \
	X(mail_requested, "mail.requested", mail, 1, mail_requested_data, "A mail was requested")
ACCOUNTS_EVENTS(EVENT_DECLARE)

extern const struct event_types accounts_events;

#endif
