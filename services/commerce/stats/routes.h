/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of stats show the table of their subject. */
#ifndef STOA_COMMERCE_STATS_ROUTES_H
#define STOA_COMMERCE_STATS_ROUTES_H

#include "service/route.h"

extern const struct routes stats_routes;

#endif
