/* SPDX-License-Identifier: Apache-2.0 */
#include "events/event.h"

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
