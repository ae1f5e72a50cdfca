/* SPDX-License-Identifier: Apache-2.0 */
/* What the keeping of products and of their groups has in common. */
#ifndef STOA_COMMERCE_CATALOGUE_ADMIN_H
#define STOA_COMMERCE_CATALOGUE_ADMIN_H

#include "commerce/catalogue/admin_api.h"
#include "service/route.h"

/* The catalogue is all stores': whoever is tied to one only reads it. */
void catalogue_check_scope(const struct request *req);

/* Refuse invalid_body; null texts pass. */
void catalogue_check_line(struct str pointer, struct str text);
void catalogue_check_block(struct str pointer, struct str text);

NORETURN void catalogue_refuse_field(const struct problem *problem, struct str pointer, const char *detail);

/* How the database says that a name is taken, and how we do. */
struct taken {
	const char *constraint;
	const struct problem *problem;
	struct field_error field;
};

/* Ends the attempt, unless `refusal` is NULL: refuses what is taken, repeats what lost against another change. */
void catalogue_check_stored(const struct tx_refusal *refusal, const struct taken *taken);

/* The longest sort key, in bytes, that a cursor carries. Longer ones are left out of it and read again. */
enum { CATALOGUE_KEY_MAX = 200 };

#endif
