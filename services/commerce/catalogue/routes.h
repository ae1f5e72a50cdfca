/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of catalogue show the table of their subject. */
#ifndef STOA_COMMERCE_CATALOGUE_ROUTES_H
#define STOA_COMMERCE_CATALOGUE_ROUTES_H

#include "service/route.h"

extern const struct routes catalogue_routes, admin_product_routes, admin_taxon_routes;

#endif
