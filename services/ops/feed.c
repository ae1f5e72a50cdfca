/* SPDX-License-Identifier: Apache-2.0 */
/* The log of events by position, for clients that poll it: an event that was pushed and lost can be read again here. */
#include <stdlib.h>

#include "base/buf.h"
#include "base/check.h"
#include "events/event.h"
#include "events/tail.h"
#include "ops/api.h"
#include "ops/permissions.h"
#include "ops/routes.h"
#include "service/app.h"
#include "service/place.h"
#include "json/json.h"

enum { PAGE_BYTES = 1024 * 1024 }; /* of data; then a page ends early */
enum { MESSAGE_MAX = 1024 * 1024, RETRY_MS = 2000 };

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

/* The number of events that fit on a page, at least one. */
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
	int64_t after = query->after.set ? query->after.value : 0, limit = page_limit(query->limit);
	struct event_list found = events_after(req->db, after, query->filter_type, limit);
	size_t shown = events_fitting(found, (int64_t)found.count == limit ? found.count - 1 : found.count);
	struct feed_event *views = ARENA_ARRAY(task_arena(), struct feed_event, shown);

	for (size_t i = 0; i < shown; i++)
		views[i] = feed_view(&found.items[i]);
	reply_plain(req, &(struct feed_page){
	                         .data = { views, shown },
	                         .has_more = shown < found.count,
	                         .next_after = shown ? views[shown - 1].position : after,
	                 });
}

/* ---- Stream ----------------------------------------------------------------------------------- */

struct watcher {
	struct sse *sse;
	struct tail_reader *reader;
};

static void feed_send(struct sse *sse, int64_t position, struct str type, const struct schema *schema,
                      const void *value)
{
	struct buf text;
	char id[24];
	int len = snprintf(id, sizeof(id), "%lld", (long long)position);

	buf_init(&text, MESSAGE_MAX);
	json_write(&text, schema, value);
	if (text.overflow)
		sse_close(sse);
	else
		sse_send(sse, (struct str){ id, (size_t)len }, type, buf_view(&text));
	buf_done(&text);
}

static void feed_on_event(void *arg, const struct event *event)
{
	const struct watcher *watcher = arg;
	struct feed_event view = feed_view(event);

	feed_send(watcher->sse, event->position, event->type, &feed_event_schema, &view);
}

static bool feed_is_ready(void *arg)
{
	return sse_is_ready(((const struct watcher *)arg)->sse);
}

static void feed_on_close(struct sse *sse, void *arg)
{
	struct watcher *watcher = arg;

	tail_leave(watcher->reader);
	free(watcher);
}

static void feed_begin(struct request *req, struct watcher *watcher, int64_t after, struct str type)
{
	feed_send(watcher->sse, after, STR("connected"), &feed_connected_schema,
	          &(struct feed_connected){ .type = STR("connected"), .position = after });
	watcher->reader = tail_join(req->app->tail, &(struct tail_reader_options){ .after = after,
	                                                                           .type = type,
	                                                                           .on_event = feed_on_event,
	                                                                           .is_ready = feed_is_ready,
	                                                                           .arg = watcher });
}

static void event_stream(struct request *req)
{
	const struct feed_stream_query *query = req->query;

	require_all_stores(req);
	struct opt_i64 last = request_last_event(req), from = last.set ? last : query->after;
	int64_t after = from.set ? from.value : tail_settled(req->db);
	struct watcher *watcher = calloc(1, sizeof(*watcher));

	CHECK(watcher);
	watcher->sse = request_stream(
	        req, &(struct sse_options){ .retry_ms = RETRY_MS, .on_close = feed_on_close, .arg = watcher });
	if (watcher->sse)
		feed_begin(req, watcher, after, query->filter_type);
	else
		free(watcher);
}

/* ---- Routes ----------------------------------------------------------------------------------- */

static const struct route feed_rows[] = {
	{
	        .method = HTTP_GET,
	        .path = "/api/admin/events",
	        .name = "event_feed",
	        .doc = "Lists all events after a position, oldest first. To miss no event, continue with next_after.",
	        .plain = event_feed_get,
	        .needs = &permission_events_read,
	        .query = &feed_query_schema,
	        .reply = &feed_page_schema,
	},
	{
	        .method = HTTP_GET,
	        .path = "/api/admin/events/stream",
	        .name = "event_stream",
	        .doc = "Streams the log as server-sent events from a position; Last-Event-ID resumes without a gap.",
	        .plain = event_stream,
	        .needs = &permission_events_read,
	        .query = &feed_stream_query_schema,
	        .stream = true,
	},
};
const struct routes feed_routes = ROUTES(feed_rows);
