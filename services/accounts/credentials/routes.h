/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of credentials show the table of their subject. */
#ifndef STOA_ACCOUNTS_CREDENTIALS_ROUTES_H
#define STOA_ACCOUNTS_CREDENTIALS_ROUTES_H

#include "service/route.h"

extern const struct routes password_routes, verify_routes, admin_password_routes;

#endif
