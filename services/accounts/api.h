/* SPDX-License-Identifier: Apache-2.0 */
/* What the subjects share of the API: the account itself, and what is refused in several places. */
#ifndef STOA_ACCOUNTS_API_H
#define STOA_ACCOUNTS_API_H

#include "accounts/accounts_sql.h"
#include "base/problem.h"
#include "json/schema.h"

#define ACCOUNT_VIEW(X, T) \
	X(T, uuid, _, id, .doc = "Id of the account") \
	X(T, str, email, email, .max = 254, .doc = "E-mail address of the account") \
	X(T, str, line, name, .max = 200, .doc = "Name of the person") \
	X(T, str, phone, phone, .max = 32, .nullable = true, .doc = "Phone number") \
	X(T, str, code, role, .max = 32, .doc = "Role of the account; it decides the permissions") \
	X(T, boolean, _, email_verified, .doc = "Whether the e-mail address is confirmed")

#define ACCOUNTS_SHAPES(STRUCT, OVER) OVER(account_view, ACCOUNT_VIEW, struct sql_account_row, "An account")
SCHEMA_DECLARE(ACCOUNTS_SHAPES)

#define ACCOUNTS_PROBLEMS(X) \
	X(email_taken, 409, "The e-mail address belongs to another account") \
	X(account_locked, 429, "The login is locked after too many wrong tries")
ACCOUNTS_PROBLEMS(PROBLEM_DECLARE)

#endif
