/* SPDX-License-Identifier: Apache-2.0 */
/* The shapes of the service keys with which machines call the admin API. */
#ifndef STOA_ACCOUNTS_SERVICE_KEY_API_H
#define STOA_ACCOUNTS_SERVICE_KEY_API_H

#include "auth/service_key.h"
#include "json/schema.h"

#define CREATE_SERVICE_KEY(X, T)                                                                             \
	X(T, str, _, name, .min = 1, .max = SERVICE_KEY_NAME_MAX, .format = JSON_FORMAT_SLUG,                \
	  .doc = "Name of the machine; histories and audit show it; each name can be used once")             \
	X(T, strs, _, permissions, .min = 1, .max = 64, .item_max = 32,                                      \
	  .doc = "Permissions, by the names that `stoa permissions` prints")                                 \
	X(T, opt_uuid, _, scope_id, .doc = "Id of the one store whose data it may see; default: all stores") \
	X(T, opt_time, _, expires_at, .doc = "Time of expiry; default: never")
SCHEMA_STRUCT(create_service_key, CREATE_SERVICE_KEY)

#define SERVICE_KEY_VIEW(X, T)                                                                       \
	X(T, uuid, _, id, .doc = "Id of the service key")                                            \
	X(T, str, _, name, .max = SERVICE_KEY_NAME_MAX, .doc = "Name of the machine")                \
	X(T, str, _, key, .max = SERVICE_KEY_LEN, .optional = true, .secret = true,                  \
	  .doc = "The secret key, for the header X-API-Key; only in the reply that created it")      \
	X(T, str, _, hint, .max = SERVICE_KEY_HINT_LEN, .doc = "First characters of the secret key") \
	X(T, strs, _, permissions, .max = 64, .item_max = 32,                                        \
	  .doc = "Role of the account; it decides the permissions")                                  \
	X(T, opt_uuid, _, scope_id, .nullable = true,                                                \
	  .doc = "Id of the one store whose data it may see; null: all stores")                      \
	X(T, uuid, _, created_by, .doc = "Id of the account that created it")                        \
	X(T, time, _, created_at, .doc = "Time of creation")                                         \
	X(T, opt_time, _, expires_at, .nullable = true, .doc = "Time of expiry")                     \
	X(T, opt_time, _, revoked_at, .nullable = true, .doc = "Time of revocation")                 \
	X(T, opt_time, _, last_used_at, .nullable = true, .doc = "Time of the last use, with an accuracy of one minute")
SCHEMA_STRUCT(service_key_view, SERVICE_KEY_VIEW)

#define SERVICE_KEY_PAGE(X, T) PAGE_ROWS(X, T, service_key_view)
SCHEMA_STRUCT(service_key_page, SERVICE_KEY_PAGE)

#define SERVICE_KEY_QUERY(X, T)                                                                        \
	X(T, opt_boolean, _, filter_revoked, .doc = "true: only revoked keys; false: only the others") \
	X(T, opt_i64, _, limit, .min = 1, .max = 100, .doc = "Rows per page: 1 to 100, default 20")    \
	X(T, str, _, cursor, .max = 500, .optional = true, .doc = "next_cursor of the previous page")
SCHEMA_STRUCT(service_key_query, SERVICE_KEY_QUERY)

#endif
