/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of sessions show the table of their subject. */
#ifndef STOA_ACCOUNTS_SESSIONS_ROUTES_H
#define STOA_ACCOUNTS_SESSIONS_ROUTES_H

#include "service/route.h"

extern const struct routes session_routes, me_routes, code_routes, external_routes;
extern const struct routes admin_session_routes, admin_me_routes, unlock_routes;

/* external.c: the keys of the outside identity provider on a loop; NULL when none is configured. */
void *provider_open(struct app *app);
void provider_close(void *state);

#endif
