/* SPDX-License-Identifier: Apache-2.0 */
/* The event of mail. It has only the id of the row: the row has the secret. */
#ifndef STOA_ACCOUNTS_MAIL_EVENTS_H
#define STOA_ACCOUNTS_MAIL_EVENTS_H

#include "events/event.h"

#define MAIL_REQUESTED(X, T) X(T, uuid, _, mail_id, .doc = "Id of the mail; no event has its content")

#define MAIL_EVENT_SHAPES(STRUCT, OVER) STRUCT(mail_requested_data, MAIL_REQUESTED, "A mail to be written")
SCHEMA_DECLARE(MAIL_EVENT_SHAPES)

#define MAIL_EVENTS(X) X(mail_requested, "mail.requested", mail, 1, mail_requested_data, "A mail was requested")
MAIL_EVENTS(EVENT_DECLARE)

#endif
