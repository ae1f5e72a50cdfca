/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"

#include "config/config.h"
#include "config/row.h"

#define KEY_A "0123456789abcdef0123456789abcdef"
#define KEY_B "abcdef0123456789abcdef0123456789"

#define SHOP_CONFIG(X, T) \
	X(T, duration, hold, SHOP_HOLD, "10m", RANGE(1000000, 86400000000), "How long goods are held") \
	X(T, choice, provider, SHOP_PROVIDER, "auto", ONE_OF("auto manual"), "Who authorises") \
	X(T, text, key, SHOP_KEY, "", SECRET, "Key of the provider")
CONFIG_STRUCT(shop_config, SHOP_CONFIG);

static int check_shop(const struct config *platform, const void *values, char *error, size_t size)
{
	const struct shop_config *shop = values;

	if (strcmp(shop->provider, "manual") != 0 || strcmp(platform->environment, "test") != 0)
		return 0;
	snprintf(error, size, "SHOP_PROVIDER: nobody is there in a test");
	return -1;
}

CONFIG_SECTION(shop_config, SHOP_CONFIG, check_shop);

static struct config config;
static struct shop_config shop;
static char error[512];

static int clear(void **state)
{
	for (size_t i = 0; i < config_section.row_count; i++)
		unsetenv(config_section.rows[i].variable);
	for (size_t i = 0; i < shop_config_section.row_count; i++)
		unsetenv(shop_config_section.rows[i].variable);
	memset(&config, 0x5a, sizeof(config));
	return 0;
}

static void set(const char *variable, const char *value)
{
	assert_int_equal(setenv(variable, value, 1), 0);
}

static void load(void)
{
	if (config_read(&config, 3000, error, sizeof(error)) < 0)
		test_fail("%s", error);
}

static void defaults_are_valid(void **state)
{
	load();
	assert_string_equal(config.environment, "development");
	assert_int_equal(config.port, 3000);
	assert_int_equal(config.threads, 0);
	assert_int_equal(config.stream_max_bytes, 64 << 20);
	assert_int_equal(config.start_wait, INT64_C(120) * 1000000);
	assert_string_equal(config.log_level, "info");
	assert_string_equal(config.jwt_secret, "");
}

static void good_values(void **state)
{
	set("PORT", "65535");
	set("STOA_ENV", "test");
	set("STOA_FAULT", "commit:2");
	set("STOA_STREAM_MAX_BYTES", "2g");
	set("STOA_DRAIN_GRACE", "250ms");
	set("STOA_START_WAIT", "1h");
	set("DB_HOST", "");
	set("DB_USER", "someone");
	load();
	assert_int_equal(config.port, 65535);
	assert_int_equal(config.stream_max_bytes, INT64_C(2) << 30);
	assert_int_equal(config.drain_grace, 250000);
	assert_int_equal(config.start_wait, INT64_C(3600) * 1000000);
	assert_string_equal(config.db_user, "someone");
}

static void bad_values_name_the_variable(void **state)
{
	static const struct {
		const char *variable;
		const char *value;
		const char *error;
	} cases[] = {
		{ "PORT", "http", "PORT: got \"http\", takes a whole number from 1 to 65535" },
		{ "PORT", "0", "PORT: got \"0\", takes a whole number from 1 to 65535" },
		{ "PORT", "65536", "PORT: got \"65536\", takes a whole number from 1 to 65535" },
		{ "STOA_THREADS", "-1", "STOA_THREADS: got \"-1\", takes a whole number from 0 to 256" },
		{ "STOA_THREADS", "4 ", "STOA_THREADS: got \"4 \", takes a whole number from 0 to 256" },
		{ "STOA_BUS", "kafka", "STOA_BUS: got \"kafka\", takes one of: redis postgres" },
		{ "STOA_BUS", "redis postgres", "STOA_BUS: got \"redis postgres\", takes one of: redis postgres" },
		{ "STOA_DRAIN_GRACE", "10",
		  "STOA_DRAIN_GRACE: got \"10\", takes a whole number with ms, s, m or h, from 0 s to 600 s" },
		{ "STOA_DRAIN_GRACE", "11m",
		  "STOA_DRAIN_GRACE: got \"11m\", takes a whole number with ms, s, m or h, from 0 s to 600 s" },
		{ "STOA_DRAIN_GRACE", "99999999999999999h",
		  "STOA_DRAIN_GRACE: got \"99999999999999999h\", takes a whole number with ms, s, m or h, from 0 s to "
		  "600 s" },
		{ "STOA_STREAM_MAX_BYTES", "m",
		  "STOA_STREAM_MAX_BYTES: got \"m\", takes bytes from 1048576 to 1099511627776, with k, m or g for "
		  "1024, "
		  "1024^2, 1024^3" },
		{ "STOA_STREAM_MAX_BYTES", "1k",
		  "STOA_STREAM_MAX_BYTES: got \"1k\", takes bytes from 1048576 to 1099511627776, with k, m or g for "
		  "1024, "
		  "1024^2, 1024^3" },
		{ "STOA_FAULT", "commit:2", "STOA_FAULT: got \"commit:2\", takes nothing unless STOA_ENV is test" },
		{ "JWT_SECRET", "hunter2", "JWT_SECRET: got 7 characters, takes 32 or more" },
		{ "INTERNAL_API_KEY", "hunter2", "INTERNAL_API_KEY: got 7 characters, takes 32 or more" },
		{ "DATABASE_URL", "mysql://me:hunter2@x",
		  "DATABASE_URL: got mysql://..., takes postgresql://[user[:password]@][host][:port][/database][?...], "
		  "or key=value pairs of libpq" },
		{ "DATABASE_URL", "postgres://x:abc/db",
		  "DATABASE_URL: got postgres://..., takes a port from 1 to 65535" },
		{ "DATABASE_URL", "password=hunter2 port=x",
		  "DATABASE_URL: got 23 characters, takes a port from 1 to 65535" },
		{ "REDIS_URL", "http://x",
		  "REDIS_URL: got http://..., takes redis://[[user]:password@]host[:port][/db] or "
		  "unix:///path[?db=N]" },
		{ "REDIS_URL", "redis://x:99999", "REDIS_URL: got redis://..., takes a port from 1 to 65535" },
		{ "REDIS_HOST", "x:1", "REDIS_HOST: got \"x:1\", takes a host name or an address" },
		{ "STOA_TRUSTED_PROXIES", "nonsense",
		  "STOA_TRUSTED_PROXIES: got \"nonsense\", takes up to 32 addresses and CIDR blocks with commas, for "
		  "example 10.0.0.0/8,::1; or unix" },
		{ "STOA_CORS_ORIGINS", "https://a/",
		  "STOA_CORS_ORIGINS: got \"https://a/\", takes up to 32 origins as browsers send them, for example "
		  "https://shop.example: lower case, no path, no default port; or *" },
		{ "STOA_RELEASE", "a\nb", "STOA_RELEASE: got \"a\nb\", takes text without control characters" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		clear(NULL);
		set(cases[i].variable, cases[i].value);
		assert_int_equal(config_read(&config, 3000, error, sizeof(error)), -1);
		assert_string_equal(error, cases[i].error);
		assert_int_equal(*(unsigned char *)&config, 0x5a);
	}
}

static void production_wants_its_secrets(void **state)
{
	set("STOA_ENV", "production");
	set("JWT_SECRET", KEY_A);
	assert_int_equal(config_read(&config, 3000, error, sizeof(error)), -1);
	assert_string_equal(error, "ADMIN_JWT_SECRET: not set, takes 32 characters or more in production");
	set("ADMIN_JWT_SECRET", KEY_A);
	set("STOA_CURSOR_SECRET", KEY_B);
	assert_int_equal(config_read(&config, 3000, error, sizeof(error)), -1);
	assert_string_equal(error, "ADMIN_JWT_SECRET: got the same as JWT_SECRET, takes another key");
	set("ADMIN_JWT_SECRET", KEY_B);
	load();
	assert_string_equal(config.admin_jwt_secret, KEY_B);
}

static void connection_strings(void **state)
{
	char text[128];

	load();
	assert_int_equal(config_conninfo(&config, text, sizeof(text)), 0);
	assert_string_equal(text, "port=5432 dbname='stoa' user='stoa'");
	set("DB_HOST", "/run/a b");
	set("DB_PASSWORD", "it's \\ here");
	load();
	assert_int_equal(config_conninfo(&config, text, sizeof(text)), 0);
	assert_string_equal(text, "host='/run/a b' port=5432 dbname='stoa' user='stoa' password='it\\'s \\\\ here'");
	assert_int_equal(config_conninfo(&config, text, strlen(text)), -1);
	assert_int_equal(config_conninfo(&config, text, strlen(text) + 1), 0);
	set("DATABASE_URL", "postgresql://u:p@h/d");
	load();
	assert_int_equal(config_conninfo(&config, text, sizeof(text)), 0);
	assert_string_equal(text, "postgresql://u:p@h/d");
}

static void shown_without_secrets(void **state)
{
	static const struct {
		const char *variable;
		const char *value;
		const char *shown;
	} cases[] = {
		{ "JWT_SECRET", KEY_A, "***" },
		{ "REDIS_PASSWORD", "short", "***" },
		{ "REDIS_PASSWORD", "", "" },
		{ "DATABASE_URL", "postgresql://me:hunter2@db:5432/stoa?sslmode=require",
		  "postgresql://me:***@db:5432/stoa?sslmode=require" },
		{ "DATABASE_URL", "postgresql://me:hun:ter@2@db/stoa", "postgresql://me:***@db/stoa" },
		{ "DATABASE_URL", "postgresql://me@db/stoa", "postgresql://me@db/stoa" },
		{ "DATABASE_URL", "postgresql:///stoa?user=me&password=hunter2&host=/run/x",
		  "postgresql:///stoa?user=me&password=***&host=/run/x" },
		{ "DATABASE_URL", "host=db password = hunter2 user=me", "host=db password=*** user=me" },
		{ "DATABASE_URL", "host=db password='hun\\'ter 2' user=me", "host=db password=*** user=me" },
		{ "DATABASE_URL", "password=hunter2", "password=***" },
		{ "REDIS_URL", "redis://:hunter2@127.0.0.1:6379", "redis://:***@127.0.0.1:6379" },
		{ "REDIS_URL", "unix:///run/redis.sock", "unix:///run/redis.sock" },
		{ "STOA_DRAIN_GRACE", "90s", "90s" },
		{ "STOA_DRAIN_GRACE", "120s", "2m" },
		{ "STOA_DRAIN_GRACE", "1500ms", "1500ms" },
		{ "STOA_DRAIN_GRACE", "0s", "0" },
		{ "STOA_STREAM_MAX_BYTES", "1048577", "1048577" },
		{ "STOA_STREAM_MAX_BYTES", "1024m", "1g" },
		{ "PORT", "8080", "8080" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		char shown[128];

		clear(NULL);
		set(cases[i].variable, cases[i].value);
		load();
		config_show(&config_section, &config, cases[i].variable, shown, sizeof(shown));
		assert_string_equal(shown, cases[i].shown);
	}
}

/* Not accepted, and masked all the same. */
static void broken_quotes_show_no_secret(void **state)
{
	static const char *const texts[] = { "password='hunter2", "password='hunter2\\" };

	load();
	for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
		char shown[128];

		config.database_url = texts[i];
		config_show(&config_section, &config, "DATABASE_URL", shown, sizeof(shown));
		assert_string_equal(shown, "password=***");
	}
}

/* A service's own. */
static void sections_are_read_like_the_rest(void **state)
{
	char shown[64];

	load();
	assert_int_equal(config_read_section(&shop_config_section, &config, &shop, error, sizeof(error)), 0);
	assert_int_equal(shop.hold, INT64_C(600) * 1000000);
	assert_string_equal(shop.provider, "auto");
	set("SHOP_HOLD", "90s");
	set("SHOP_KEY", KEY_A);
	assert_int_equal(config_read_section(&shop_config_section, &config, &shop, error, sizeof(error)), 0);
	assert_int_equal(shop.hold, 90000000);
	config_show(&shop_config_section, &shop, "SHOP_HOLD", shown, sizeof(shown));
	assert_string_equal(shown, "90s");
	config_show(&shop_config_section, &shop, "SHOP_KEY", shown, sizeof(shown));
	assert_string_equal(shown, "***");
}

static void sections_refuse_like_the_rest(void **state)
{
	static const struct {
		const char *variable, *value, *environment, *error;
	} cases[] = {
		{ "SHOP_HOLD", "10", "test",
		  "SHOP_HOLD: got \"10\", takes a whole number with ms, s, m or h, from 1 s to 86400 s" },
		{ "SHOP_PROVIDER", "nobody", "test", "SHOP_PROVIDER: got \"nobody\", takes one of: auto manual" },
		{ "SHOP_PROVIDER", "manual", "test", "SHOP_PROVIDER: nobody is there in a test" },
		{ "SHOP_PROVIDER", "manual", "production",
		  "SHOP_KEY: not set, takes 32 characters or more in production" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		clear(NULL);
		load();
		config.environment = cases[i].environment;
		set(cases[i].variable, cases[i].value);
		assert_int_equal(config_read_section(&shop_config_section, &config, &shop, error, sizeof(error)), -1);
		assert_string_equal(error, cases[i].error);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(defaults_are_valid, clear),
		cmocka_unit_test_setup(good_values, clear),
		cmocka_unit_test_setup(bad_values_name_the_variable, clear),
		cmocka_unit_test_setup(production_wants_its_secrets, clear),
		cmocka_unit_test_setup(connection_strings, clear),
		cmocka_unit_test_setup(shown_without_secrets, clear),
		cmocka_unit_test_setup(broken_quotes_show_no_secret, clear),
		cmocka_unit_test_setup(sections_are_read_like_the_rest, clear),
		cmocka_unit_test_setup(sections_refuse_like_the_rest, clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
