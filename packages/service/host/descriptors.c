/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many clients a process can hold is a matter of descriptors. The soft limit is raised to the hard one at start;
 * what is left after our own connections is shared by the loops, so that clients too many are told so (503) instead of
 * waiting for a descriptor that does not come.
 */
#include <sys/resource.h>

#include "service/internal.h"
#include "telemetry/log.h"

/* Of a loop: epoll, pipes, lanes, Redis, and the clients that are being refused. */
enum { OWN = 48, PROCESS_OWN = 64, CLIENTS_MIN = 16, CLIENTS_MAX = 100 * 1000, CLIENTS_WANTED = 10 * 1000 };

static rlim_t raise_limit(void)
{
	struct rlimit limit = { .rlim_cur = 1024, .rlim_max = 1024 };

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return limit.rlim_cur;
	if (limit.rlim_cur < limit.rlim_max) {
		struct rlimit raised = { .rlim_cur = limit.rlim_max, .rlim_max = limit.rlim_max };

		if (!setrlimit(RLIMIT_NOFILE, &raised))
			return raised.rlim_cur;
	}
	return limit.rlim_cur;
}

int descriptors_share(const struct process *process)
{
	const struct config *config = &process->config;
	int64_t limit = (int64_t)(raise_limit() & INT64_MAX);
	int64_t loop = (limit - PROCESS_OWN) / process->host_count - OWN - config->db_interactive_max;
	int64_t clients = loop - loop / 8;

	if (clients > CLIENTS_MAX)
		clients = CLIENTS_MAX;
	if (clients < CLIENTS_MIN)
		clients = CLIENTS_MIN;
	if (process->kind->audience && clients * process->host_count < CLIENTS_WANTED)
		log_warn("the limit of %lld descriptors is enough for %lld clients; raise it (ulimit -Hn, LimitNOFILE) "
		         "for more",
		         (long long)limit, (long long)(clients * process->host_count));
	return (int)clients;
}
