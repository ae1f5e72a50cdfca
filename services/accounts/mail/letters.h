/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What our mails say: one row a template. Nothing that a stranger can type is ever part of a text, not even the name of
 * the person: an account is soon made under somebody else's address, and its mail is ours.
 */
#ifndef STOA_ACCOUNTS_LETTERS_H
#define STOA_ACCOUNTS_LETTERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/uuid.h"

/* Whom it is for: else it is dropped. */
enum letter_to { LETTER_TO_ANYONE, LETTER_TO_KNOWN, LETTER_TO_UNVERIFIED };

struct letter {
	const char *template;
	enum letter_to to;
	const char *subject; /* ASCII */
	const char *body;    /* lines of at most 78 characters; @LINK@ and @SECRET@ are filled in */
	const char *page;    /* where the link leads, below the site; NULL: no link */
};

const struct letter *letter_find(struct str template); /* NULL when unknown */

struct message {
	const struct letter *letter;
	struct uuid id;
	const char *from, *site;
	struct str to;
	struct str secret; /* may be null */
	int64_t at_us;
};

/* The whole message by RFC 5322, lines ended by CR LF. Null when an address would break out of its header. */
struct str message_write(struct arena *arena, const struct message *message);

#endif
