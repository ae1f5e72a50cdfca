/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mail: requested in the transaction of its cause, written by the worker. The event has only the id of the row; the row
 * has the secret until the message is written, and then loses it.
 */
#ifndef STOA_ACCOUNTS_MAIL_H
#define STOA_ACCOUNTS_MAIL_H

#include "accounts/mail/mail_sql.h"
#include "db/db.h"

/* Requests a mail: mail_send(tx, .id = .., .template = STR("invitation"), ..). The template is a row of templates.c, the
 * recipient an e-mail address that the API has checked, the secret may be null. */
#define mail_send(tx, ...) mail_send_((tx), &(struct sql_mail_insert_params){ __VA_ARGS__ })
void mail_send_(struct tx *tx, const struct sql_mail_insert_params *mail);

#endif
