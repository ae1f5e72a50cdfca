/* SPDX-License-Identifier: Apache-2.0 */
/* Starting and continuing a login; and the tables and functions shared by the files of sessions and their service. */
#ifndef STOA_ACCOUNTS_SESSION_H
#define STOA_ACCOUNTS_SESSION_H

#include "accounts/sessions/api.h"
#include "service/route.h"

/* Adds a login, the first refresh token of a family, to the transaction and returns the pair of tokens. The commit
 * conflicts when the account was disabled meanwhile, or no longer has the password with which `compared_hash` was
 * compared (null: none was). */
struct session_view session_add(struct request *req, struct tx *tx, const struct sql_account_row *account,
                                struct str compared_hash);

extern const struct routes code_routes, external_routes, unlock_routes;

/* external.c, for the service: the keys of the outside identity provider on a loop; NULL when none is configured. */
void *provider_open(struct app *app);
void provider_close(void *state);

#endif
