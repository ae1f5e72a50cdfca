/* SPDX-License-Identifier: Apache-2.0 */
/* The shapes for an account's credentials: passwords, mailed secrets, confirmed e-mail addresses. */
#ifndef STOA_ACCOUNTS_CREDENTIALS_API_H
#define STOA_ACCOUNTS_CREDENTIALS_API_H

#include "accounts/api.h"

#define CHANGE_PASSWORD(X, T) \
	X(T, str, secret, current, .max = 128, .secret = true, .doc = "The current password") \
	X(T, str, password, new, .min = 10, .max = 128, .secret = true, .doc = "10 to 128 characters")

#define MAIL_WANTED(X, T) \
	X(T, str, email, email, .max = 254, .doc = "E-mail address; the mail is sent only if an account has it")

#define MAIL_PROMISED(X, T) X(T, i64, _, expires_in, .doc = "Lifetime of the mailed secret in seconds")

#define RESET_PASSWORD(X, T) \
	X(T, str, code, token, .max = 128, .secret = true, .doc = "Token from the mail; it can be used once") \
	X(T, str, password, new_password, .min = 10, .max = 128, .secret = true, .doc = "10 to 128 characters")

#define TOKEN_BACK(X, T) \
	X(T, str, code, token, .max = 128, .secret = true, .doc = "Token from the mail; it can be used once")

#define CHANGE_EMAIL(X, T) \
	X(T, str, email, email, .max = 254, .doc = "The new e-mail address") \
	X(T, str, secret, current, .max = 128, .secret = true, .doc = "The current password")

#define CREDENTIALS_SHAPES(STRUCT, OVER) \
	STRUCT(change_password, CHANGE_PASSWORD, "The current and the new password") \
	STRUCT(mail_wanted, MAIL_WANTED, "The e-mail address that requests a mail") \
	STRUCT(mail_promised, MAIL_PROMISED, "The mail is sent if an account has this address") \
	STRUCT(reset_password, RESET_PASSWORD, "A token from a mail, and the new password") \
	STRUCT(token_back, TOKEN_BACK, "A token from a mail") \
	STRUCT(change_email, CHANGE_EMAIL, "The new e-mail address, and the current password")
SCHEMA_DECLARE(CREDENTIALS_SHAPES)

#define CREDENTIALS_PROBLEMS(X) \
	X(wrong_password, 403, "The current password is wrong") \
	X(invalid_token, 400, "The token is unknown, used or expired")
CREDENTIALS_PROBLEMS(PROBLEM_DECLARE)

#endif
