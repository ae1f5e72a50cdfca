/* SPDX-License-Identifier: Apache-2.0 */
/* refused: from incompatible pointer type 'struct new_thing *' */
#include "service/probe.h"

void thing_show(struct request *req, struct new_thing *thing);

void thing_show(struct request *req, struct new_thing *thing)
{
	reply_as(req, thing_view, thing);
}
