/* SPDX-License-Identifier: Apache-2.0 */
/* The shapes of logins and of the own account. */
#ifndef STOA_ACCOUNTS_SESSIONS_API_H
#define STOA_ACCOUNTS_SESSIONS_API_H

#include "accounts/api.h"

#define REGISTER_ACCOUNT(X, T) \
	X(T, str, email, email, .max = 254, .doc = "E-mail address; also the login name") \
	X(T, str, password, password, .min = 10, .max = 128, .secret = true, .doc = "10 to 128 characters") \
	X(T, str, line, name, .min = 1, .max = 200, .doc = "Name of the person") \
	X(T, str, phone, phone, .max = 32, .optional = true, .doc = "Phone number")

#define CONFIRM_ACCOUNT(X, T) \
	X(T, str, code, token, .max = 128, .secret = true, .doc = "Token from the mail; it can be used once") \
	X(T, str, secret, password, .max = 128, .secret = true, .doc = "The password that was registered")

#define LOGIN(X, T) \
	X(T, str, line, email, .max = 254, .doc = "E-mail address of the account") \
	X(T, str, secret, password, .max = 128, .secret = true, .doc = "Password of the account")

#define CODE_LOGIN(X, T) \
	X(T, str, email, email, .max = 254, .doc = "E-mail address to which the code was sent") \
	X(T, str, line, code, .min = 6, .max = 6, .secret = true, .doc = "Code of six digits from the mail")

#define EXTERNAL_LOGIN(X, T) \
	X(T, str, code, id_token, .min = 1, .max = 8192, .secret = true, \
	  .doc = "An OpenID Connect ID token of the configured identity provider")

#define REFRESH(X, T) \
	X(T, str, code, refresh_token, .max = 128, .secret = true, .doc = "The newest refresh token of the login")

#define SESSION_VIEW(X, T) \
	X(T, object, account_view, account, .doc = "The account of the tokens") \
	X(T, str, code, access_token, .max = 2048, .secret = true, \
	  .doc = "Access token, for the Authorization header") \
	X(T, str, code, refresh_token, .max = 128, .secret = true, \
	  .doc = "Refresh token; it can be used once, for the next pair of tokens") \
	X(T, str, code, token_type, .max = 16, .doc = "Bearer") \
	X(T, i64, _, expires_in, .doc = "Lifetime of the access token in seconds")

#define REGISTERED(X, T) \
	X(T, object, account_view, account, .optional = true, .doc = "The account of the tokens") \
	X(T, str, code, access_token, .max = 2048, .secret = true, .optional = true, \
	  .doc = "Access token, for the Authorization header") \
	X(T, str, code, refresh_token, .max = 128, .secret = true, .optional = true, \
	  .doc = "Refresh token; it can be used once, for the next pair of tokens") \
	X(T, str, code, token_type, .max = 16, .optional = true, .doc = "Bearer") \
	X(T, opt_boolean, _, check_mail, .optional = true, \
	  .doc = "true: there are no tokens; a mail tells how to go on, the same for every address") \
	X(T, i64, _, expires_in, .doc = "Lifetime of the access token, or of the mailed token, in seconds")

#define CHANGE_ME(X, T) \
	X(T, str, line, name, .min = 1, .max = 200, .optional = true, .doc = "Name of the person") \
	X(T, str, phone, phone, .max = 32, .optional = true, .nullable = true, .doc = "Phone number; null removes it")

#define SESSIONS_SHAPES(STRUCT, OVER) \
	STRUCT(register_account, REGISTER_ACCOUNT, "An account to be created") \
	STRUCT(confirm_account, CONFIRM_ACCOUNT, "A token from a mail, and the password that was registered") \
	STRUCT(login, LOGIN, "A login with e-mail address and password") \
	STRUCT(code_login, CODE_LOGIN, "A login with a mailed code") \
	STRUCT(external_login, EXTERNAL_LOGIN, "An ID token of an external identity provider") \
	STRUCT(refresh, REFRESH, "The refresh token to be exchanged") \
	STRUCT(session_view, SESSION_VIEW, "An account and its tokens") \
	STRUCT(registered, REGISTERED, "An account and its tokens, or a mail that has to be answered first") \
	STRUCT(change_me, CHANGE_ME, "Changes of the own account; members that are left out stay as they are")
SCHEMA_DECLARE(SESSIONS_SHAPES)

#define SESSIONS_PROBLEMS(X) \
	X(invalid_credentials, 401, "The e-mail address or the password is wrong") \
	X(invalid_refresh_token, 401, "The refresh token is unknown, used, revoked or expired") \
	X(invalid_code, 401, "The e-mail address or the code is wrong, or the code is used or expired") \
	X(no_identity_provider, 404, "No external identity provider is configured") \
	X(invalid_id_token, 401, "The ID token is not from the provider, not for this service, or expired") \
	X(unverified_email, 403, "The provider has not verified an e-mail address")
SESSIONS_PROBLEMS(PROBLEM_DECLARE)

#endif
