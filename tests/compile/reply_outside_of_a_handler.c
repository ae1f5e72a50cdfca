/* SPDX-License-Identifier: Apache-2.0 */
/* refused: 'handler_output' undeclared */
#include "service/probe.h"

void thing_show(struct request *req, struct thing_view *thing);

void thing_show(struct request *req, struct thing_view *thing)
{
	reply(req, thing);
}
