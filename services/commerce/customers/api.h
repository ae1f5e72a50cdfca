/* SPDX-License-Identifier: Apache-2.0 */
/* The shapes of the addresses people keep. */
#ifndef STOA_COMMERCE_ADDRESS_API_H
#define STOA_COMMERCE_ADDRESS_API_H

#include "json/schema.h"

enum { ADDRESSES_MAX = 50 };

#define ADD_ADDRESS(X, T)                                                                                \
	X(T, str, _, label, .max = 50, .optional = true, .doc = "What its owner calls it: home, office") \
	X(T, str, _, recipient, .min = 1, .max = 200, .doc = "Who takes the goods")                      \
	X(T, str, _, street, .min = 1, .max = 200, .doc = "Street and house number")                     \
	X(T, str, _, postal_code, .min = 1, .max = 16, .doc = "Postal code")                             \
	X(T, str, _, city, .min = 1, .max = 100, .doc = "City")                                          \
	X(T, str, _, country, .min = 2, .max = 2, .doc = "ISO 3166-1 alpha-2 code")                      \
	X(T, str, _, note, .max = 500, .optional = true, .doc = "Floor, bell, gate code")                \
	X(T, opt_boolean, _, is_default, .doc = "Offer it first; the first address of all is by itself")
SCHEMA_STRUCT(add_address, ADD_ADDRESS)

#define CHANGE_ADDRESS(X, T)                                                                               \
	X(T, str, _, label, .max = 50, .optional = true, .doc = "What its owner calls it; empty: nothing") \
	X(T, str, _, recipient, .min = 1, .max = 200, .optional = true, .doc = "Who takes the goods")      \
	X(T, str, _, street, .min = 1, .max = 200, .optional = true, .doc = "Street and house number")     \
	X(T, str, _, postal_code, .min = 1, .max = 16, .optional = true, .doc = "Postal code")             \
	X(T, str, _, city, .min = 1, .max = 100, .optional = true, .doc = "City")                          \
	X(T, str, _, country, .min = 2, .max = 2, .optional = true, .doc = "ISO 3166-1 alpha-2 code")      \
	X(T, str, _, note, .max = 500, .optional = true, .doc = "Floor, bell, gate code; empty: none")     \
	X(T, opt_boolean, _, is_default, .doc = "true: offer it first, instead of the one before; false: not")
SCHEMA_STRUCT(change_address, CHANGE_ADDRESS)

#define ADDRESS_VIEW(X, T)                                                                 \
	X(T, uuid, _, id, .doc = "Identifies the address")                                 \
	X(T, str, _, label, .max = 50, .nullable = true, .doc = "What its owner calls it") \
	X(T, str, _, recipient, .max = 200, .doc = "Who takes the goods")                  \
	X(T, str, _, street, .max = 200, .doc = "Street and house number")                 \
	X(T, str, _, postal_code, .max = 16, .doc = "Postal code")                         \
	X(T, str, _, city, .max = 100, .doc = "City")                                      \
	X(T, str, _, country, .max = 2, .doc = "ISO 3166-1 alpha-2 code")                  \
	X(T, str, _, note, .max = 500, .nullable = true, .doc = "Floor, bell, gate code")  \
	X(T, boolean, _, is_default, .doc = "Whether it is offered first; at most one is") \
	X(T, i64, _, version, .doc = "Counts changes; also the ETag")                      \
	X(T, time, _, created_at, .doc = "When it was added")                              \
	X(T, time, _, updated_at, .doc = "When it changed last")
SCHEMA_STRUCT(address_view, ADDRESS_VIEW)

#define ADDRESS_PAGE(X, T) PAGE_ROWS(X, T, address_view)
SCHEMA_STRUCT(address_page, ADDRESS_PAGE)

#define ADDRESS_QUERY(X, T)                                                             \
	X(T, opt_i64, _, limit, .min = 1, .max = 100, .doc = "Rows a page, default 20") \
	X(T, str, _, cursor, .max = 500, .optional = true, .doc = "next_cursor of the page before")
SCHEMA_STRUCT(address_query, ADDRESS_QUERY)

#endif
