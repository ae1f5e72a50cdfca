/* SPDX-License-Identifier: Apache-2.0 */
/* Who may change the catalogue, and which texts it takes. */
#ifndef STOA_COMMERCE_CATALOGUE_RULES_H
#define STOA_COMMERCE_CATALOGUE_RULES_H

#include "commerce/domain/catalogue.h"
#include "service/route.h"

/* Refuses forbidden for staff of one store: the catalogue belongs to all stores. */
void catalogue_check_scope(const struct request *req);

/* Refuses invalid_body, if the text has a fault: catalogue_check_text("#/name", text_line_check(input->name)). */
void catalogue_check_text(const char *pointer, enum text_fault fault);

extern const struct routes admin_product_routes, admin_taxon_routes; /* for the subject's table */

#endif
