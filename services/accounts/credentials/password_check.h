/* SPDX-License-Identifier: Apache-2.0 */
/* Checks passwords for a request: refuses new ones that break a rule, compares old ones. */
#ifndef STOA_ACCOUNTS_PASSWORD_CHECK_H
#define STOA_ACCOUNTS_PASSWORD_CHECK_H

#include "accounts/sessions/login_throttle.h"

/* Refuses a new password that breaks the rules (domain/password_rules.h), naming the field. */
void password_require_fit(const char *pointer, struct str password, struct str email, struct str name);

/* password_check with a try of the login throttle, for the account with this login name: its hash when the password is
 * right; null when it is wrong or no account has the name, after the same time. The try is returned when nothing was
 * compared because too many requests wait. */
struct str password_check_throttled(struct request *req, const struct login_throttle_try *try, struct str email,
                                    struct str password);

#endif
