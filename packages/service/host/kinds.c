/* SPDX-License-Identifier: Apache-2.0 */
/* Which kinds of processes there are. Whatever differs between them is a member of their rows. */
#include "base/clock.h"
#include "service/host/part.h"
#include "service/internal.h"

/* Those who call an API wait for a process that ends; nobody waits for what works in the background. */
enum { GRACE_BACKGROUND = 12 };
#define GRACE_MAX_US            (600 * US_PER_S)
#define GRACE_BACKGROUND_MAX_US (120 * US_PER_S)

static const struct rate_rule public_limit = {
	.name = "default",
	.window_us = 60 * US_PER_S,
	RATE_QUOTA(config, rate_public),
};

const struct app_kind app_public_api = {
	.name = "public-api",
	.port = 3000,
	.audience = AUDIENCE_PUBLIC,
	.routes = LIST(const struct routes *const, &docs_routes),
	.parts = LIST(const struct host_part *const, &part_services, &part_live, &part_door, &part_requests,
	              &part_heartbeat),
	.grace_factor = 1,
	.grace_max_us = GRACE_MAX_US,
	.limit = &public_limit,
};

const struct app_kind app_admin_api = {
	.name = "admin-api",
	.port = 3001,
	.audience = AUDIENCE_ADMIN,
	.routes = LIST(const struct routes *const, &docs_routes, &audit_routes),
	.parts = LIST(const struct host_part *const, &part_services, &part_live, &part_tail, &part_door, &part_requests,
	              &part_heartbeat),
	.grace_factor = 1,
	.grace_max_us = GRACE_MAX_US,
	.takes_keys = true,
	.audited = true,
};

const struct app_kind app_worker = {
	.name = "worker",
	.port = 3002,
	.parts = LIST(const struct host_part *const, &part_services, &part_probes, &part_bus, &part_relay,
	              &part_consumers, &part_heartbeat),
	.threads = 1,
	.grace_factor = GRACE_BACKGROUND,
	.grace_max_us = GRACE_BACKGROUND_MAX_US,
};

const struct app_kind app_cron = {
	.name = "cron",
	.port = 3003,
	.parts =
	        LIST(const struct host_part *const, &part_services, &part_probes, &part_periodic_jobs, &part_heartbeat),
	.threads = 1,
	.grace_factor = GRACE_BACKGROUND,
	.grace_max_us = GRACE_BACKGROUND_MAX_US,
};

const struct app_kind_list app_kinds =
        LIST(const struct app_kind *const, &app_public_api, &app_admin_api, &app_worker, &app_cron);

int64_t app_kind_grace_us(const struct app_kind *kind, int64_t drain_grace_us)
{
	int64_t grace_us = drain_grace_us * kind->grace_factor;

	return grace_us < kind->grace_max_us ? grace_us : kind->grace_max_us;
}
