/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of people show the table of their subject, and of their service. */
#ifndef STOA_ACCOUNTS_PEOPLE_ROUTES_H
#define STOA_ACCOUNTS_PEOPLE_ROUTES_H

#include "service/service.h"

extern const struct routes people_routes, service_key_routes;
extern const struct service_keys accounts_keys;

#endif
