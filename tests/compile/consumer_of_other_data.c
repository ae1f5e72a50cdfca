/* SPDX-License-Identifier: Apache-2.0 */
/* refused: 'const struct thing_view' has no member named 'parts' */
#include "service/probe.h"

#define EVENTS(X) X(thing_made, "thing.made", thing, 1, thing_view, "A thing was made")
EVENTS(EVENT_DECLARE)
EVENTS(EVENT_DEFINE)

extern const struct consumer thing_seen_consumer;

CONSUMER(thing_seen, thing_made)
{
	(void)data->parts;
}
