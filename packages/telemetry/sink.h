/* SPDX-License-Identifier: Apache-2.0 */
/* Where log lines go: standard output, without ever waiting long for its reader. Callable from any thread. */
#ifndef STOA_TELEMETRY_SINK_H
#define STOA_TELEMETRY_SINK_H

#include <stdint.h>

#include "base/str.h"

void sink_write(struct str line);
uint64_t sink_dropped(void);

#endif
