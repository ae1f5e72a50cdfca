/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Configuration: environment variables only, read once, validated at start. The list below is all there is; `stoa
 * config` prints it with source, default and meaning, secrets masked. A wrong or missing value stops the process with
 * one line that names the variable, what it got and what it takes.
 *
 * A row: X(kind, member, VARIABLE, default, flags, "meaning"). Kinds: text, number (int64_t, range in the flags by
 * RANGE), port, flag (true/false/1/0), bytes (with k, m, g suffix), duration (us; with ms, s, m, h suffix), choice (the
 * allowed words in ONE_OF). SECRET: masked, 32 characters or more, and compulsory in production (STOA_ENV=production);
 * the development stack makes its own. SECRET_OPTIONAL: masked, may stay empty. HAS_SECRET: printed with the password
 * inside it masked. An empty variable counts as unset, because that is how Compose files and unit files leave one out.
 */
#ifndef STOA_CONFIG_CONFIG_H
#define STOA_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

#define CONFIG_ROWS(X)                                                                                                 \
	X(choice, environment, STOA_ENV, "development", ONE_OF("development test production"),                         \
	  "How strict to be; production refuses to start without secrets")                                             \
	X(port, port, PORT, NULL, 0,                                                                                   \
	  "HTTP port; each app has its own default (3000 public-api, 3001 admin-api, 3002 worker, 3003 cron)")         \
	X(text, host, STOA_HOST, "127.0.0.1", 0, "Address to listen on; 0.0.0.0 for all")                              \
	X(number, threads, STOA_THREADS, "0", RANGE(0, 256), "Event-loop threads; 0 = one per core (worker: one)")     \
	X(text, database_url, DATABASE_URL, "", HAS_SECRET, "PostgreSQL as a URI or key=value string; wins over DB_*") \
	X(text, db_host, DB_HOST, "", 0, "PostgreSQL host or socket folder")                                           \
	X(number, db_port, DB_PORT, "5432", RANGE(1, 65535), "PostgreSQL port")                                        \
	X(text, db_database, DB_DATABASE, "stoa", 0, "Database name")                                                  \
	X(text, db_user, DB_USER, "stoa", 0, "Database user")                                                          \
	X(text, db_password, DB_PASSWORD, "", SECRET_OPTIONAL, "Database password")                                    \
	X(number, db_interactive_max, STOA_DB_INTERACTIVE_MAX, "4", RANGE(1, 100),                                     \
	  "Connections for interactive transactions, per thread")                                                      \
	X(text, redis_url, REDIS_URL, "", HAS_SECRET,                                                                  \
	  "redis://[:password@]host:port or unix:///path; wins over REDIS_HOST")                                       \
	X(text, redis_host, REDIS_HOST, "", 0, "Redis host")                                                           \
	X(number, redis_port, REDIS_PORT, "6379", RANGE(1, 65535), "Redis port")                                       \
	X(text, redis_password, REDIS_PASSWORD, "", SECRET_OPTIONAL, "Redis password")                                 \
	X(choice, bus, STOA_BUS, "redis", ONE_OF("redis postgres"),                                                    \
	  "What carries events; postgres needs no Redis at all")                                                       \
	X(bytes, stream_max_bytes, STOA_STREAM_MAX_BYTES, "64m", RANGE(1048576, 1099511627776),                        \
	  "Budget of all event streams in Redis")                                                                      \
	X(text, jwt_secret, JWT_SECRET, "", SECRET, "Key of public access tokens, 32 characters or more")              \
	X(text, admin_jwt_secret, ADMIN_JWT_SECRET, "", SECRET, "Key of staff access tokens, another one")             \
	X(text, cursor_secret, STOA_CURSOR_SECRET, "", SECRET, "Key that signs list cursors and keyed requests")       \
	X(text, internal_api_key, INTERNAL_API_KEY, "", SECRET_OPTIONAL, "Key of internal callers (X-API-Key)")        \
	X(text, oidc_issuer, OIDC_ISSUER, "", 0,                                                                       \
	  "Outside identity provider whose ID tokens are exchanged for ours: its iss; empty: none")                    \
	X(text, oidc_audience, OIDC_AUDIENCE, "", 0, "What its tokens must be made for: our client id there")          \
	X(text, oidc_jwks_url, OIDC_JWKS_URL, "", 0, "Where its public keys are: https, or http to this machine")      \
	X(duration, access_ttl, STOA_ACCESS_TTL, "15m", RANGE(1000000, 86400000000), "Life of an access token")        \
	X(duration, refresh_ttl, STOA_REFRESH_TTL, "168h", RANGE(60000000, 31536000000000), "Life of a refresh token") \
	X(number, rate_public, STOA_RATE_PUBLIC, "100", RANGE(0, 1000000000),                                          \
	  "Requests a minute and address on the public API; 0 = no limit")                                             \
	X(number, rate_login, STOA_RATE_LOGIN, "10", RANGE(0, 1000000000),                                             \
	  "Login tries in 15 minutes, per address and per account")                                                    \
	X(number, rate_register, STOA_RATE_REGISTER, "20", RANGE(0, 1000000000),                                       \
	  "Registrations in 15 minutes, per address; 0 = no limit")                                                    \
	X(number, rate_mail, STOA_RATE_MAIL, "10", RANGE(0, 1000000000),                                               \
	  "Mails asked for in 15 minutes, per address and per recipient; 0 = no limit")                                \
	X(number, lockout_failures, STOA_LOCKOUT_FAILURES, "10", RANGE(0, 1000),                                       \
	  "Failed logins that lock an account, and an address, for a while; 0 = never")                                \
	X(duration, lockout_window, STOA_LOCKOUT_WINDOW, "15m", RANGE(1000000, 86400000000),                           \
	  "How long a failed login counts")                                                                            \
	X(text, mail_spool, STOA_MAIL_SPOOL, "", 0, "Folder that mail is written to, one file a message")              \
	X(text, mail_from, STOA_MAIL_FROM, "no-reply@localhost", 0, "Sender of mail")                                  \
	X(text, public_url, STOA_PUBLIC_URL, "http://localhost:8080", 0, "Where links in mail to customers lead")      \
	X(text, admin_url, STOA_ADMIN_URL, "http://localhost:8080/admin", 0, "Where links in mail to staff lead")      \
	X(text, trusted_proxies, STOA_TRUSTED_PROXIES, "127.0.0.1,::1", 0,                                             \
	  "Addresses or CIDR blocks whose X-Forwarded-For is believed")                                                \
	X(text, cors_origins, STOA_CORS_ORIGINS, "", 0, "Origins allowed by CORS, comma-separated")                    \
	X(number, worker_concurrency, WORKER_CONCURRENCY, "10", RANGE(1, 1000), "Jobs at once per worker")             \
	X(number, consumer_concurrency, STOA_CONSUMER_CONCURRENCY, "64", RANGE(1, 1024),                               \
	  "Events at once per subscription and worker")                                                                \
	X(duration, claim_idle, STOA_CLAIM_IDLE, "30s", RANGE(1000000, 3600000000),                                    \
	  "How long a silent worker keeps an event before another takes it over")                                      \
	X(choice, payment_provider, STOA_PAYMENT_PROVIDER, "auto", ONE_OF("auto instant manual"),                      \
	  "Who authorises cards: instant always does and at once, manual waits for staff; auto: manual in production") \
	X(duration, reservation_ttl, STOA_RESERVATION_TTL, "10m", RANGE(1000000, 86400000000),                         \
	  "How long goods are held for a card that is not authorised yet")                                             \
	X(choice, log_level, LOG_LEVEL, "info", ONE_OF("trace debug info warn error fatal silent"),                    \
	  "Least level that is written")                                                                               \
	X(choice, log_format, LOG_FORMAT, "auto", ONE_OF("auto json human"),                                           \
	  "auto: human on a terminal, JSON lines elsewhere")                                                           \
	X(duration, drain_grace, STOA_DRAIN_GRACE, "10s", RANGE(0, 600000000),                                         \
	  "How long a stopping process lets requests finish")                                                          \
	X(duration, start_wait, STOA_START_WAIT, "120s", RANGE(0, 3600000000),                                         \
	  "How long to wait for database and schema at start; then exit 1")                                            \
	X(text, release, STOA_RELEASE, "dev", 0, "Name of the running release, shown by /ready and metrics")           \
	X(text, fault, STOA_FAULT, "", 0,                                                                              \
	  "Test point at which the process kills itself, step or step:n; only with STOA_ENV=test")

#define CONFIG_C_text                                                   const char *
#define CONFIG_C_choice                                                 const char *
#define CONFIG_C_number                                                 int64_t
#define CONFIG_C_port                                                   int64_t
#define CONFIG_C_bytes                                                  int64_t
#define CONFIG_C_duration                                               int64_t
#define CONFIG_C_flag                                                   bool
#define CONFIG_MEMBER(kind, member, variable, fallback, flags, meaning) CONFIG_C_##kind member;

struct config {
	CONFIG_ROWS(CONFIG_MEMBER)
};

/* Reads and checks everything. `port_default` fills PORT when unset. On a bad value prints the line and exits 2.
 * Strings are borrowed from the environment or static. */
void config_load(struct config *ret, int port_default);
/* The same without exit: 0, or -1 with the line in `error`. */
MUST_CHECK int config_read(struct config *ret, int port_default, char *error, size_t error_size);
/* Re-reads nothing from the environment (it cannot change) but is where SIGHUP's hot values will come from. */

/* libpq's connection string out of DATABASE_URL or DB_*; into `out`, NUL-terminated; -1 when it does not fit. */
MUST_CHECK int config_conninfo(const struct config *config, char *out, size_t size);

/* Whether cards wait for staff to record what the provider says: STOA_PAYMENT_PROVIDER, "auto" resolved. */
bool config_payment_manual(const struct config *config);

/* `stoa config`: one line a variable on standard output. */
void config_print(const struct config *config);
/* The value of one row as it is printed there, masked where due; into `out`, NUL-terminated, cut when it does not fit.
 */
void config_show(const struct config *config, const char *variable, char *out, size_t size);

#endif
