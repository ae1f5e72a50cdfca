/* SPDX-License-Identifier: Apache-2.0 */
/* What can be set of accounts; rows as config/config.h describes them. */
#ifndef STOA_ACCOUNTS_CONFIG_H
#define STOA_ACCOUNTS_CONFIG_H

#include "config/config.h"

/* clang-format off */
#define ACCOUNTS_CONFIG(X, T) \
	X(T, url, oidc_issuer, OIDC_ISSUER, "", 0, \
	  "Outside identity provider whose ID tokens are exchanged for ours: its iss; empty: none") \
	X(T, text, oidc_audience, OIDC_AUDIENCE, "", 0, "What its tokens must be made for: our client id there") \
	X(T, url, oidc_jwks_url, OIDC_JWKS_URL, "", URL_QUERY, "Where its public keys are: https, or http to this machine") \
	X(T, duration, access_ttl, STOA_ACCESS_TTL, "15m", RANGE(1000000, 86400000000), "Life of an access token") \
	X(T, duration, refresh_ttl, STOA_REFRESH_TTL, "168h", RANGE(60000000, 31536000000000), \
	  "Life of a refresh token") \
	X(T, duration, refresh_grace, STOA_REFRESH_GRACE, "10s", RANGE(0, 60000000), \
	  "How long a used refresh token may be sent again by the client that used it; 0 = never") \
	X(T, number, rate_login, STOA_RATE_LOGIN, "10", RANGE(0, 1000000000), \
	  "Login tries in 15 minutes, per network of a client") \
	X(T, number, rate_register, STOA_RATE_REGISTER, "20", RANGE(0, 1000000000), \
	  "Registrations in 15 minutes, per address; 0 = no limit") \
	X(T, number, rate_mail, STOA_RATE_MAIL, "10", RANGE(0, 1000000000), \
	  "Mails asked for in 15 minutes, per address and per recipient; 0 = no limit") \
	X(T, number, lockout_failures, STOA_LOCKOUT_FAILURES, "10", RANGE(0, 1000), \
	  "Failed logins that lock a client's network for a while; 0 = never, nor an account") \
	X(T, number, lockout_account, STOA_LOCKOUT_ACCOUNT, "100", RANGE(1, 10000), \
	  "Failed logins from all networks that lock an account; a mailed code or a new password still lets its owner in") \
	X(T, duration, lockout_window, STOA_LOCKOUT_WINDOW, "15m", RANGE(1000000, 86400000000), \
	  "How long a failed login counts") \
	X(T, choice, registration, STOA_REGISTER, "auto", ONE_OF("auto instant by_mail"), \
	  "Whether registering makes the account at once and tells when the address is taken, or mails a link that makes " \
	  "it and tells nothing; auto: by_mail in production") \
	X(T, text, mail_spool, STOA_MAIL_SPOOL, "", 0, "Folder that mail is written to, one file a message") \
	X(T, email, mail_from, STOA_MAIL_FROM, "no-reply@localhost", 0, "Sender of mail") \
	X(T, url, public_url, STOA_PUBLIC_URL, "http://localhost:8080", URL_PREFIX, \
	  "Where links in mail to customers lead") \
	X(T, url, admin_url, STOA_ADMIN_URL, "http://localhost:8080/admin", URL_PREFIX, \
	  "Where links in mail to staff lead")
/* clang-format on */

CONFIG_STRUCT(accounts_config, ACCOUNTS_CONFIG);

/* Whether a registration waits for its mail: STOA_REGISTER, "auto" resolved. */
bool accounts_register_by_mail(const struct accounts_config *config, const struct config *platform);

#endif
