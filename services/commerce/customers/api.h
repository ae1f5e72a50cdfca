/* SPDX-License-Identifier: Apache-2.0 */
/* The shapes of customers' stored addresses. */
#ifndef STOA_COMMERCE_ADDRESS_API_H
#define STOA_COMMERCE_ADDRESS_API_H

#include "json/schema.h"

enum { ADDRESSES_MAX = 50 };

#define ADD_ADDRESS(X, T)                                                                                       \
	X(T, str, _, label, .max = 50, .optional = true, .doc = "Label chosen by the customer: home, office")   \
	X(T, str, _, recipient, .min = 1, .max = 200, .doc = "Name of the person who receives the goods")       \
	X(T, str, _, street, .min = 1, .max = 200, .doc = "Street and house number")                            \
	X(T, str, _, postal_code, .min = 1, .max = 16, .doc = "Postal code, 1 to 16 characters")                \
	X(T, str, _, city, .min = 1, .max = 100, .doc = "City")                                                 \
	X(T, str, _, country, .min = 2, .max = 2, .doc = "ISO 3166-1 alpha-2 code")                             \
	X(T, str, _, note, .max = 500, .optional = true, .doc = "Note for the courier: floor, bell, gate code") \
	X(T, opt_boolean, _, is_default,                                                                        \
	  .doc = "Whether this is the default address; the first address becomes the default")
SCHEMA_STRUCT(add_address, ADD_ADDRESS)

#define CHANGE_ADDRESS(X, T)                                                                                       \
	X(T, str, _, label, .max = 50, .optional = true,                                                           \
	  .doc = "Label chosen by the customer; an empty text removes it")                                         \
	X(T, str, _, recipient, .min = 1, .max = 200, .optional = true,                                            \
	  .doc = "Name of the person who receives the goods")                                                      \
	X(T, str, _, street, .min = 1, .max = 200, .optional = true, .doc = "Street and house number")             \
	X(T, str, _, postal_code, .min = 1, .max = 16, .optional = true, .doc = "Postal code, 1 to 16 characters") \
	X(T, str, _, city, .min = 1, .max = 100, .optional = true, .doc = "City")                                  \
	X(T, str, _, country, .min = 2, .max = 2, .optional = true, .doc = "ISO 3166-1 alpha-2 code")              \
	X(T, str, _, note, .max = 500, .optional = true,                                                           \
	  .doc = "Note for the courier: floor, bell, gate code; an empty text removes it")                         \
	X(T, opt_boolean, _, is_default, .doc = "true: becomes the default address; false: is no longer the default")
SCHEMA_STRUCT(change_address, CHANGE_ADDRESS)

#define ADDRESS_VIEW(X, T)                                                                                      \
	X(T, uuid, _, id, .doc = "Id of the address")                                                           \
	X(T, str, _, label, .max = 50, .nullable = true, .doc = "Label chosen by the customer")                 \
	X(T, str, _, recipient, .max = 200, .doc = "Name of the person who receives the goods")                 \
	X(T, str, _, street, .max = 200, .doc = "Street and house number")                                      \
	X(T, str, _, postal_code, .max = 16, .doc = "Postal code, 1 to 16 characters")                          \
	X(T, str, _, city, .max = 100, .doc = "City")                                                           \
	X(T, str, _, country, .max = 2, .doc = "ISO 3166-1 alpha-2 code")                                       \
	X(T, str, _, note, .max = 500, .nullable = true, .doc = "Note for the courier: floor, bell, gate code") \
	X(T, boolean, _, is_default, .doc = "Whether this is the default address; a customer has at most one")  \
	X(T, i64, _, version, .doc = "Version: 1 at creation, one more with each change; also the ETag")        \
	X(T, time, _, created_at, .doc = "Time of creation")                                                    \
	X(T, time, _, updated_at, .doc = "Time of the last change")
SCHEMA_STRUCT(address_view, ADDRESS_VIEW)

#define ADDRESS_PAGE(X, T) PAGE_ROWS(X, T, address_view)
SCHEMA_STRUCT(address_page, ADDRESS_PAGE)

#define ADDRESS_QUERY(X, T)                                                                         \
	X(T, opt_i64, _, limit, .min = 1, .max = 100, .doc = "Rows per page: 1 to 100, default 20") \
	X(T, str, _, cursor, .max = 500, .optional = true, .doc = "next_cursor of the previous page")
SCHEMA_STRUCT(address_query, ADDRESS_QUERY)

#endif
