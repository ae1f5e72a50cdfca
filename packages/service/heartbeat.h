/* SPDX-License-Identifier: Apache-2.0 */
/* The processes that run: each renews its row of stoa.process while it lives. */
#ifndef STOA_SERVICE_HEARTBEAT_H
#define STOA_SERVICE_HEARTBEAT_H

#include "base/choice.h"
#include "base/clock.h"
#include "service/sql/processes_sql.h"

#define PROCESS_STATES(X) X(PROCESS, starting) X(PROCESS, ready) X(PROCESS, draining)
CHOICE_ENUM(process_state, PROCESS_STATES)

/* A process whose row is older than this has ended, or cannot reach the database. */
#define HEARTBEAT_STALE_US (30 * US_PER_S)

#endif
