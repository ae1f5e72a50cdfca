/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What our mails say: one row a template. Nothing that a stranger can type is ever part of a text, not even the name of
 * the person: an account is soon made under somebody else's address, and its mail is ours.
 */
#ifndef STOA_ACCOUNTS_MAIL_TEMPLATES_H
#define STOA_ACCOUNTS_MAIL_TEMPLATES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/uuid.h"

/* Whom it is for: else it is dropped. */
enum mail_template_to { MAIL_TO_ANYONE, MAIL_TO_KNOWN, MAIL_TO_UNVERIFIED };

struct mail_template {
	const char *template;
	enum mail_template_to to;
	const char *subject; /* ASCII */
	const char *body;    /* lines of at most 78 characters; @LINK@ and @SECRET@ are filled in */
	const char *page;    /* where the link leads, below the site; NULL: no link */
};

const struct mail_template *mail_template_find(struct str template); /* NULL when unknown */

struct message {
	const struct mail_template *template;
	struct uuid id;
	const char *from, *site;
	struct str to;
	struct str secret; /* may be null */
	int64_t at_us;
};

/* The whole message by RFC 5322, lines ended by CR LF. Null when an address would break out of its header. */
struct str message_write(struct arena *arena, const struct message *message);

#endif
