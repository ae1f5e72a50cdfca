/* SPDX-License-Identifier: Apache-2.0 */
/* Looking at passwords on behalf of a request: new ones that are unfit are refused, old ones are compared. */
#ifndef STOA_ACCOUNTS_PASSWORD_CHECK_H
#define STOA_ACCOUNTS_PASSWORD_CHECK_H

#include "accounts/sessions/login_throttle.h"

/* Refuses a new password that the rules (domain/password_rules.h) do not allow, naming the field. */
void password_require_fit(const char *pointer, struct str password, struct str email, struct str name);

/* password_check under a guard: the try is given back when nothing could be compared because too many wait. */
bool password_check_throttled(struct request *req, const struct login_throttle_try *try, struct str password,
                              struct str hash);

#endif
