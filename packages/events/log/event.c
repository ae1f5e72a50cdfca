/* SPDX-License-Identifier: Apache-2.0 */
/* An event as its readers see it: its data, and the envelope told to others. */
#include "events/event.h"

#include "task/task.h"
#include "json/json.h"

SCHEMA_TABLE(event_view, EVENT_VIEW, "A fact, as it is kept in the log and told to others")

struct event_view event_view_of(const struct event *event)
{
	bool caused = !uuid_is_nil(event->causation_id);

	return (struct event_view){
		.id = event->id,
		.type = event->type,
		.version = event->version,
		.aggregate = event->aggregate,
		.aggregate_id = event->aggregate_id,
		.aggregate_seq = event->aggregate_seq,
		.occurred_at = event->occurred_at,
		.source = event->source,
		.correlation_id = event->correlation_id,
		.causation_id = { .set = caused, .value = event->causation_id },
		.traceparent = event->traceparent,
		.data = event->data,
	};
}

const void *event_data(const struct event *event, const struct event_type *type)
{
	struct json_errors errors = { 0 };
	void *data = arena_alloc(task_arena(), type->data->size);

	if (event->version > type->version)
		refuse(&problem_invalid_body, "%s has version %lld, newer than %d", type->name,
		       (long long)event->version, type->version);
	if (json_read(task_arena(), type->data, event->data, data, &errors))
		refuse(&problem_invalid_body, "the data of %s does not fit its schema: %.*s %.*s", type->name,
		       STR_ARG(errors.items[0].pointer), STR_ARG(errors.items[0].detail));
	return data;
}
