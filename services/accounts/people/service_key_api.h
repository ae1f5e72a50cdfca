/* SPDX-License-Identifier: Apache-2.0 */
/* The shapes of the keys by which machines call the admin API. */
#ifndef STOA_ACCOUNTS_SERVICE_KEY_API_H
#define STOA_ACCOUNTS_SERVICE_KEY_API_H

#include "auth/service_key.h"
#include "json/schema.h"

#define CREATE_SERVICE_KEY(X, T)                                                                 \
	X(T, str, _, name, .min = 1, .max = SERVICE_KEY_NAME_MAX, .format = JSON_FORMAT_SLUG,    \
	  .doc = "Who will use it; diaries and audit say it, so no name comes twice")            \
	X(T, strs, _, permissions, .min = 1, .max = 64, .item_max = 32,                          \
	  .doc = "What it may do, as `stoa permissions` names it")                               \
	X(T, opt_uuid, _, scope_id, .doc = "The one store whose rows it may see; left out: all") \
	X(T, opt_time, _, expires_at, .doc = "When it ends by itself; left out: never")
SCHEMA_STRUCT(create_service_key, CREATE_SERVICE_KEY)

#define SERVICE_KEY_VIEW(X, T)                                                                                 \
	X(T, uuid, _, id, .doc = "Identifies the key")                                                         \
	X(T, str, _, name, .max = SERVICE_KEY_NAME_MAX, .doc = "Who uses it")                                  \
	X(T, str, _, key, .max = SERVICE_KEY_LEN, .optional = true, .secret = true,                            \
	  .doc = "The key itself, for X-API-Key: only in the answer that made it, and nowhere again")          \
	X(T, str, _, hint, .max = SERVICE_KEY_HINT_LEN, .doc = "How it begins")                                \
	X(T, strs, _, permissions, .max = 64, .item_max = 32, .doc = "What it may do")                         \
	X(T, opt_uuid, _, scope_id, .nullable = true, .doc = "The one store whose rows it may see; null: all") \
	X(T, uuid, _, created_by, .doc = "The account that made it")                                           \
	X(T, time, _, created_at, .doc = "When it was made")                                                   \
	X(T, opt_time, _, expires_at, .nullable = true, .doc = "When it ends by itself")                       \
	X(T, opt_time, _, revoked_at, .nullable = true, .doc = "When it was revoked")                          \
	X(T, opt_time, _, last_used_at, .nullable = true, .doc = "When it was used last, give or take a minute")
SCHEMA_STRUCT(service_key_view, SERVICE_KEY_VIEW)

#define SERVICE_KEY_PAGE(X, T) PAGE_ROWS(X, T, service_key_view)
SCHEMA_STRUCT(service_key_page, SERVICE_KEY_PAGE)

#define SERVICE_KEY_QUERY(X, T)                                                              \
	X(T, opt_boolean, _, filter_revoked, .doc = "Only revoked ones, or only the others") \
	X(T, opt_i64, _, limit, .min = 1, .max = 100, .doc = "Rows a page, default 20")      \
	X(T, str, _, cursor, .max = 500, .optional = true, .doc = "next_cursor of the page before")
SCHEMA_STRUCT(service_key_query, SERVICE_KEY_QUERY)

#endif
