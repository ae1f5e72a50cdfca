/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists, a page at a time. The row of a route names the list it answers. The door reads ?limit=, ?cursor=, ?include=total
 * and, where the list has more than one order, ?sort=, documents them, and sets req->page.
 *
 *     HANDLER(brand_list, brand_query, brand)        (brand_query has the filters only; a page gives its item)
 *     {
 *             reply_page(req, sql_brands(req->db, .page = req->page, .search = input->q));
 *     }
 *     ..
 *             { GET("/api/admin/brands", brand_list), .doc = "..", .needs = .., .list = &sql_brands_list },
 *
 * Pages are keyset pages: a cursor carries the key values of the last row shown, not the row, so a row that is renamed
 * or deleted meanwhile loses no other. A text among the keys may have up to PAGE_KEY_TEXT_MAX bytes, all of one order
 * together. Cursors are signed, and good for the route, filters and order they came from, and but for routes of
 * &permission_anyone for the account; any other is refused with invalid_cursor.
 *
 * A list whose statements are not generated from one (db/sql.h) declares its struct sql_list by hand, with the orders'
 * statements NULL, and gives them req->page.after[i], where req->page.after_set, and req->page.limit. Where req->page.total is
 * there, it counts its rows into it, up to SQL_TOTAL_MAX and one.
 */
#ifndef STOA_SERVICE_PAGE_H
#define STOA_SERVICE_PAGE_H

#include "service/route.h"

enum { PAGE_LIMIT_DEFAULT = 20, PAGE_LIMIT_MAX = 100, PAGE_KEY_TEXT_MAX = 4000 };

/* Answers {"data":[..],"has_more":..,"next_cursor":..} and sets Link (RFC 8288). `found` is evaluated once; it has the
 * rows of the route's list, { rows, count }, up to req->page.limit of them: one more than the page shows. */
#define reply_page(req, ...) \
	do { \
		const __typeof__(__VA_ARGS__) found_ = (__VA_ARGS__); \
		reply_page_rows((req), found_.rows, found_.count, sizeof(*found_.rows), HANDLER_OUTPUT(found_.rows)); \
	} while (0)

/* The same where an item is more than its row: views[i] stands for found.rows[i]; page_shown() of them are needed.
 * `found` is a variable. */
#define reply_page_of(req, found, views) \
	reply_page_rows((req), (found).rows, (found).count, sizeof(*(found).rows), HANDLER_OUTPUT(views))

/* How many of `count` rows found the page shows. */
size_t page_shown(const struct request *req, size_t count);

/* A LIKE pattern that finds the text literally, anywhere; null for null. For addresses and numbers: words of names are
 * found by stoa.search_patterns(). */
struct str search_pattern(struct str words);

/* Behind the macros. */
void reply_page_rows(struct request *req, const void *rows, size_t count, size_t row_size, const void *items);

#endif
