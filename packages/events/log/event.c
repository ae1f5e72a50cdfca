/* SPDX-License-Identifier: Apache-2.0 */
/* An event as its readers see it: its data. */
#include "events/event.h"

#include "task/task.h"
#include "json/json.h"

const void *event_data(const struct event *event, const struct event_type *type)
{
	struct json_errors errors = { 0 };
	void *data = arena_alloc(task_arena(), type->data->size);

	/* It comes again: in a rolling deploy to a worker of the newer release. */
	if (event->version > type->version)
		fail("%s has version %lld, newer than %d", type->name, (long long)event->version, type->version);
	if (json_read_stored(task_arena(), type->data, event->data, data, &errors))
		refuse(&problem_invalid_body, "the data of %s does not fit its schema: %.*s %.*s", type->name,
		       STR_ARG(errors.items[0].pointer), STR_ARG(errors.items[0].detail));
	return data;
}
