/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mail: asked for in the transaction of its cause, written by the worker. The event that carries it names the row only;
 * the row holds the secret until the message is out, and loses it then.
 */
#ifndef STOA_ACCOUNTS_MAIL_H
#define STOA_ACCOUNTS_MAIL_H

#include "base/uuid.h"
#include "db/db.h"
#include "events/consumer.h"

struct mail {
	struct uuid id;
	const char *template; /* a row of letters.c */
	struct str audience;
	struct str recipient; /* an address by the API's rules */
	struct str secret;    /* null: none */
};

void mail_send(struct tx *tx, const struct mail *mail, int64_t now_us);

/* Writes one message into the spool, or drops it when nobody has the address. */
extern const struct consumer deliver_mail_consumer;

#endif
