/* SPDX-License-Identifier: Apache-2.0 */
/* The log of events for whoever pulls it, by position: whatever was pushed and lost can be had again here. */
#include "base/check.h"
#include "events/event.h"
#include "ops/api.h"
#include "ops/handlers.h"

enum { PAGE_BYTES = 1024 * 1024 }; /* of data, after which a page ends early */

static struct feed_event feed_view(const struct event *event)
{
	struct event_view view = event_view_of(event);

	return (struct feed_event){
		.position = event->position,
		.id = view.id,
		.type = view.type,
		.version = view.version,
		.aggregate = view.aggregate,
		.aggregate_id = view.aggregate_id,
		.aggregate_seq = view.aggregate_seq,
		.occurred_at = view.occurred_at,
		.source = view.source,
		.correlation_id = view.correlation_id,
		.causation_id = view.causation_id,
		.traceparent = view.traceparent,
		.data = view.data,
	};
}

/* How many of the events fit on a page, at least one. */
static size_t events_fitting(struct event_list found, size_t wanted)
{
	size_t bytes = 0;

	for (size_t i = 0; i < wanted; i++) {
		bytes += found.items[i].data.len;
		if (i > 0 && bytes > PAGE_BYTES)
			return i;
	}
	return wanted;
}

static void event_feed_get(struct request *req)
{
	const struct feed_query *query = req->query;

	require_all_stores(req);
	int64_t after = query->after.set ? query->after.value : 0, limit = rows_wanted(query->limit);
	struct event_list found = events_after(req->db, after, query->filter_type, limit);
	size_t shown = events_fitting(found, (int64_t)found.count == limit ? found.count - 1 : found.count);
	struct feed_event *views = ARENA_ARRAY(task_arena(), struct feed_event, shown);

	for (size_t i = 0; i < shown; i++)
		views[i] = feed_view(&found.items[i]);
	reply(req, &(struct feed_page){
	                   .data = { views, shown },
	                   .has_more = shown < found.count,
	                   .next_after = shown ? views[shown - 1].position : after,
	           });
}

/* ---- Routes ----------------------------------------------------------------------------------- */

const struct route feed_routes[] = {
	{
	        .method = HTTP_GET,
	        .path = "/api/admin/events",
	        .name = "event_feed",
	        .doc = "The log of all events after a position, oldest first; going on from next_after misses nothing.",
	        .handler = event_feed_get,
	        .needs = PERMISSION_EVENTS_READ,
	        .query = &feed_query_schema,
	        .reply = &feed_page_schema,
	},
	{ 0 },
};
