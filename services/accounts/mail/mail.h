/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mail: requested in the transaction of its cause, written by the worker. The event has only the id of the row; the row
 * has the secret until the message is written, and then loses it.
 */
#ifndef STOA_ACCOUNTS_MAIL_H
#define STOA_ACCOUNTS_MAIL_H

#include "base/uuid.h"
#include "db/db.h"
#include "events/consumer.h"

struct mail {
	struct uuid id;
	const char *template; /* a row of templates.c */
	struct str audience;
	struct str recipient; /* an e-mail address that the API has checked */
	struct str secret;    /* null: none */
};

void mail_send(struct tx *tx, const struct mail *mail, int64_t now_us);

/* Writes one message into the spool, or drops it when no account has the address. */
extern const struct consumer deliver_mail_consumer;

#endif
