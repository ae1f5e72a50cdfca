/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mail templates: one row each. No text contains anything that a stranger can enter, not even the person's name:
 * anybody can create an account with the address of another person, and we send its mail.
 */
#ifndef STOA_ACCOUNTS_MAIL_TEMPLATES_H
#define STOA_ACCOUNTS_MAIL_TEMPLATES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/uuid.h"

/* Which addresses get the mail; for others it is dropped. */
enum mail_template_to { MAIL_TO_ANYONE, MAIL_TO_KNOWN, MAIL_TO_UNVERIFIED, MAIL_TO_UNKNOWN };

struct mail_template {
	const char *template;
	enum mail_template_to to;
	const char *known;   /* the template, without the secret, for addresses that have an account; NULL: this one */
	const char *subject; /* ASCII */
	const char *body;    /* lines of at most 78 characters; @LINK@ and @SECRET@ are filled in */
	const char *page;    /* path of the link, below the site; NULL: no link */
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

/* The whole message (RFC 5322), with CR LF line ends. Null when an address is not safe in a header. */
struct str message_write(struct arena *arena, const struct message *message);

#endif
