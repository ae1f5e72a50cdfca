/* SPDX-License-Identifier: Apache-2.0 */
/* Who may change the catalogue, and which texts it takes. */
#ifndef STOA_COMMERCE_CATALOGUE_RULES_H
#define STOA_COMMERCE_CATALOGUE_RULES_H

#include "service/request.h"

/* Refuses forbidden for staff of one store: the catalogue belongs to all stores. */
void catalogue_check_scope(const struct request *req);

/* Refuse invalid_body; null texts pass. */
void catalogue_check_line(const char *pointer, struct str text);
void catalogue_check_block(const char *pointer, struct str text);

NORETURN void catalogue_refuse_field(const struct problem *problem, const char *pointer, const char *detail);

#endif
