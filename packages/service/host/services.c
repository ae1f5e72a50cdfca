/* SPDX-License-Identifier: Apache-2.0 */
/* What a service has of its own in a process: its section of the configuration, and what each loop keeps for it. */
#include "base/check.h"
#include "service/host/part.h"
#include "service/internal.h"

/* ---- Configuration ----------------------------------------------------------------------------------------------- */

int process_read_configs(struct process *process)
{
	char error[512];

	for (size_t i = 0; process->services_known && process->services_known[i]; i++) {
		CHECK(i < PLATFORM_LIST_MAX);
		process->configs[i] = platform_config(process->arena, process->services_known[i], &process->config,
		                                      error, sizeof(error));
		if (*error) {
			fprintf(stderr, "%s\n", error);
			return 2;
		}
	}
	return 0;
}

static const void *config_of(const struct process *process, const struct config_section *section)
{
	if (section == &config_section)
		return &process->config;
	for (size_t i = 0; process->services_known && process->services_known[i]; i++)
		if (process->services_known[i]->config == section)
			return process->configs[i];
	check_failed(__FILE__, __LINE__, "no service lists this configuration");
}

const void *app_config(const struct app *app, const struct config_section *section)
{
	return config_of(HOST_OF(app)->process, section);
}

struct rate_rule process_rate_rule(const struct process *process, const struct rate_rule *rule)
{
	return rate_rule_configured(rule, rule->section ? config_of(process, rule->section) : NULL);
}

struct rate_rule app_rate_rule(const struct app *app, const struct rate_rule *rule)
{
	return process_rate_rule(HOST_OF(app)->process, rule);
}

/* ---- Of a loop --------------------------------------------------------------------------------------------------- */

static int services_open(struct host *host, void **own)
{
	const struct service *const *services = host->process->services;

	for (size_t i = 0; services[i]; i++)
		if (services[i]->open)
			host->service_states[i] = services[i]->open(&host->app);
	return 0;
}

static void services_close(struct host *host, void **own)
{
	const struct service *const *services = host->process->services;

	for (size_t i = 0; services[i]; i++)
		if (host->service_states[i])
			services[i]->close(host->service_states[i]);
}

const struct host_part part_services = { .name = "services", .open = services_open, .close = services_close };

void *app_service_state(const struct app *app, const struct service *service)
{
	const struct host *host = HOST_OF(app);

	for (size_t i = 0; host->process->services[i]; i++)
		if (host->process->services[i] == service)
			return host->service_states[i];
	return NULL;
}
