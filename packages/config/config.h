/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Configuration: environment variables only, read once, validated at start. There is one list a section: the platform's
 * below, and one of each service that has any (services/commerce/config.h); `stoa config` prints all of them with
 * source, default and meaning, secrets masked. A wrong or missing value stops the process with one line that names the
 * variable, its value and the values that are allowed.
 *
 * A row: X(T, kind, member, VARIABLE, default, flags, "meaning"). Kinds: text, number (int64_t, range in the flags by
 * RANGE), port, flag (true/false/1/0), bytes (with k, m, g suffix), duration (us; with ms, s, m, h suffix), choice (the
 * allowed words in ONE_OF); and texts of a form, which may be empty: host, db_host, url (URL_PREFIX, URL_QUERY), origins,
 * networks, email, postgres, redis (config/formats.h says what each takes). SECRET: masked, 32 characters or more, and
 * compulsory in production (STOA_ENV=production); the development stack makes its own. KEY_OPTIONAL: masked, empty or 32
 * characters or more. SECRET_OPTIONAL: masked, may stay empty. HAS_SECRET: printed with the password inside it masked. An empty variable counts as unset, because that is how Compose files and unit files leave one out.
 *
 *     #define SHOP_CONFIG(X, T) \
 *             X(T, duration, hold, SHOP_HOLD, "10m", RANGE(0, 86400000000), "How long goods are held")
 *     CONFIG_STRUCT(shop_config, SHOP_CONFIG)          in the header: struct shop_config, shop_config_section
 *     CONFIG_SECTION(shop_config, SHOP_CONFIG, NULL)   in a .c file that includes config/row.h
 */
#ifndef STOA_CONFIG_CONFIG_H
#define STOA_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

/* clang-format off */
#define CONFIG_ROWS(X, T) \
	X(T, choice, environment, STOA_ENV, "development", ONE_OF("development test production"), \
	  "How strict to be; production refuses to start without secrets") \
	X(T, port, port, PORT, NULL, 0, \
	  "HTTP port; each app has its own default (3000 public-api, 3001 admin-api, 3002 worker, 3003 cron)") \
	X(T, host, host, STOA_HOST, "127.0.0.1", 0, "Address to listen on; 0.0.0.0 for all") \
	X(T, number, threads, STOA_THREADS, "0", RANGE(0, 256), "Event-loop threads; 0 = one per core (worker: one)") \
	X(T, postgres, database_url, DATABASE_URL, "", HAS_SECRET, "PostgreSQL as a URI or key=value string; wins over DB_*") \
	X(T, db_host, db_host, DB_HOST, "", 0, "PostgreSQL host or socket folder") \
	X(T, number, db_port, DB_PORT, "5432", RANGE(1, 65535), "PostgreSQL port") \
	X(T, text, db_database, DB_DATABASE, "stoa", 0, "Database name") \
	X(T, text, db_user, DB_USER, "stoa", 0, "Database user") \
	X(T, text, db_password, DB_PASSWORD, "", SECRET_OPTIONAL, "Database password") \
	X(T, number, db_interactive_max, STOA_DB_INTERACTIVE_MAX, "4", RANGE(1, 100), \
	  "Connections for interactive transactions, per thread") \
	X(T, redis, redis_url, REDIS_URL, "", HAS_SECRET, \
	  "redis://[:password@]host:port or unix:///path; wins over REDIS_HOST") \
	X(T, host, redis_host, REDIS_HOST, "", 0, "Redis host") \
	X(T, number, redis_port, REDIS_PORT, "6379", RANGE(1, 65535), "Redis port") \
	X(T, text, redis_password, REDIS_PASSWORD, "", SECRET_OPTIONAL, "Redis password") \
	X(T, choice, bus, STOA_BUS, "redis", ONE_OF("redis postgres"), \
	  "What carries events: redis, and PostgreSQL while Redis takes none; postgres needs no Redis at all") \
	X(T, bytes, stream_max_bytes, STOA_STREAM_MAX_BYTES, "64m", RANGE(1048576, 1099511627776), \
	  "Budget of all event streams in Redis") \
	X(T, text, jwt_secret, JWT_SECRET, "", SECRET, "Key of public access tokens, 32 characters or more") \
	X(T, text, admin_jwt_secret, ADMIN_JWT_SECRET, "", SECRET, "Key of staff access tokens, another one") \
	X(T, text, cursor_secret, STOA_CURSOR_SECRET, "", SECRET, "Key that signs list cursors and keyed requests") \
	X(T, text, internal_api_key, INTERNAL_API_KEY, "", KEY_OPTIONAL, \
	  "Key of internal callers (X-API-Key), 32 characters or more") \
	X(T, number, rate_public, STOA_RATE_PUBLIC, "100", RANGE(0, 1000000000), \
	  "Requests a minute and address on the public API; 0 = no limit") \
	X(T, bytes, body_budget, STOA_BODY_BUDGET, "64m", RANGE(1048576, 1099511627776), \
	  "Memory of a process for request bodies on their way; beyond it 503") \
	X(T, networks, trusted_proxies, STOA_TRUSTED_PROXIES, "127.0.0.1,::1", 0, \
	  "Addresses or CIDR blocks of the proxies whose X-Forwarded-For is used") \
	X(T, origins, cors_origins, STOA_CORS_ORIGINS, "", 0, \
	  "Origins allowed by CORS, comma-separated, as browsers send them: https://shop.example") \
	X(T, number, worker_concurrency, WORKER_CONCURRENCY, "10", RANGE(1, 1000), "Jobs at once per worker") \
	X(T, number, consumer_concurrency, STOA_CONSUMER_CONCURRENCY, "128", RANGE(1, 1024), \
	  "Events at once per subscription and worker") \
	X(T, duration, claim_idle, STOA_CLAIM_IDLE, "30s", RANGE(1000000, 3600000000), \
	  "How long a silent worker keeps an event before another takes it over") \
	X(T, choice, log_level, LOG_LEVEL, "info", ONE_OF("trace debug info warn error fatal silent"), \
	  "Least level that is written") \
	X(T, choice, log_format, LOG_FORMAT, "auto", ONE_OF("auto json human"), \
	  "auto: human on a terminal, JSON lines elsewhere") \
	X(T, duration, drain_grace, STOA_DRAIN_GRACE, "10s", RANGE(0, 600000000), \
	  "How long a stopping process lets requests finish") \
	X(T, duration, start_wait, STOA_START_WAIT, "120s", RANGE(0, 3600000000), \
	  "How long to wait for database and schema at start; then exit 1") \
	X(T, text, release, STOA_RELEASE, "dev", 0, "Name of the running release, shown by /ready and metrics") \
	X(T, text, fault, STOA_FAULT, "", 0, \
	  "Test point at which the process kills itself, step or step:n; only with STOA_ENV=test")
/* clang-format on */

#define CONFIG_C_text                                                        const char *
#define CONFIG_C_choice                                                      const char *
#define CONFIG_C_number                                                      int64_t
#define CONFIG_C_port                                                        int64_t
#define CONFIG_C_bytes                                                       int64_t
#define CONFIG_C_duration                                                    int64_t
#define CONFIG_C_flag                                                        bool
#define CONFIG_C_host                                                        const char *
#define CONFIG_C_db_host                                                     const char *
#define CONFIG_C_url                                                         const char *
#define CONFIG_C_origins                                                     const char *
#define CONFIG_C_networks                                                    const char *
#define CONFIG_C_email                                                       const char *
#define CONFIG_C_postgres                                                    const char *
#define CONFIG_C_redis                                                       const char *
#define CONFIG_MEMBER(tag, kind, member, variable, fallback, flags, meaning) CONFIG_C_##kind member;
#define CONFIG_STRUCT(tag, ROWS) \
	struct tag { \
		ROWS(CONFIG_MEMBER, tag) \
	}; \
	extern const struct config_section tag##_section

struct config_section;
CONFIG_STRUCT(config, CONFIG_ROWS);

/* Reads and checks the platform's. `port_default` fills PORT when unset. On a bad value prints the line and exits 2.
 * Strings are borrowed from the environment or static. */
void config_load(struct config *ret, int port_default);
/* The same without exit: 0, or -1 with the line in `error`. */
MUST_CHECK int config_read(struct config *ret, int port_default, char *error, size_t error_size);

/* Likewise of another section, into its struct. */
void config_load_section(const struct config_section *section, const struct config *platform, void *ret);
MUST_CHECK int config_read_section(const struct config_section *section, const struct config *platform, void *ret,
                                   char *error, size_t error_size);

/* libpq's connection string out of DATABASE_URL or DB_*; into `out`, NUL-terminated; -1 when it does not fit. */
MUST_CHECK int config_conninfo(const struct config *config, char *out, size_t size);

/* `stoa config`: one line a variable on standard output. */
void config_print(const struct config_section *section, const void *values);
/* The value of one row as it is printed there, masked where due; into `out`, NUL-terminated, cut when it does not fit.
 */
void config_show(const struct config_section *section, const void *values, const char *variable, char *out,
                 size_t size);

#endif
