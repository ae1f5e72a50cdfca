/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What all loops of a process share, made before the first of them: which services are hosted, their routes, migrations
 * and statements, secrets, and the OpenAPI document. Afterwards only the flags change.
 */

#include "base/check.h"
#include "base/clock.h"
#include "base/encode.h"
#include "base/random.h"
#include "db/conninfo.h"
#include "service/internal.h"
#include "telemetry/log.h"

enum { SECRET_MIN = 32 };

/* ---- Services ------------------------------------------------------------------------------------------------- */

static const struct service *service_find(const struct service *const *services, struct str name)
{
	for (; services && *services; services++)
		if (str_eq(str_from((*services)->name), name))
			return *services;
	return NULL;
}

static int choose_services(struct process *process, struct str only)
{
	const struct service *const *known = process->services_known;
	size_t count = 0;

	if (str_is_null(only)) {
		for (; known && *known; known++) {
			CHECK(count < PLATFORM_LIST_MAX - 1);
			process->services[count++] = *known;
		}
		return 0;
	}
	while (!str_is_null(only)) {
		struct str name = str_trim(str_cut(&only, ','));
		const struct service *service = service_find(known, name);

		if (!service) {
			fprintf(stderr, "%s: --services: there is no service '%.*s'; known:", process->kind->name,
			        STR_ARG(name));
			for (; known && *known; known++)
				fprintf(stderr, " %s", (*known)->name);
			fprintf(stderr, "\n");
			return 2;
		}
		if (service_find(process->services, name))
			continue;
		CHECK(count < PLATFORM_LIST_MAX - 1);
		process->services[count++] = service;
	}
	return 0;
}

static struct subscriptions collect_subscriptions(struct arena *arena, const struct service *const *services)
{
	struct subject_walk walk = { .services = services }, again = walk;
	struct subscription *rows;
	size_t count = 0;

	for (const struct subject *subject; (subject = subject_next(&walk));)
		count += subject->subscriptions.count;
	rows = ARENA_ARRAY(arena, struct subscription, count);
	count = 0;
	for (const struct subject *subject; (subject = subject_next(&again));)
		for (size_t i = 0; i < subject->subscriptions.count; i++)
			rows[count++] = subject->subscriptions.rows[i];
	return (struct subscriptions){ rows, count };
}

/* ---- Settings --------------------------------------------------------------------------------------------------- */

/* One that is set is long enough, and production has all (config.h). Elsewhere a secret of the process's own will do for
 * a first try. */
static struct str secret_or_random(struct process *process, const char *value, const char *variable)
{
	uint8_t bytes[SECRET_MIN];

	if (*value)
		return str_from(value);
	log_warn("%s is not set: what this process signs is void when it ends", variable);
	random_bytes(bytes, sizeof(bytes));
	return str_dup(process->arena, hex_encode(process->arena, (struct str){ (char *)bytes, sizeof(bytes) }));
}

static const struct {
	const char *variable;
	size_t offset; /* of a text in struct config */
} token_secrets[] = {
	[AUDIENCE_PUBLIC] = { "JWT_SECRET", offsetof(struct config, jwt_secret) },
	[AUDIENCE_ADMIN] = { "ADMIN_JWT_SECRET", offsetof(struct config, admin_jwt_secret) },
};

const char *app_token_secret(const struct config *config, enum audience audience)
{
	return *(const char *const *)((const char *)config + token_secrets[audience].offset);
}

const char *app_token_variable(enum audience audience)
{
	return token_secrets[audience].variable;
}

static void read_secrets(struct process *process)
{
	const struct config *config = &process->config;
	enum audience audience = process->kind->audience;

	if (!audience)
		return;
	process->token_secret =
	        secret_or_random(process, app_token_secret(config, audience), app_token_variable(audience));
	process->cursor_secret = secret_or_random(process, config->cursor_secret, "STOA_CURSOR_SECRET");
}

/* What an admin may, without a person: for jobs of the installation itself. */
static void read_internal_key(struct process *process)
{
	struct str text = str_from(process->config.internal_api_key);
	struct service_key *key = &process->internal_key;

	if (!process->kind->takes_keys || !text.len)
		return;
	*key = (struct service_key){ .id = uuid_from_name(STR("stoa service key internal")),
		                     .name = "internal",
		                     .can = service_key_all(process->permissions, process->arena),
		                     .expires_at = INT64_MAX };
	service_key_hash(key->hash, text);
	process->has_internal_key = true;
}

static int read_redis_url(struct process *process)
{
	const struct config *config = &process->config;
	int len = 0;

	if (*config->redis_url) {
		len = snprintf(process->redis_url, REDIS_URL_MAX, "%s", config->redis_url);
	} else if (*config->redis_host) {
		struct str password = percent_encode(process->arena, str_from(config->redis_password));
		bool is_v6 = strchr(config->redis_host, ':');

		len = snprintf(process->redis_url, REDIS_URL_MAX, "redis://%s%.*s%s%s%s%s:%lld",
		               password.len ? ":" : "", STR_ARG(password), password.len ? "@" : "", is_v6 ? "[" : "",
		               config->redis_host, is_v6 ? "]" : "", (long long)config->redis_port);
	}
	if (len < REDIS_URL_MAX)
		return 0;
	fprintf(stderr, "REDIS_URL: longer than %d characters\n", REDIS_URL_MAX);
	return 2;
}

static int read_conninfo(struct process *process)
{
	char error[256];

	if (config_conninfo(&process->config, process->conninfo, sizeof(process->conninfo))) {
		fprintf(stderr, "DATABASE_URL: takes at most %zu characters\n", sizeof(process->conninfo) - 1);
		return 2;
	}
	if (conninfo_check(process->conninfo, error, sizeof(error))) {
		fprintf(stderr, "DATABASE_URL: %s\n", error);
		return 2;
	}
	return 0;
}

static void read_origins(struct process *process)
{
	struct str rest = str_from(process->config.cors_origins);

	while (!str_is_null(rest) && process->origin_count < ORIGINS_MAX) {
		struct str origin = str_trim(str_cut(&rest, ','));

		if (origin.len)
			process->origins[process->origin_count++] = origin;
	}
}

static int count_hosts(const struct process *process)
{
	if (process->config.threads > 0)
		return (int)process->config.threads;
	return process->kind->threads > 0 ? process->kind->threads : (int)uv_available_parallelism();
}

/* ---- Life ---------------------------------------------------------------------------------------------------------
 */

static void make_hosts(struct process *process)
{
	process->host_count = count_hosts(process);
	process->hosts = calloc((size_t)process->host_count, sizeof(*process->hosts));
	CHECK(process->hosts);
	for (int i = 0; i < process->host_count; i++) {
		process->hosts[i].process = process;
		process->hosts[i].index = i;
	}
}

int process_init(struct process *process, const struct app_kind *kind, const struct service *const *services,
                 const struct config *config, struct str only_services)
{
	*process = (struct process){ .kind = kind,
		                     .services_known = services,
		                     .config = *config,
		                     .bodies.max = (size_t)config->body_budget,
		                     .started_us = clock_mono_us(),
		                     .state = PROCESS_starting };
	process->id = uuid_new_v7(clock_now_us());
	process->arena = arena_new(4096, 1024 * 1024, NULL, NULL);
	pthread_mutex_init(&process->schema_lock, NULL);
	snprintf(process->schema_error, sizeof(process->schema_error), "not looked at yet");
	if (choose_services(process, only_services) || read_redis_url(process) || read_conninfo(process) ||
	    process_read_configs(process))
		return 2;
	process->permissions = platform_permissions(services);
	read_secrets(process);
	read_internal_key(process);
	read_origins(process);
	if (kind->limit)
		process->limit = process_rate_rule(process, kind->limit);
	platform_sets(process->services, process->sets);
	platform_modules(process->services, process->modules);
	process->subscriptions = collect_subscriptions(process->arena, process->services);
	process->subscriptions_all = collect_subscriptions(process->arena, process->services_known);
	route_table_init(&process->routes, kind, process->services);
	route_table_check_permissions(&process->routes, process->permissions);
	route_table_check_yields(&process->routes, process->subscriptions_all);
	pthread_mutex_init(&process->documents_lock, NULL);
	make_hosts(process);
	process->clients_max = descriptors_share(process);
	return 0;
}

void process_done(struct process *process)
{
	free(process->hosts);
	documents_done(process);
	pthread_mutex_destroy(&process->documents_lock);
	if (process->routes.router)
		route_table_done(&process->routes);
	permissions_free(process->permissions);
	pthread_mutex_destroy(&process->schema_lock);
	arena_free(process->arena);
}

bool process_schema(struct process *process, struct arena *arena, struct str *ret)
{
	bool ok;

	pthread_mutex_lock(&process->schema_lock);
	ok = process->schema_ok;
	if (!ok)
		*ret = str_dup(arena, str_from(process->schema_error));
	pthread_mutex_unlock(&process->schema_lock);
	return ok;
}
