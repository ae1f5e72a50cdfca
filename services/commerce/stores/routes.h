/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of stores show the table of their subject. */
#ifndef STOA_COMMERCE_STORES_ROUTES_H
#define STOA_COMMERCE_STORES_ROUTES_H

#include "service/route.h"

extern const struct routes store_routes, admin_store_routes;

#endif
