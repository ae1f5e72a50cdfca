/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GET /ws/orders/{id}: first the order as it stands with the sequence number of its newest event, then each event as it
 * is committed. `?after=n` resumes: what came after n is sent first, so a client that reconnects misses nothing. A
 * follower lives as long as its socket, without a task.
 */
#include <stdlib.h>

#include "base/buf.h"
#include "base/check.h"
#include "commerce/api.h"
#include "commerce/handlers.h"
#include "commerce/view.h"
#include "service/app.h"
#include "json/json.h"

enum { FRAME_MAX = 256 * 1024 };

struct follower {
	struct ws *ws;
	struct live_watch *watch;
};

static void send_value(struct ws *ws, const struct schema *schema, const void *value)
{
	struct buf text;

	buf_init(&text, FRAME_MAX);
	json_write(&text, schema, value);
	if (!text.overflow)
		ws_send(ws, buf_view(&text));
	else
		ws_close(ws, WS_INTERNAL, STR("message too large"));
	buf_done(&text);
}

static void on_event(void *arg, const struct event *event)
{
	struct follower *follower = arg;

	send_value(follower->ws, &follow_event_schema,
	           &(struct follow_event){
	                   .type = event->type,
	                   .seq = event->aggregate_seq,
	                   .occurred_at = event->occurred_at,
	                   .data = event->data,
	           });
}

static void on_close(struct ws *ws, int code, void *arg)
{
	struct follower *follower = arg;

	live_unwatch(follower->watch);
	free(follower);
}

static void order_follow(struct request *req)
{
	const struct follow_query *query = req->query;
	const struct sql_order_row *row = sql_order_get(req->db, .id = request_id(req, "id"));

	if (!row || !uuid_eq(row->customer_id, req->actor->account_id))
		refuse(&problem_not_found, "there is no such order");
	struct order_view *view = order_views(req->db, row, 1, BY_CUSTOMER);
	int64_t after = query->after.set && query->after.value < row->event_seq ? query->after.value : row->event_seq;
	struct follower *follower = calloc(1, sizeof(*follower));

	CHECK(follower);
	follower->ws = request_socket(req, &(struct ws_options){ .on_close = on_close, .arg = follower });
	if (!follower->ws) {
		free(follower);
		return;
	}
	send_value(follower->ws, &follow_connected_schema,
	           &(struct follow_connected){ .type = STR("connected"), .seq = row->event_seq, .order = view });
	follower->watch = live_watch(req->app->live, row->id, after, on_event, follower);
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
	{ 0 },
};
