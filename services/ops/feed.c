/* SPDX-License-Identifier: Apache-2.0 */
/* The log of events by position, for clients that poll it: an event that was pushed and lost can be read again here. */
#include <stdlib.h>

#include "base/buf.h"
#include "base/check.h"
#include "events/event.h"
#include "events/tail.h"
#include "ops/api.h"
#include "ops/ops.h"
#include "ops/permissions.h"
#include "service/app.h"
#include "service/page.h"
#include "json/json.h"

enum { PAGE_BYTES = 1024 * 1024 }; /* of data; then a page ends early */
enum { MESSAGE_MAX = 1024 * 1024, RETRY_MS = 2000 };

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

HANDLER(event_feed, feed_query, feed_page)
{
	int64_t after = input->after.set ? input->after.value : 0;
	int64_t limit = (input->limit.set ? input->limit.value : PAGE_LIMIT_DEFAULT) + 1;

	require_all_stores(req);
	struct event_list found = events_after(req->db, after, input->filter_type, limit);
	size_t shown = events_fitting(found, (int64_t)found.count == limit ? found.count - 1 : found.count);

	reply(req, &(struct feed_page){
	                   .data = { found.items, shown },
	                   .has_more = shown < found.count,
	                   .next_after = shown ? found.items[shown - 1].position : after,
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

	feed_send(watcher->sse, event->position, event->type, &feed_event_schema, event);
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

HANDLER(event_stream, feed_stream_query, nothing)
{
	require_all_stores(req);
	struct opt_i64 last = request_last_event(req), from = last.set ? last : input->after;
	int64_t after = from.set ? from.value : tail_settled(req->db);
	struct watcher *watcher = calloc(1, sizeof(*watcher));

	CHECK(watcher);
	watcher->sse = request_stream(
	        req, &(struct sse_options){ .retry_ms = RETRY_MS, .on_close = feed_on_close, .arg = watcher });
	if (!watcher->sse) {
		free(watcher);
		return;
	}
	feed_send(watcher->sse, after, STR("connected"), &feed_connected_schema,
	          &(struct feed_connected){ .type = STR("connected"), .position = after });
	watcher->reader = tail_join(req->app->tail, &(struct tail_reader_options){ .after = after,
	                                                                           .type = input->filter_type,
	                                                                           .on_event = feed_on_event,
	                                                                           .is_ready = feed_is_ready,
	                                                                           .arg = watcher });
	/* cppcheck-suppress memleak ; feed_on_close frees it */
}

/* ---- Routes ----------------------------------------------------------------------------------- */

/* clang-format off */
static const struct route feed_rows[] = {
	{ GET("/api/admin/events", event_feed),
	  .doc = "Lists all events after a position, oldest first. To miss no event, continue with next_after.",
	  .needs = &permission_events_read },
	{ GET("/api/admin/events/stream", event_stream),
	  .doc = "Streams the log as server-sent events from a position; Last-Event-ID resumes without a gap.",
	  .needs = &permission_events_read, .stream = true },
};
/* clang-format on */
const struct routes feed_routes = ROUTES(feed_rows);
