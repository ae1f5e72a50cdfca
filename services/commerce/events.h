/* SPDX-License-Identifier: Apache-2.0 */
/* The events of other services that commerce reads, with shapes of its own: services never include each other. */
#ifndef STOA_COMMERCE_EVENTS_H
#define STOA_COMMERCE_EVENTS_H

#include "events/event.h"

/* account.changed, with the members that commerce reads. */
#define COMMERCE_ACCOUNT(X, T) \
	X(T, uuid, _, account_id, .doc = "Id of the account") \
	X(T, str, code, audience, .max = 16, .doc = "public or admin") \
	X(T, str, email, email, .max = 254, .doc = "E-mail address of the account, in lower case") \
	X(T, str, line, name, .max = 200, .doc = "Name of the person") \
	X(T, str, phone, phone, .max = 32, .optional = true, .doc = "Phone number") \
	X(T, str, code, role, .max = 32, .doc = "Role of the account") \
	X(T, opt_boolean, _, disabled, .doc = "Whether the account is disabled: it cannot log in")

#define COMMERCE_EVENT_SHAPES(STRUCT, OVER) \
	STRUCT(commerce_account_data, COMMERCE_ACCOUNT, "An account, with the members that commerce reads")
SCHEMA_DECLARE(COMMERCE_EVENT_SHAPES)

#define COMMERCE_EVENTS_HEARD(X) \
	X(commerce_account_changed, "account.changed", account, 1, commerce_account_data, "Emitted by accounts")
COMMERCE_EVENTS_HEARD(EVENT_DECLARE)

#endif
