/* SPDX-License-Identifier: Apache-2.0 */
/* The shapes of the accounts API. */
#ifndef STOA_ACCOUNTS_API_H
#define STOA_ACCOUNTS_API_H

#include "base/problem.h"
#include "json/schema.h"

#define REGISTER_ACCOUNT(X, T)                                                                                     \
	X(T, str, _, email, .max = 254, .format = JSON_FORMAT_EMAIL, .doc = "E-mail address; also the login name") \
	X(T, str, _, password, .min = 10, .max = 128, .secret = true, .doc = "10 to 128 characters")               \
	X(T, str, _, name, .min = 1, .max = 200, .doc = "Name of the person")                                      \
	X(T, str, _, phone, .max = 32, .optional = true, .format = JSON_FORMAT_PHONE, .doc = "Phone number")
SCHEMA_STRUCT(register_account, REGISTER_ACCOUNT)

#define LOGIN(X, T)                                                             \
	X(T, str, _, email, .max = 254, .doc = "E-mail address of the account") \
	X(T, str, _, password, .max = 128, .secret = true, .doc = "Password of the account")
SCHEMA_STRUCT(login, LOGIN)

#define REFRESH(X, T) \
	X(T, str, _, refresh_token, .max = 128, .secret = true, .doc = "The newest refresh token of the login")
SCHEMA_STRUCT(refresh, REFRESH)

#define ACCOUNT_VIEW(X, T)                                                                      \
	X(T, uuid, _, id, .doc = "Id of the account")                                           \
	X(T, str, _, email, .max = 254, .doc = "E-mail address of the account")                 \
	X(T, str, _, name, .max = 200, .doc = "Name of the person")                             \
	X(T, str, _, phone, .max = 32, .nullable = true, .doc = "Phone number")                 \
	X(T, str, _, role, .max = 32, .doc = "Role of the account; it decides the permissions") \
	X(T, boolean, _, email_verified, .doc = "Whether the e-mail address is confirmed")
SCHEMA_STRUCT(account_view, ACCOUNT_VIEW)

#define SESSION_VIEW(X, T)                                                                                           \
	X(T, object, account_view, account, .doc = "The account of the tokens")                                      \
	X(T, str, _, access_token, .max = 2048, .secret = true, .doc = "Access token, for the Authorization header") \
	X(T, str, _, refresh_token, .max = 128, .secret = true,                                                      \
	  .doc = "Refresh token; it can be used once, for the next pair of tokens")                                  \
	X(T, str, _, token_type, .max = 16, .doc = "Bearer")                                                         \
	X(T, i64, _, expires_in, .doc = "Lifetime of the access token in seconds")
SCHEMA_STRUCT(session_view, SESSION_VIEW)

#define CHANGE_ME(X, T)                                                                         \
	X(T, str, _, name, .min = 1, .max = 200, .optional = true, .doc = "Name of the person") \
	X(T, str, _, phone, .max = 32, .optional = true, .format = JSON_FORMAT_PHONE, .doc = "Phone number")
SCHEMA_STRUCT(change_me, CHANGE_ME)

#define EXTERNAL_LOGIN(X, T)                                          \
	X(T, str, _, id_token, .min = 1, .max = 8192, .secret = true, \
	  .doc = "An OpenID Connect ID token of the configured identity provider")
SCHEMA_STRUCT(external_login, EXTERNAL_LOGIN)

#define ACCOUNTS_PROBLEMS(X)                                                                                \
	X(email_taken, 409, "The e-mail address belongs to another account")                                \
	X(own_account, 409, "Nobody can change their own role, store or access")                            \
	X(key_name_taken, 409, "Another key has or had this name")                                          \
	X(last_super_admin, 409, "The account is the last super_admin")                                     \
	X(invalid_credentials, 401, "The e-mail address or the password is wrong")                          \
	X(invalid_refresh_token, 401, "The refresh token is unknown, used, revoked or expired")             \
	X(account_locked, 429, "The login is locked after too many wrong tries")                            \
	X(no_identity_provider, 404, "No external identity provider is configured")                         \
	X(invalid_id_token, 401, "The ID token is not from the provider, not for this service, or expired") \
	X(unverified_email, 403, "The provider has not verified an e-mail address")                         \
	X(wrong_password, 403, "The current password is wrong")                                             \
	X(invalid_token, 400, "The token is unknown, used or expired")                                      \
	X(invalid_code, 401, "The e-mail address or the code is wrong, or the code is used or expired")
ACCOUNTS_PROBLEMS(PROBLEM_DECLARE)

#endif
