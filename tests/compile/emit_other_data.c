/* SPDX-License-Identifier: Apache-2.0 */
/* refused: '_Generic' selector of type 'struct new_thing *' is not compatible with any association */
#include "service/probe.h"

#define EVENTS(X) X(thing_made, "thing.made", thing, 1, thing_view, "A thing was made")
EVENTS(EVENT_DECLARE)
EVENTS(EVENT_DEFINE)

void thing_announce(struct tx *tx, struct new_thing *thing);

void thing_announce(struct tx *tx, struct new_thing *thing)
{
	emit(tx, thing_made, (struct uuid){ 0 }, 1, thing);
}
