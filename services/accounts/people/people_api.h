/* SPDX-License-Identifier: Apache-2.0 */
/* The shapes of people as staff keep them: staff, customers, couriers. */
#ifndef STOA_ACCOUNTS_PEOPLE_API_H
#define STOA_ACCOUNTS_PEOPLE_API_H

#include "json/schema.h"

#define PERSON_VIEW(X, T)                                                                                      \
	X(T, uuid, _, id, .doc = "Identifies the account")                                                     \
	X(T, str, _, email, .max = 254, .doc = "Its address, lower case; also the login")                      \
	X(T, str, _, name, .max = 200, .doc = "How to call the person")                                        \
	X(T, str, _, phone, .max = 32, .nullable = true, .doc = "Where to ring")                               \
	X(T, str, _, role, .max = 32, .doc = "What it may do")                                                 \
	X(T, opt_uuid, _, scope_id, .nullable = true, .doc = "The one store whose rows it may see; null: all") \
	X(T, boolean, _, disabled, .doc = "Whether it is shut out")                                            \
	X(T, opt_time, _, disabled_at, .nullable = true, .doc = "Since when")                                  \
	X(T, i64, _, version, .doc = "Counts changes; also the ETag")                                          \
	X(T, time, _, created_at, .doc = "When it was made")                                                   \
	X(T, time, _, updated_at, .doc = "When it changed last")
SCHEMA_STRUCT(person_view, PERSON_VIEW)

#define PERSON_PAGE(X, T) PAGE_ROWS(X, T, person_view)
SCHEMA_STRUCT(person_page, PERSON_PAGE)

#define PERSON_QUERY(X, T)                                                                                   \
	X(T, str, _, q, .min = 1, .max = 100, .optional = true, .doc = "How the address or the name begins") \
	X(T, str, _, filter_role, .max = 32, .optional = true, .doc = "Only this role")                      \
	X(T, opt_boolean, _, filter_disabled, .doc = "Only those who are shut out, or only the others")      \
	X(T, str, _, sort, .max = 32, .optional = true, .doc = "-created_at (default) or name")              \
	X(T, opt_i64, _, limit, .min = 1, .max = 100, .doc = "Rows a page, default 20")                      \
	X(T, str, _, cursor, .max = 500, .optional = true, .doc = "next_cursor of the page before")
SCHEMA_STRUCT(person_query, PERSON_QUERY)

#define CREATE_PERSON(X, T)                                                                                    \
	X(T, str, _, email, .max = 254, .format = JSON_FORMAT_EMAIL, .doc = "Address; also the login")         \
	X(T, str, _, name, .min = 1, .max = 200, .doc = "How to call the person")                              \
	X(T, str, _, phone, .max = 32, .optional = true, .format = JSON_FORMAT_PHONE, .doc = "Where to ring")  \
	X(T, str, _, role, .max = 32, .optional = true, .doc = "Staff: required. Elsewhere there is one only") \
	X(T, opt_uuid, _, scope_id, .doc = "Staff: the one store whose rows it may see; left out: all")        \
	X(T, str, _, password, .min = 10, .max = 128, .secret = true, .optional = true,                        \
	  .doc = "10 to 128 characters; left out: none that anybody knows, until the person sets one")
SCHEMA_STRUCT(create_person, CREATE_PERSON)

#define CHANGE_PERSON(X, T)                                                                                   \
	X(T, str, _, name, .min = 1, .max = 200, .optional = true, .doc = "How to call the person")           \
	X(T, str, _, phone, .max = 32, .optional = true, .format = JSON_FORMAT_PHONE, .doc = "Where to ring") \
	X(T, str, _, role, .max = 32, .optional = true, .doc = "Staff: another role; ends its logins")        \
	X(T, str, _, scope_id, .max = 36, .optional = true,                                                   \
	  .doc = "Staff: another store; empty: all; ends its logins")                                         \
	X(T, opt_boolean, _, disabled, .doc = "true: shut out, its logins end; false: let in again")
SCHEMA_STRUCT(change_person, CHANGE_PERSON)

#endif
