/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The door: from a whole HTTP request to the handler of its route and back. One attempt spans everything; how it ends
 * decides the answer, one log line and the metrics. What the row of the route asks for is asked in the order of cost
 * and of what may be told to whom: where from, how often, who, then what.
 *
 * An attempt that lost to a concurrent change is repeated from the top, on an emptied arena, as long as nothing was
 * answered.
 */
#include "base/check.h"
#include "base/clock.h"
#include "http/message.h"
#include "service/internal.h"
#include "telemetry/log.h"

enum { STATUS_CLIENT_LEFT = 499, HELD_MAX = 512 };
#define HOLD_US (3 * US_PER_S)

/* ---- Before the handler ----------------------------------------------------------------------------------- */

static void begin(struct request_state *state)
{
	headers_open(state);
	struct str parent = state->in[HEADER_traceparent].first;

	trace_new(&state->trace, clock_now_us());
	if (!str_is_null(parent))
		(void)!trace_parse(&state->trace, parent);
	trace_set_request_id(&state->trace, state->in[HEADER_request_id].first);
	task_set_slot(TASK_SLOT_TRACE, &state->trace);
	task_set_slot(TASK_SLOT_REQUEST, &state->req);
	state_header(state, "X-Request-Id", str_from(state->trace.request_id));
	state_header(state, "X-Content-Type-Options", STR("nosniff"));
	state_header(state, "X-Frame-Options", STR("DENY"));
	state_header(state, "Referrer-Policy", STR("no-referrer"));
	state_header(state, "Cache-Control", STR("no-store"));
	gate_cors(state);
	state->header_mark = state->header_count;
}

/* False: answered already. */
static bool find_route(struct request_state *state)
{
	const struct router *router = state->host->process->routes.router;
	const struct http_request *http = state->http;
	unsigned allowed = 0;

	state->entry = router_find(router, task_arena(), http->method, http->path, &state->match, &allowed);
	if (!state->entry && http->method == HTTP_HEAD && allowed & 1u << HTTP_GET)
		state->entry = router_find(router, task_arena(), HTTP_GET, http->path, &state->match, &allowed);
	if (state->entry) {
		state->req.route = state->entry->route;
		return true;
	}
	if (!allowed)
		refuse(&problem_not_found, "No such path");
	if (gate_preflight(state, allowed))
		return false;
	refuse(&problem_method_not_allowed, "See the Allow header");
}

static void require_upgrade(struct request_state *state)
{
	if (!state->entry->route->websocket || state->http->websocket)
		return;
	state_header(state, "Upgrade", STR("websocket"));
	state_header(state, "Sec-WebSocket-Version", STR("13"));
	refuse(&problem_upgrade_required, "Open this address as a WebSocket, version 13");
}

/* q=0 refuses a type, whatever else is accepted; no header accepts all (RFC 9110 12.5.1). */
static bool accepts_events(struct str accept)
{
	static const struct str wanted[] = { STR("text/event-stream"), STR("text/*"), STR("*/*") };

	while (!str_is_null(accept)) {
		struct str weight = str_cut(&accept, ','), type = str_trim(str_cut(&weight, ';'));

		weight = str_is_null(weight) ? STR("") : str_trim(weight);
		if (str_eq_nocase(weight, STR("q=0")) || str_eq_nocase(weight, STR("q=0.0")))
			continue;
		for (size_t i = 0; i < ARRAY_COUNT(wanted); i++)
			if (str_eq_nocase(type, wanted[i]))
				return true;
	}
	return false;
}

static void require_events(struct request_state *state)
{
	struct str accept = request_header(&state->req, HEADER_accept);

	if (state->entry->route->stream && !str_is_null(accept) && !accepts_events(accept))
		refuse(&problem_not_acceptable, "This address answers with text/event-stream only");
}

static bool is_starting(const struct host *host)
{
	return atomic_load_explicit(&host->process->state, memory_order_relaxed) == PROCESS_starting;
}

static void wait_for_start(void *arg)
{
	struct host *host = arg;

	while (is_starting(host))
		wait_queue_wait(&host->started);
}

/* A gateway may not have noticed that this process was away, or not yet that it is back: it goes on sending requests,
 * and would rather send more to who refuses them quickest. So they are held, as many and for as long as it is worth. */
static void hold_until_started(struct host *host)
{
	if (host->held < HELD_MAX) {
		host->held++;
		struct failure failure = task_attempt_within(HOLD_US, wait_for_start, host);
		host->held--;
		if (failure.kind == FAILURE_CANCELLED)
			fail_again(&failure);
	}
	if (is_starting(host))
		fail_unavailable(1, "starting");
}

static void pass(struct request_state *state)
{
	if (is_starting(state->host))
		hold_until_started(state->host);
	gate_limits(state);
	state->header_mark = state->header_count;
	headers_check(state);
	require_upgrade(state);
	require_events(state);
	gate_token(state);
	parse_captures(state);
	parse_preconditions(state);
	parse_query(state);
	parse_body(state);
	/* A body may take its time: what ended meanwhile has ended. */
	gate_revocation(state);
	idempotency_open(state);
}

/* Once a request: what lost to a concurrent change has waited. */
static void yield(struct request_state *state)
{
	if (!state->entry->route->yields_to || state->yielded)
		return;
	state->yielded = true;
	if (events_yield(state->req.db, state->entry->route->yields_to) > 0)
		state->req.now_us = task_now_again_us();
}

static void attempt(void *arg)
{
	struct request_state *state = arg;
	struct request *req = &state->req;

	if (!find_route(state))
		return;
	if (!state->entry->probe)
		pass(state);
	/* What was waited for, a start or a body, came before anything that has a time. */
	req->now_us = task_now_again_us();
	if (state->idempotency.given && idempotency_replay(state))
		return;
	yield(state);
	state->entry->run(req);
	if (!http_replied(req->exchange))
		fail("the handler of %s did not answer", state->entry->name);
}

/* ---- After it ------------------------------------------------------------------------------------------------ */

static void start_over(struct request_state *state)
{
	idempotency_close(state);
	arena_reset(task_arena());
	state->header_count = state->header_mark;
	state->req.actor = NULL;
	state->req.input = NULL;
	state->audit = (struct audit_note){ 0 };
	state->location = STR_NULL;
	state->etag = STR_NULL;
	state->version = 0;
	state->version_checked = false;
	state->unpatched = NULL;
}

static struct failure run(struct request_state *state)
{
	for (int round = 0;; round++) {
		struct failure failure = task_attempt(attempt, state);

		if (failure.kind != FAILURE_CONFLICT || round == CONFLICT_RETRIES || http_replied(state->req.exchange))
			return failure;
		start_over(state);
	}
}

static void on_close(struct ws *ws, int code, void *arg)
{
}

/* Browsers do not tell a script why an upgrade failed, but they tell the code of a close frame. */
static bool refuse_socket(struct request_state *state, const struct failure *failure)
{
	const struct ws_options options = { .subprotocol = state->subprotocol, .on_close = on_close };
	int status = problem_of(failure)->status;
	struct ws *ws;

	if (!state->entry || !state->entry->route->websocket || !state->http->websocket ||
	    (status != 401 && status != 403 && status != 404))
		return false;
	ws = ws_accept(state->req.exchange, &options);
	if (ws)
		ws_close(ws, status == 401 ? WS_UNAUTHENTICATED : WS_NOT_YOURS, str_from(problem_of(failure)->title));
	return true;
}

/* One line for each failure of ours; refusals are the caller's affair and in the request's own line. */
static void log_failure(const struct request_state *state, const struct failure *failure)
{
	const char *name = state->entry ? state->entry->name : "unmatched";
	const struct log_field fields[] = { LOG_STR("route", str_from(name)) };

	if (failure->kind == FAILURE_FAILED)
		log_line(LOG_ERROR, fields, ARRAY_COUNT(fields), "request failed: %.*s", STR_ARG(failure->detail));
	else if (failure->kind == FAILURE_UNAVAILABLE)
		log_line(LOG_WARN, fields, ARRAY_COUNT(fields), "request not served: %.*s", STR_ARG(failure->detail));
	else if (failure->kind == FAILURE_DEADLINE)
		log_line(LOG_WARN, fields, ARRAY_COUNT(fields), "request ran into its deadline");
}

static void answer(struct request_state *state, struct failure *failure)
{
	if (http_replied(state->req.exchange) || failure->kind == FAILURE_CANCELLED)
		return;
	audit_refusal(state, failure);
	if (failure->kind == FAILURE_CANCELLED)
		return;
	if (idempotency_settle(state, failure) || failure->kind == FAILURE_CANCELLED)
		return;
	if (!refuse_socket(state, failure))
		reply_problem(state, failure);
}

static void finish(struct request_state *state, const struct failure *failure)
{
	const struct route_entry *entry = state->entry;
	int64_t duration_us = clock_mono_us() - state->http->received_us;
	int status = http_reply_status(state->req.exchange);

	if (!status || failure->kind == FAILURE_CANCELLED)
		status = STATUS_CLIENT_LEFT;
	host_stats_request(&state->host->stats, entry, state->http->method, status, duration_us);
	if ((entry && entry->probe) || !log_enabled(LOG_INFO))
		return;
	const struct log_field fields[] = {
		LOG_STR("method", str_from(http_method_name(state->http->method))),
		LOG_STR("route", str_from(entry ? entry->name : "unmatched")),
		LOG_I64("status", status),
		LOG_F64("durationMs", (double)duration_us / 1000.0),
	};
	log_line(LOG_INFO, fields, ARRAY_COUNT(fields), "request");
}

void door_handle(struct http_exchange *exchange, void *arg)
{
	struct host *host = arg;
	struct request_state state = { .host = host, .http = http_request(exchange) };
	struct failure failure;

	state.req = (struct request){ .db = host->app.db, .exchange = exchange, .app = &host->app, .state = &state };
	begin(&state);
	failure = run(&state);
	if (failure.kind) {
		log_failure(&state, &failure);
		answer(&state, &failure);
	}
	idempotency_close(&state);
	finish(&state, &failure);
	task_set_slot(TASK_SLOT_TRACE, NULL);
	task_set_slot(TASK_SLOT_REQUEST, NULL);
}
