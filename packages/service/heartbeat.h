/* SPDX-License-Identifier: Apache-2.0 */
/* Which processes run, as they say themselves: each renews a row of stoa.process while it lives. */
#ifndef STOA_SERVICE_HEARTBEAT_H
#define STOA_SERVICE_HEARTBEAT_H

#include "base/str.h"
#include "base/uuid.h"
#include "db/db.h"

struct heartbeat {
	struct uuid id;
	struct str kind, release, host;
	int64_t pid, port;
	struct str state; /* "starting", "ready", "draining" */
	int64_t started_at, seen_at;
};

struct heartbeat_list {
	struct heartbeat *items;
	size_t count;
};

/* Those that gave a sign of life within the last half minute, by kind, host and port; in the running task's arena. */
struct heartbeat_list heartbeat_all(struct db *db, int64_t now_us);

#endif
