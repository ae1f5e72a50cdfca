/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of sessions show the table of their subject. */
#ifndef STOA_ACCOUNTS_SESSIONS_ROUTES_H
#define STOA_ACCOUNTS_SESSIONS_ROUTES_H

#include "events/consumer.h"
#include "service/route.h"

extern const struct routes session_routes, code_routes, external_routes, admin_session_routes, unlock_routes;

/* external.c: the keys of the outside identity provider on a loop; NULL when none is configured. */
void *provider_open(struct app *app);
void provider_close(void *state);

#endif
