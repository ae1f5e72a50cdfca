/* SPDX-License-Identifier: Apache-2.0 */
/* The event of the account itself: each one carries the whole account. */
#ifndef STOA_ACCOUNTS_EVENTS_H
#define STOA_ACCOUNTS_EVENTS_H

#include "events/event.h"

#define ACCOUNT_CHANGED(X, T) \
	X(T, uuid, _, account_id, .doc = "Id of the account") \
	X(T, str, code, audience, .max = 16, .doc = "public or admin") \
	X(T, str, email, email, .max = 254, .doc = "E-mail address of the account, in lower case") \
	X(T, str, line, name, .max = 200, .doc = "Name of the person") \
	X(T, str, phone, phone, .max = 32, .optional = true, .doc = "Phone number") \
	X(T, str, code, role, .max = 32, .doc = "Role of the account") \
	X(T, boolean, _, disabled, .doc = "Whether the account is disabled: it cannot log in")

#define ACCOUNTS_EVENT_SHAPES(STRUCT, OVER) STRUCT(account_changed_data, ACCOUNT_CHANGED, "An account after the change")
SCHEMA_DECLARE(ACCOUNTS_EVENT_SHAPES)

#define ACCOUNTS_EVENTS(X) \
	X(account_changed, "account.changed", account, 1, account_changed_data, "An account was created or changed")
ACCOUNTS_EVENTS(EVENT_DECLARE)

#endif
