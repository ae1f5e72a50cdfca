/* SPDX-License-Identifier: Apache-2.0 */
/* A check for routes that give access to others, in addition to their permission. */
#ifndef STOA_ACCOUNTS_PEOPLE_H
#define STOA_ACCOUNTS_PEOPLE_H

#include "service/route.h"

/* Refuses (401) when the account has been disabled, or lost the route's permission, since its token was made. */
void reauthorise(struct request *req);

#endif
