/* SPDX-License-Identifier: Apache-2.0 */
/* The shapes of customers' stored addresses, and what can be wrong with them. */
#ifndef STOA_COMMERCE_CUSTOMERS_API_H
#define STOA_COMMERCE_CUSTOMERS_API_H

#include "commerce/api.h"
#include "commerce/customers/addresses_sql.h"

enum { ADDRESSES_MAX = 50 };

#define ADD_ADDRESS(X, T) \
	X(T, str, line, label, .max = 50, .optional = true, .doc = "Label chosen by the customer: home, office") \
	ORDER_ADDRESS(X, T) \
	X(T, opt_boolean, _, is_default, \
	  .doc = "Whether this is the default address; the first address becomes the default")

#define CHANGE_ADDRESS(X, T) \
	X(T, str, line, label, .max = 50, .optional = true, .nullable = true, \
	  .doc = "Label chosen by the customer; null or an empty text removes it") \
	ADDRESS_LINES(X, T, true) \
	X(T, str, block, note, .max = 500, .optional = true, .nullable = true, \
	  .doc = "Note for the courier: floor, bell, gate code; null or an empty text removes it") \
	X(T, opt_boolean, _, is_default, .doc = "true: becomes the default address; false: is no longer the default")

#define ADDRESS_VIEW(X, T) \
	X(T, uuid, _, id, .doc = "Id of the address") \
	X(T, str, line, label, .max = 50, .nullable = true, .doc = "Label chosen by the customer") \
	ADDRESS_LINES(X, T, false) \
	X(T, str, block, note, .max = 500, .nullable = true, .doc = "Note for the courier: floor, bell, gate code") \
	X(T, boolean, _, is_default, .doc = "Whether this is the default address; a customer has at most one") \
	X(T, i64, _, version, .doc = "Version: 1 at creation, one more with each change; also the ETag") \
	X(T, time, _, created_at, .doc = "Time of creation") \
	X(T, time, _, updated_at, .doc = "Time of the last change")

#define CUSTOMERS_SHAPES(STRUCT, OVER) \
	STRUCT(add_address, ADD_ADDRESS, "An address to be stored") \
	STRUCT(change_address, CHANGE_ADDRESS, "Changes of an address; members that are left out stay as they are") \
	OVER(address_view, ADDRESS_VIEW, struct sql_address_row, "A stored address of a customer")
SCHEMA_DECLARE(CUSTOMERS_SHAPES)

#define CUSTOMERS_PROBLEMS(X) \
	X(unknown_address, 422, "The customer has no stored address with this id") \
	X(too_many_addresses, 409, "The customer has the maximum number of stored addresses")
CUSTOMERS_PROBLEMS(PROBLEM_DECLARE)

#endif
