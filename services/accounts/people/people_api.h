/* SPDX-License-Identifier: Apache-2.0 */
/* The shapes of people, for staff: staff, customers, couriers. */
#ifndef STOA_ACCOUNTS_PEOPLE_API_H
#define STOA_ACCOUNTS_PEOPLE_API_H

#include "json/schema.h"

#define PERSON_VIEW(X, T)                                                                                \
	X(T, uuid, _, id, .doc = "Id of the account")                                                    \
	X(T, str, _, email, .max = 254, .doc = "E-mail address in lower case; also the login name")      \
	X(T, str, _, name, .max = 200, .doc = "Name of the person")                                      \
	X(T, str, _, phone, .max = 32, .nullable = true, .doc = "Phone number")                          \
	X(T, str, _, role, .max = 32, .doc = "Role of the account; it decides the permissions")          \
	X(T, opt_uuid, _, scope_id, .nullable = true,                                                    \
	  .doc = "Id of the one store whose data it may see; null: all stores")                          \
	X(T, boolean, _, disabled, .doc = "Whether the account is disabled: it cannot log in")           \
	X(T, opt_time, _, disabled_at, .nullable = true, .doc = "Time at which it was disabled")         \
	X(T, i64, _, version, .doc = "Version: 1 at creation, one more with each change; also the ETag") \
	X(T, time, _, created_at, .doc = "Time of creation")                                             \
	X(T, time, _, updated_at, .doc = "Time of the last change")
SCHEMA_STRUCT(person_view, PERSON_VIEW)

#define PERSON_PAGE(X, T) PAGE_ROWS(X, T, person_view)
SCHEMA_STRUCT(person_page, PERSON_PAGE)

#define PERSON_QUERY(X, T)                                                                                   \
	X(T, str, _, q, .min = 1, .max = 100, .optional = true,                                              \
	  .doc = "Beginning of the e-mail address or of the name")                                           \
	X(T, str, _, filter_role, .max = 32, .optional = true, .doc = "Only accounts with this role")        \
	X(T, opt_boolean, _, filter_disabled, .doc = "true: only disabled accounts; false: only the others") \
	X(T, str, _, sort, .max = 32, .optional = true, .doc = "Sort order: -created_at (default) or name")  \
	X(T, opt_i64, _, limit, .min = 1, .max = 100, .doc = "Rows per page: 1 to 100, default 20")          \
	X(T, str, _, cursor, .max = 500, .optional = true, .doc = "next_cursor of the previous page")
SCHEMA_STRUCT(person_query, PERSON_QUERY)

#define CREATE_PERSON(X, T)                                                                                        \
	X(T, str, _, email, .max = 254, .format = JSON_FORMAT_EMAIL, .doc = "E-mail address; also the login name") \
	X(T, str, _, name, .min = 1, .max = 200, .doc = "Name of the person")                                      \
	X(T, str, _, phone, .max = 32, .optional = true, .format = JSON_FORMAT_PHONE, .doc = "Phone number")       \
	X(T, str, _, role, .max = 32, .optional = true,                                                            \
	  .doc = "Role; required for staff, fixed for customers and couriers")                                     \
	X(T, opt_uuid, _, scope_id,                                                                                \
	  .doc = "Only for staff: id of the one store whose data it may see; default: all stores")                 \
	X(T, str, _, password, .min = 10, .max = 128, .secret = true, .optional = true,                            \
	  .doc = "Password, 10 to 128 characters; when left out, the person is invited by mail to set one")
SCHEMA_STRUCT(create_person, CREATE_PERSON)

#define CHANGE_PERSON(X, T)                                                                                            \
	X(T, str, _, name, .min = 1, .max = 200, .optional = true, .doc = "Name of the person")                        \
	X(T, str, _, phone, .max = 32, .optional = true, .format = JSON_FORMAT_PHONE, .doc = "Phone number")           \
	X(T, str, _, role, .max = 32, .optional = true, .doc = "Only for staff: new role; the change ends all logins") \
	X(T, str, _, scope_id, .max = 36, .optional = true,                                                            \
	  .doc = "Only for staff: id of the one store; an empty text means all stores; the change ends all logins")    \
	X(T, opt_boolean, _, disabled, .doc = "true: disables the account and ends its logins; false: enables it again")
SCHEMA_STRUCT(change_person, CHANGE_PERSON)

#endif
