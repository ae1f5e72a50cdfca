/* SPDX-License-Identifier: Apache-2.0 */
/* What the admin routes of products and of departments, categories and brands share. */
#ifndef STOA_COMMERCE_CATALOGUE_ADMIN_H
#define STOA_COMMERCE_CATALOGUE_ADMIN_H

#include "commerce/catalogue/admin_api.h"
#include "service/route.h"

/* Refuses forbidden for staff of one store: the catalogue belongs to all stores. */
void catalogue_check_scope(const struct request *req);

/* Refuse invalid_body; null texts pass. */
void catalogue_check_line(struct str pointer, struct str text);
void catalogue_check_block(struct str pointer, struct str text);

NORETURN void catalogue_refuse_field(const struct problem *problem, struct str pointer, const char *detail);

/* A unique constraint, and the problem and field with which the reply refuses. */
struct taken {
	const char *constraint;
	const struct problem *problem;
	struct field_error field;
};

/* Ends the attempt, unless `refusal` is NULL: refuses what is taken, and repeats the attempt when another change
 * came first. */
void catalogue_check_stored(const struct tx_refusal *refusal, const struct taken *taken);

/* The longest sort key, in bytes, that a cursor carries. A longer key is left out of the cursor and read again. */
enum { CATALOGUE_KEY_MAX = 200 };

#endif
