/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Following an order: first the order with the sequence number of its newest event, then each event as it is committed.
 * `?after=n` resumes: the events after n are sent first, so a client that reconnects misses nothing.
 *
 * There are two transports: GET /ws/orders/{id}, a WebSocket, and GET /api/orders/{id}/events, a stream of server-sent
 * events whose ids are the sequence numbers. A follower lives as long as its connection, without a task, and at most as
 * long as its token.
 *
 * A courier follows an order while they carry it. They get its moves, but not whose order it is or how it is paid, so
 * their sequence numbers have gaps.
 */
#include <stdlib.h>

#include "base/buf.h"
#include "base/check.h"
#include "commerce/orders/events.h"
#include "commerce/orders/part.h"
#include "commerce/orders/routes.h"
#include "commerce/orders/view.h"
#include "commerce/permissions.h"
#include "service/app.h"
#include "json/json.h"

enum { MESSAGE_MAX = 256 * 1024, QUEUE_MAX = 64 * 1024, RETRY_MS = 2000 };

struct follower {
	struct ws *ws; /* or */
	struct sse *sse;
	struct live_watch *watch;
	bool courier;  /* gets status changes only */
	int64_t since; /* newest event at the start: what is resumed before it is history */
};

/* ---- Sending ---------------------------------------------------------------------------------- */

static void follower_close(struct follower *follower, int code, struct str reason)
{
	if (follower->ws)
		ws_close(follower->ws, code, reason);
	else
		sse_close(follower->sse);
}

/* `seq` is the number after which a client resumes. */
static void follower_send(struct follower *follower, int64_t seq, struct str type, const struct schema *schema,
                          const void *value)
{
	struct buf text;
	char id[24];
	int len = snprintf(id, sizeof(id), "%lld", (long long)seq);

	buf_init(&text, MESSAGE_MAX);
	json_write(&text, schema, value);
	if (text.overflow)
		follower_close(follower, WS_INTERNAL, STR("message too large"));
	else if (follower->ws)
		ws_send(follower->ws, buf_view(&text));
	else
		sse_send(follower->sse, (struct str){ id, (size_t)len }, type, buf_view(&text));
	buf_done(&text);
}

/* Whether the courier no longer has the order after this change. */
static bool leaves_courier(struct str data)
{
	struct arena *arena = arena_new(4096, MESSAGE_MAX + data.len * 16, NULL, NULL); /* at most (json/scan.c) */
	struct order_status_changed_data change = { 0 };
	struct json_errors errors = { 0 };
	bool leaves = json_read_stored(arena, &order_status_changed_data_schema, data, &change, &errors) ||
	              change.to == ORDER_ready || order_is_final((enum order_status)change.to);

	arena_free(arena);
	return leaves;
}

static void follower_on_event(void *arg, const struct event *event)
{
	struct follower *follower = arg;
	bool moved = str_eq(event->type, str_from(order_status_changed.name));
	bool handed = str_eq(event->type, str_from(order_reassigned.name));

	if (follower->courier && !moved && !handed)
		return;
	struct order_event message = order_event_of(event);

	follower_send(follower, message.seq, message.type, &order_event_schema, &message);
	if (follower->courier && event->aggregate_seq > follower->since && (handed || leaves_courier(event->data)))
		follower_close(follower, WS_NOT_YOURS, STR("you no longer have this order"));
}

static bool follower_is_ready(void *arg)
{
	const struct follower *follower = arg;

	return follower->ws ? ws_is_ready(follower->ws) : sse_is_ready(follower->sse);
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

/* An order, as its follower sees it. */
struct followed {
	const struct sql_order_row *row;
	struct order_view *view;
	bool courier;
};

static bool is_brought_by_asker(struct request *req, struct uuid order_id)
{
	for (size_t i = 0; i < order_parts.count; i++)
		if (order_parts.items[i]->is_brought_by && order_parts.items[i]->is_brought_by(req, order_id))
			return true;
	return false;
}

static struct followed order_to_follow(struct request *req)
{
	struct followed found = { .row = sql_order_get(req->db, .id = request_id(req, "id")) };

	found.courier = !uuid_eq(found.row->customer_id, req->actor->account_id);
	if (found.courier && !is_brought_by_asker(req, found.row->id))
		refuse(&problem_not_found, "There is no such order");
	found.view = order_views(req->db, found.row, 1, found.courier ? BY_COURIER : BY_CUSTOMER);
	order_view_add_live(req, found.view);
	if (found.courier)
		found.view->note = STR_NULL;
	return found;
}

static void follower_begin(struct request *req, struct follower *follower, const struct followed *order,
                           struct opt_i64 asked)
{
	int64_t newest = order->row->event_seq;
	int64_t after = asked.set && asked.value < newest ? asked.value : newest;
	const struct follow_connected hello = { .type = STR("connected"), .seq = newest, .order = order->view };

	follower->courier = order->courier;
	follower->since = newest;
	follower_send(follower, after, hello.type, &follow_connected_schema, &hello);
	follower->watch = live_watch(req->app->live, &(struct live_watch_options){ .aggregate_id = order->row->id,
	                                                                           .after_seq = after,
	                                                                           .on_event = follower_on_event,
	                                                                           .is_ready = follower_is_ready,
	                                                                           .arg = follower });
}

HANDLER(order_follow, follow_query, nothing)
{
	const struct followed order = order_to_follow(req);
	struct follower *follower = calloc(1, sizeof(*follower));

	CHECK(follower);
	follower->ws = request_socket(
	        req, &(struct ws_options){ .queue_max = QUEUE_MAX, .on_close = on_socket_close, .arg = follower });
	if (follower->ws)
		follower_begin(req, follower, &order, input->after);
	else
		free(follower);
}

HANDLER(order_events, follow_query, nothing)
{
	struct opt_i64 last = request_last_event(req);
	const struct followed order = order_to_follow(req);
	struct follower *follower = calloc(1, sizeof(*follower));

	CHECK(follower);
	follower->sse = request_stream(req, &(struct sse_options){ .queue_max = QUEUE_MAX,
	                                                           .retry_ms = RETRY_MS,
	                                                           .on_close = on_stream_close,
	                                                           .arg = follower });
	if (follower->sse)
		follower_begin(req, follower, &order, last.set ? last : input->after);
	else
		free(follower);
}

/* ---- Routes ----------------------------------------------------------------------------------- */

static const struct schema *const order_messages[] = { &follow_connected_schema, &order_event_schema, NULL };

/* clang-format off */
static const struct route follow_rows[] = {
	{ GET("/ws/orders/{id}", order_follow), .needs = &permission_orders_follow, .messages = order_messages, .websocket = true,
	  .doc = "A WebSocket that sends each event of an order; ?after=n resumes without a gap." },
	{ GET("/api/orders/{id}/events", order_events), .needs = &permission_orders_follow, .messages = order_messages,
	  .stream = true, .doc = "The same as server-sent events; Last-Event-ID resumes without a gap." },
};
/* clang-format on */

const struct routes follow_routes = ROUTES(follow_rows);
