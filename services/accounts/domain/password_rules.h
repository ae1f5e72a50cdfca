/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Forbidden passwords, in addition to the lengths of the schemas: those that an attacker tries first. There are no
 * rules about kinds of characters (NIST SP 800-63B section 5.1.1.2 advises against them): they make passwords worse.
 */
#ifndef STOA_ACCOUNTS_DOMAIN_PASSWORD_RULES_H
#define STOA_ACCOUNTS_DOMAIN_PASSWORD_RULES_H

#include "base/str.h"

enum password_refusal {
	PASSWORD_FINE,
	PASSWORD_IS_ADDRESS, /* the e-mail address, or the part before its @ */
	PASSWORD_IS_NAME,    /* the person's name, with or without its spaces */
	PASSWORD_IS_COMMON,  /* one of the most common passwords, with any digits and signs around it */
	PASSWORD_IS_DULL,    /* fewer than four different characters */
};

/* Ignores case. `name` may be null. */
enum password_refusal password_judge(struct str password, struct str email, struct str name);

/* The broken rule, as a text for the person; NULL for PASSWORD_FINE. */
const char *password_refusal_text(enum password_refusal refusal);

#endif
