/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STOA_ACCOUNTS_PAGES_H
#define STOA_ACCOUNTS_PAGES_H

#include "service/route.h"

extern const struct routes page_routes, admin_page_routes;

#endif
