/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of stock show the table of their subject. */
#ifndef STOA_COMMERCE_STOCK_ROUTES_H
#define STOA_COMMERCE_STOCK_ROUTES_H

#include "service/route.h"

extern const struct routes stock_routes;

#endif
