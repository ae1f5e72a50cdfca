/* SPDX-License-Identifier: Apache-2.0 */
/* refused: initialization of 'const struct thing_view *' from incompatible pointer type 'struct new_thing *' */
#include "service/probe.h"

HANDLER(thing_make, new_thing, thing_view)
{
	reply(req, &(struct new_thing){ .name = input->name });
}

extern const struct handler *const handlers[];
const struct handler *const handlers[] = { &thing_make_handler };
