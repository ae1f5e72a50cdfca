/* SPDX-License-Identifier: Apache-2.0 */
/* The shapes of people, for staff (staff, customers, couriers), and of the service keys of machines. */
#ifndef STOA_ACCOUNTS_PEOPLE_API_H
#define STOA_ACCOUNTS_PEOPLE_API_H

#include "accounts/api.h"
#include "accounts/people/service_keys_sql.h"
#include "auth/service_key.h"

/* ---- People ------------------------------------------------------------------------------------- */

#define PERSON_VIEW(X, T) \
	X(T, uuid, _, id, .doc = "Id of the account") \
	X(T, str, email, email, .max = 254, .doc = "E-mail address in lower case; also the login name") \
	X(T, str, line, name, .max = 200, .doc = "Name of the person") \
	X(T, str, phone, phone, .max = 32, .nullable = true, .doc = "Phone number") \
	X(T, str, code, role, .max = 32, .doc = "Role of the account; it decides the permissions") \
	X(T, opt_uuid, _, scope_id, .nullable = true, \
	  .doc = "Id of the one store whose data it may see; null: all stores") \
	X(T, boolean, _, disabled, .doc = "Whether the account is disabled: it cannot log in") \
	X(T, opt_time, _, disabled_at, .nullable = true, .doc = "Time at which it was disabled") \
	X(T, i64, _, version, .doc = "Version: 1 at creation, one more with each change; also the ETag") \
	X(T, time, _, created_at, .doc = "Time of creation") \
	X(T, time, _, updated_at, .doc = "Time of the last change")

#define PERSON_QUERY(X, T) \
	X(T, str, line, q, .min = 1, .max = 100, .optional = true, \
	  .doc = "Words to find in name and e-mail address: in any order, without case and accents") \
	X(T, str, code, filter_role, .max = 32, .optional = true, .doc = "Only accounts with this role") \
	X(T, opt_boolean, _, filter_disabled, .doc = "true: only disabled accounts; false: only the others")

#define CREATE_PERSON(X, T) \
	X(T, str, email, email, .max = 254, .doc = "E-mail address; also the login name") \
	X(T, str, line, name, .min = 1, .max = 200, .doc = "Name of the person") \
	X(T, str, phone, phone, .max = 32, .optional = true, .doc = "Phone number") \
	X(T, str, code, role, .max = 32, .optional = true, \
	  .doc = "Role; required for staff, fixed for customers and couriers") \
	X(T, opt_uuid, _, scope_id, \
	  .doc = "Only for staff: id of the one store whose data it may see; default: all stores") \
	X(T, str, password, password, .min = 10, .max = 128, .secret = true, .optional = true, \
	  .doc = "Password, 10 to 128 characters; when left out, the person is invited by mail to set one")

#define CHANGE_PERSON(X, T) \
	X(T, str, line, name, .min = 1, .max = 200, .optional = true, .doc = "Name of the person") \
	X(T, str, phone, phone, .max = 32, .optional = true, .nullable = true, .doc = "Phone number; null removes it") \
	X(T, str, code, role, .max = 32, .optional = true, \
	  .doc = "Only for staff: new role; the change ends all logins") \
	X(T, opt_uuid, _, scope_id, .nullable = true, \
	  .doc = "Only for staff: id of the one store; null means all stores; the change ends all logins") \
	X(T, opt_boolean, _, disabled, .doc = "true: disables the account and ends its logins; false: enables it again")

/* ---- Service keys ------------------------------------------------------------------------------- */

#define SERVICE_KEY_VIEW(X, T) \
	X(T, uuid, _, id, .doc = "Id of the service key") \
	X(T, str, line, name, .max = SERVICE_KEY_NAME_MAX, .doc = "Name of the machine") \
	X(T, str, code, hint, .max = SERVICE_KEY_HINT_LEN, .doc = "First characters of the secret key") \
	X(T, strs, code, permissions, .max = 64, .item_max = 32, .doc = "Its permissions") \
	X(T, opt_uuid, _, scope_id, .nullable = true, \
	  .doc = "Id of the one store whose data it may see; null: all stores") \
	X(T, uuid, _, created_by, .doc = "Id of the account that created it") \
	X(T, time, _, created_at, .doc = "Time of creation") \
	X(T, opt_time, _, expires_at, .nullable = true, .doc = "Time of expiry") \
	X(T, opt_time, _, revoked_at, .nullable = true, .doc = "Time of revocation") \
	X(T, opt_time, _, last_used_at, .nullable = true, .doc = "Time of the last use, with an accuracy of one minute")

#define NEW_SERVICE_KEY(X, T) \
	SERVICE_KEY_VIEW(X, T) \
	X(T, str, code, key, .max = SERVICE_KEY_LEN, .secret = true, .doc = "The secret key, for the header X-API-Key")

#define SERVICE_KEY_QUERY(X, T) \
	X(T, opt_boolean, _, filter_revoked, .doc = "true: only revoked keys; false: only the others")

#define CREATE_SERVICE_KEY(X, T) \
	X(T, str, slug, name, .min = 1, .max = SERVICE_KEY_NAME_MAX, \
	  .doc = "Name of the machine; histories and audit show it; each name can be used once") \
	X(T, strs, code, permissions, .min = 1, .max = 64, .item_max = 32, \
	  .doc = "Permissions, by the names that `stoa permissions` prints") \
	X(T, opt_uuid, _, scope_id, .doc = "Id of the one store whose data it may see; default: all stores") \
	X(T, opt_time, _, expires_at, .doc = "Time of expiry; default: never")

/* ---- All together ------------------------------------------------------------------------------- */

#define PEOPLE_SHAPES(STRUCT, OVER) \
	OVER(person_view, PERSON_VIEW, struct sql_account_row, "An account, as staff see it") \
	STRUCT(person_query, PERSON_QUERY, "Filters of a list of people") \
	STRUCT(create_person, CREATE_PERSON, "A person's account to be created") \
	STRUCT(change_person, CHANGE_PERSON, "Changes of an account; members that are left out stay as they are") \
	OVER(service_key_view, SERVICE_KEY_VIEW, struct sql_service_key_row, "A service key of a machine") \
	STRUCT(new_service_key, NEW_SERVICE_KEY, "A service key with its secret") \
	STRUCT(service_key_query, SERVICE_KEY_QUERY, "Filter of a list of service keys") \
	STRUCT(create_service_key, CREATE_SERVICE_KEY, "A service key to be created")
SCHEMA_DECLARE(PEOPLE_SHAPES)

#define PEOPLE_PROBLEMS(X) \
	X(own_account, 409, "Nobody can change their own role, store or access") \
	X(last_super_admin, 409, "The account is the last super_admin") \
	X(key_name_taken, 409, "Another key has or had this name")
PEOPLE_PROBLEMS(PROBLEM_DECLARE)

#endif
