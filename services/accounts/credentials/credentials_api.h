/* SPDX-License-Identifier: Apache-2.0 */
/* The shapes for an account's credentials: passwords, codes, confirmed e-mail addresses. */
#ifndef STOA_ACCOUNTS_CREDENTIALS_API_H
#define STOA_ACCOUNTS_CREDENTIALS_API_H

#include "accounts/api.h"

#define CHANGE_PASSWORD(X, T)                                                            \
	X(T, str, _, current, .max = 128, .secret = true, .doc = "The current password") \
	X(T, str, _, new, .min = 10, .max = 128, .secret = true, .doc = "10 to 128 characters")
SCHEMA_STRUCT(change_password, CHANGE_PASSWORD)

#define MAIL_WANTED(X, T)                                            \
	X(T, str, _, email, .max = 254, .format = JSON_FORMAT_EMAIL, \
	  .doc = "E-mail address; the mail is sent only if an account has it")
SCHEMA_STRUCT(mail_wanted, MAIL_WANTED)

#define MAIL_PROMISED(X, T) X(T, i64, _, expires_in, .doc = "Lifetime of the mailed secret in seconds")
SCHEMA_STRUCT(mail_promised, MAIL_PROMISED)

#define RESET_PASSWORD(X, T)                                                                               \
	X(T, str, _, token, .max = 128, .secret = true, .doc = "Token from the mail; it can be used once") \
	X(T, str, _, new_password, .min = 10, .max = 128, .secret = true, .doc = "10 to 128 characters")
SCHEMA_STRUCT(reset_password, RESET_PASSWORD)

#define CODE_LOGIN(X, T)                                             \
	X(T, str, _, email, .max = 254, .format = JSON_FORMAT_EMAIL, \
	  .doc = "E-mail address to which the code was sent")        \
	X(T, str, _, code, .min = 6, .max = 6, .secret = true, .doc = "Code of six digits from the mail")
SCHEMA_STRUCT(code_login, CODE_LOGIN)

#define TOKEN_BACK(X, T) \
	X(T, str, _, token, .max = 128, .secret = true, .doc = "Token from the mail; it can be used once")
SCHEMA_STRUCT(token_back, TOKEN_BACK)

#define CHANGE_EMAIL(X, T)                                                                            \
	X(T, str, _, email, .max = 254, .format = JSON_FORMAT_EMAIL, .doc = "The new e-mail address") \
	X(T, str, _, current, .max = 128, .secret = true, .doc = "The current password")
SCHEMA_STRUCT(change_email, CHANGE_EMAIL)

#endif
