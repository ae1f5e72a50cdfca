/* SPDX-License-Identifier: Apache-2.0 */
/* Where a page of a list begins: the id and sort key of the last row of the page before, carried in the signed cursor.
 */
#ifndef STOA_SERVICE_PLACE_H
#define STOA_SERVICE_PLACE_H

#include "service/page.h"

struct place {
	bool set;
	struct uuid id;
	struct str key;
};

struct place place_read(struct request *req, struct str cursor);            /* refuses a cursor that is not ours */
struct str place_next(struct request *req, struct uuid id, struct str key); /* of the last row shown */

/* The key as the number it was made of; none when the place is not set. */
struct opt_i64 place_number(struct place place);
int64_t place_number_or(struct place place, int64_t first); /* `first` when the place is not set */
struct str number_key(int64_t number);

/* Rows to ask for: one more than the page shows, which tells whether there is another page. */
int64_t page_limit(struct opt_i64 limit);

/* What a page shows of that many rows found. */
struct page {
	bool has_more;
	size_t shown;
};
struct page page_cut(size_t found, struct opt_i64 limit);

#endif
