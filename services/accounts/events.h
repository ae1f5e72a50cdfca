/* SPDX-License-Identifier: Apache-2.0 */
/* The events of accounts. */
#ifndef STOA_ACCOUNTS_EVENTS_H
#define STOA_ACCOUNTS_EVENTS_H

#include "events/event.h"
#include "json/schema.h"

#define ACCOUNT_CHANGED(X, T)                                                    \
	X(T, uuid, _, account_id, .doc = "The account")                          \
	X(T, str, _, audience, .max = 16, .doc = "public or admin")              \
	X(T, str, _, email, .max = 254, .doc = "Its address, lower case")        \
	X(T, str, _, name, .max = 200, .doc = "How to call the person")          \
	X(T, str, _, phone, .max = 32, .optional = true, .doc = "Where to ring") \
	X(T, str, _, role, .max = 32, .doc = "Its role")                         \
	X(T, boolean, _, disabled, .doc = "Whether it is shut out")
SCHEMA_STRUCT(account_changed_data, ACCOUNT_CHANGED)

#define MAIL_REQUESTED(X, T) X(T, uuid, _, mail_id, .doc = "The mail; what it says is in no event")
SCHEMA_STRUCT(mail_requested_data, MAIL_REQUESTED)

/* account.changed carries the whole of an account, each time. */
#define ACCOUNTS_EVENTS(X)                                                      \
	X(account_changed, "account.changed", account, 1, account_changed_data, \
	  "An account was made, or what it says of the person changed")         \
	X(mail_requested, "mail.requested", mail, 1, mail_requested_data, "A mail is to be written to somebody")
ACCOUNTS_EVENTS(EVENT_DECLARE)

extern const struct event_types accounts_events;

#endif
