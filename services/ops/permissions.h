/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STOA_OPS_PERMISSIONS_H
#define STOA_OPS_PERMISSIONS_H

#include "auth/permission.h"

/* clang-format off */
#define OPS_PERMISSIONS(X) \
	X(events_read, "events.read", WORK, "Read the event log", "") \
	X(ops_read, "ops.read", WORK, "See jobs, consumers, dead letters", "") \
	X(ops_write, "ops.write", WORK, "Replay, discard, pause", "")
/* clang-format on */

OPS_PERMISSIONS(PERMISSION_DECLARE)

#endif
