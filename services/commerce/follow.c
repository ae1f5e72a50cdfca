/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Following an order: first the order as it stands with the sequence number of its newest event, then each event as it
 * is committed. `?after=n` resumes: what came after n is sent first, so a client that reconnects misses nothing.
 *
 * There are two ways to be told the same: GET /ws/orders/{id}, a WebSocket, and GET /api/orders/{id}/events, a stream
 * of server-sent events whose ids are the sequence numbers. A follower lives as long as its connection, without a task,
 * and no longer than its token.
 */
#include <stdlib.h>

#include "base/buf.h"
#include "base/check.h"
#include "commerce/api.h"
#include "commerce/handlers.h"
#include "commerce/view.h"
#include "service/app.h"
#include "json/json.h"

/* An order has some dozen events in its life: who is this far behind has stopped reading. */
enum { MESSAGE_MAX = 256 * 1024, QUEUE_MAX = 64 * 1024, RETRY_MS = 2000 };

struct follower {
	struct ws *ws; /* or */
	struct sse *sse;
	struct live_watch *watch;
};

/* ---- Telling ---------------------------------------------------------------------------------- */

static void tell_stream(struct sse *sse, int64_t seq, struct str type, struct str text)
{
	char id[24];
	int len = snprintf(id, sizeof(id), "%lld", (long long)seq);

	sse_send(sse, (struct str){ id, (size_t)len }, type, text);
}

static void close_broken(struct follower *follower)
{
	if (follower->ws)
		ws_close(follower->ws, WS_INTERNAL, STR("message too large"));
	else
		sse_close(follower->sse);
}

/* `seq` is where one who was told this goes on. */
static void tell(struct follower *follower, int64_t seq, struct str type, const struct schema *schema,
                 const void *value)
{
	struct buf text;

	buf_init(&text, MESSAGE_MAX);
	json_write(&text, schema, value);
	if (text.overflow)
		close_broken(follower);
	else if (follower->ws)
		ws_send(follower->ws, buf_view(&text));
	else
		tell_stream(follower->sse, seq, type, buf_view(&text));
	buf_done(&text);
}

static void on_event(void *arg, const struct event *event)
{
	tell(arg, event->aggregate_seq, event->type, &follow_event_schema,
	     &(struct follow_event){
	             .type = event->type,
	             .seq = event->aggregate_seq,
	             .occurred_at = event->occurred_at,
	             .data = event->data,
	     });
}

/* ---- Following -------------------------------------------------------------------------------- */

static void follower_free(struct follower *follower)
{
	live_unwatch(follower->watch);
	free(follower);
}

static void on_socket_close(struct ws *ws, int code, void *arg)
{
	follower_free(arg);
}

static void on_stream_close(struct sse *sse, void *arg)
{
	follower_free(arg);
}

static const struct sql_order_row *order_to_follow(struct request *req)
{
	const struct sql_order_row *row = sql_order_get(req->db, .id = request_id(req, "id"));

	if (!row || !uuid_eq(row->customer_id, req->actor->account_id))
		refuse(&problem_not_found, "there is no such order");
	return row;
}

static void begin(struct request *req, struct follower *follower, const struct sql_order_row *row,
                  const struct order_view *view, struct opt_i64 asked)
{
	int64_t after = asked.set && asked.value < row->event_seq ? asked.value : row->event_seq;
	const struct follow_connected hello = { .type = STR("connected"), .seq = row->event_seq, .order = view };

	tell(follower, after, hello.type, &follow_connected_schema, &hello);
	follower->watch = live_watch(req->app->live, row->id, after, on_event, follower);
}

static void order_follow(struct request *req)
{
	const struct follow_query *query = req->query;
	const struct sql_order_row *row = order_to_follow(req);
	const struct order_view *view = order_views(req->db, row, 1, BY_CUSTOMER);
	struct follower *follower = calloc(1, sizeof(*follower));

	CHECK(follower);
	follower->ws = request_socket(
	        req, &(struct ws_options){ .queue_max = QUEUE_MAX, .on_close = on_socket_close, .arg = follower });
	if (follower->ws)
		begin(req, follower, row, view, query->after);
	else
		free(follower);
}

static void order_events(struct request *req)
{
	const struct follow_query *query = req->query;
	struct opt_i64 last = request_last_event(req);
	const struct sql_order_row *row = order_to_follow(req);
	const struct order_view *view = order_views(req->db, row, 1, BY_CUSTOMER);
	struct follower *follower = calloc(1, sizeof(*follower));

	CHECK(follower);
	follower->sse = request_stream(req, &(struct sse_options){ .queue_max = QUEUE_MAX,
	                                                           .retry_ms = RETRY_MS,
	                                                           .on_close = on_stream_close,
	                                                           .arg = follower });
	if (follower->sse)
		begin(req, follower, row, view, last.set ? last : query->after);
	else
		free(follower);
}

/* ---- Routes ----------------------------------------------------------------------------------- */

const struct route follow_routes[] = {
	{
	        .method = HTTP_GET,
	        .path = "/ws/orders/{id}",
	        .name = "order_follow",
	        .doc = "A WebSocket that tells each event of an order; ?after=n resumes without a gap.",
	        .handler = order_follow,
	        .needs = PERMISSION_ORDERS_FOLLOW,
	        .query = &follow_query_schema,
	        .websocket = true,
	},
	{
	        .method = HTTP_GET,
	        .path = "/api/orders/{id}/events",
	        .name = "order_events",
	        .doc = "The same as server-sent events; Last-Event-ID resumes without a gap.",
	        .handler = order_events,
	        .needs = PERMISSION_ORDERS_FOLLOW,
	        .query = &follow_query_schema,
	        .stream = true,
	},
	{ 0 },
};
