/* SPDX-License-Identifier: Apache-2.0 */
/* refused: from incompatible pointer type 'struct new_thing *' */
#include "service/probe.h"

HANDLER(thing_make, new_thing, thing_view)
{
	struct tx *tx = tx_collect(req->db);

	reply_commit(req, tx, &(struct new_thing){ .name = input->name });
}

extern const struct handler *const handlers[];
const struct handler *const handlers[] = { &thing_make_handler };
