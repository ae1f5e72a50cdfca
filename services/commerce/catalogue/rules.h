/* SPDX-License-Identifier: Apache-2.0 */
/* Who may change the catalogue. */
#ifndef STOA_COMMERCE_CATALOGUE_RULES_H
#define STOA_COMMERCE_CATALOGUE_RULES_H

#include "service/route.h"

/* Refuses forbidden for staff of one store: the catalogue belongs to all stores. */
void catalogue_check_scope(const struct request *req);

extern const struct routes admin_product_routes, admin_taxon_routes; /* for the subject's table */

#endif
