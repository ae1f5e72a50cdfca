/* SPDX-License-Identifier: Apache-2.0 */
/* The shapes of the accounts API. */
#ifndef STOA_ACCOUNTS_API_H
#define STOA_ACCOUNTS_API_H

#include "base/problem.h"
#include "json/schema.h"

#define REGISTER_ACCOUNT(X, T)                                                                         \
	X(T, str, _, email, .max = 254, .format = JSON_FORMAT_EMAIL, .doc = "Address; also the login") \
	X(T, str, _, password, .min = 10, .max = 128, .secret = true, .doc = "10 to 128 characters")   \
	X(T, str, _, name, .min = 1, .max = 200, .doc = "How to call the person")                      \
	X(T, str, _, phone, .max = 32, .optional = true, .format = JSON_FORMAT_PHONE, .doc = "Where to ring")
SCHEMA_STRUCT(register_account, REGISTER_ACCOUNT)

#define LOGIN(X, T)                                                     \
	X(T, str, _, email, .max = 254, .doc = "The account's address") \
	X(T, str, _, password, .max = 128, .secret = true, .doc = "Its password")
SCHEMA_STRUCT(login, LOGIN)

#define REFRESH(X, T) \
	X(T, str, _, refresh_token, .max = 128, .secret = true, .doc = "The newest refresh token of the login")
SCHEMA_STRUCT(refresh, REFRESH)

#define ACCOUNT_VIEW(X, T)                                                       \
	X(T, uuid, _, id, .doc = "Identifies the account")                       \
	X(T, str, _, email, .max = 254, .doc = "Its address")                    \
	X(T, str, _, name, .max = 200, .doc = "How to call the person")          \
	X(T, str, _, phone, .max = 32, .nullable = true, .doc = "Where to ring") \
	X(T, str, _, role, .max = 32, .doc = "What it may do")                   \
	X(T, boolean, _, email_verified, .doc = "Whether the address was confirmed")
SCHEMA_STRUCT(account_view, ACCOUNT_VIEW)

#define SESSION_VIEW(X, T)                                                                             \
	X(T, object, account_view, account, .doc = "Whose tokens these are")                           \
	X(T, str, _, access_token, .max = 2048, .secret = true, .doc = "For the Authorization header") \
	X(T, str, _, refresh_token, .max = 128, .secret = true, .doc = "Good once, for the next pair") \
	X(T, str, _, token_type, .max = 16, .doc = "Bearer")                                           \
	X(T, i64, _, expires_in, .doc = "Seconds the access token is good for")
SCHEMA_STRUCT(session_view, SESSION_VIEW)

#define CHANGE_ME(X, T)                                                                             \
	X(T, str, _, name, .min = 1, .max = 200, .optional = true, .doc = "How to call the person") \
	X(T, str, _, phone, .max = 32, .optional = true, .format = JSON_FORMAT_PHONE, .doc = "Where to ring")
SCHEMA_STRUCT(change_me, CHANGE_ME)

#define EXTERNAL_LOGIN(X, T)                                          \
	X(T, str, _, id_token, .min = 1, .max = 8192, .secret = true, \
	  .doc = "An ID token (OpenID Connect) of the identity provider this installation trusts")
SCHEMA_STRUCT(external_login, EXTERNAL_LOGIN)

#define ACCOUNTS_PROBLEMS(X)                                                                          \
	X(email_taken, 409, "This address cannot be registered")                                      \
	X(own_account, 409, "Nobody changes their own standing")                                      \
	X(key_name_taken, 409, "Each key has a name of its own")                                      \
	X(last_super_admin, 409, "Nobody else could let people in")                                   \
	X(invalid_credentials, 401, "Address and password do not belong together")                    \
	X(invalid_refresh_token, 401, "The refresh token is unknown, spent, revoked or too old")      \
	X(account_locked, 429, "Too many wrong tries; closed for a while")                            \
	X(no_identity_provider, 404, "No outside identity provider is configured")                    \
	X(invalid_id_token, 401, "The ID token is not one of the provider's, not for us, or too old") \
	X(unverified_email, 403, "The provider does not vouch for an e-mail address")                 \
	X(wrong_password, 403, "The current password is another one")                                 \
	X(invalid_token, 400, "The token is unknown, spent or too old")                               \
	X(invalid_code, 401, "Address and code do not belong together, or the code is spent or too old")
ACCOUNTS_PROBLEMS(PROBLEM_DECLARE)
extern const struct problem *const accounts_problems[];

#endif
