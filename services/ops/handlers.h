/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STOA_OPS_HANDLERS_H
#define STOA_OPS_HANDLERS_H

#include "service/route.h"

extern const struct route feed_routes[];
extern const struct route dead_routes[];
extern const struct route consumer_routes[];

enum { OPS_PAGE_DEFAULT = 20 };

/* What is shown here is of all stores: staff who are tied to one are refused. */
void require_all_stores(const struct request *req);

struct str operator_name(const struct request *req); /* who decides, for the record: "staff:<id>" */

/* Rows to ask for: one more than the page shows, which tells whether there is another page. */
int64_t rows_wanted(struct opt_i64 limit);

#endif
