/* SPDX-License-Identifier: Apache-2.0 */
/* An event as an entry of a Redis stream: one field a member, by name, so that writer and reader may be of different
 * releases. */
#ifndef STOA_EVENTS_STREAM_H
#define STOA_EVENTS_STREAM_H

#include "base/attr.h"
#include "events/event.h"
#include "redis/redis.h"

enum { STREAM_FIELDS = 13, STREAM_XADD_ARGS = 3 + 2 * STREAM_FIELDS };

/* XADD key * field value ...; texts in the arena. `args` has room for STREAM_XADD_ARGS. */
void stream_xadd(struct arena *arena, struct str key, const struct event *event, struct str *args);

/* Out of [field, value, ...]; strings are borrowed. 0, or -1: not one of ours. */
MUST_CHECK int stream_parse(const struct redis_value *fields, struct event *ret);

#endif
