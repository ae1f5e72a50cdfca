/* SPDX-License-Identifier: Apache-2.0 */
/* refused: from incompatible pointer type 'struct new_thing *' */
#include "service/probe.h"

HANDLER(thing_change, change_thing, thing_view)
{
	struct new_thing thing = { .amount = 1 };

	request_patch(req, thing_view, &thing);
	reply(req, &(struct thing_view){ .amount = thing.amount });
}

extern const struct handler *const handlers[];
const struct handler *const handlers[] = { &thing_change_handler };
