/* SPDX-License-Identifier: Apache-2.0 */
/* refused: 'const struct new_thing' has no member named 'version' */
#include "service/probe.h"

HANDLER(thing_make, new_thing, thing_view)
{
	reply(req, &(struct thing_view){ .version = input->version });
}

extern const struct handler *const handlers[];
const struct handler *const handlers[] = { &thing_make_handler };
