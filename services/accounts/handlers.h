/* SPDX-License-Identifier: Apache-2.0 */
/* What the route tables in accounts.c point at. */
#ifndef STOA_ACCOUNTS_HANDLERS_H
#define STOA_ACCOUNTS_HANDLERS_H

#include "service/route.h"

extern const struct route password_routes[], admin_password_routes[]; /* passwords.c */
extern const struct route code_routes[];                              /* codes.c */
extern const struct route verify_routes[];                            /* verify.c */
extern const struct route unlock_routes[];                            /* unlock.c */

extern const struct route external_routes[];    /* external.c */
extern const struct route people_routes[];      /* people.c */
extern const struct route service_key_routes[]; /* service_keys.c */
extern const struct service_keys accounts_keys;

/* external.c: the keys of the outside identity provider, where one is configured. */
void *accounts_open(struct app *app);
void accounts_close(void *state);

void account_register(struct request *req);
void account_login(struct request *req);
void session_refresh(struct request *req);
void session_logout(struct request *req);
void session_logout_all(struct request *req);
void me_get(struct request *req);
void me_change(struct request *req);

#endif
