/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is asked of a request before anything in it is parsed: where it comes from, how often, and who sent it.
 *
 * CORS (Fetch standard): tokens travel in headers and never in cookies, so no credentials are allowed and a socket
 * needs no check of its Origin: another site's page has nothing to ride on. Rate limits are told by the RateLimit
 * header fields (draft-ietf-httpapi-ratelimit-headers): `t` is the time until the whole quota is there again, before and
 * after the limit; when the next request may come, Retry-After says.
 */
#include <stdarg.h>

#include "base/check.h"
#include "base/clock.h"
#include "http/message.h"
#include "service/internal.h"
#include "service/refuse.h"

/* ---- CORS ------------------------------------------------------------------------------------------ */

static bool origin_allowed(const struct process *process, struct str origin)
{
	for (size_t i = 0; i < process->origin_count; i++)
		if (str_eq(process->origins[i], origin) || str_eq(process->origins[i], STR("*")))
			return true;
	return false;
}

void gate_cors(struct request_state *state)
{
	const struct process *process = state->host->process;
	struct str origin;

	if (!process->origin_count)
		return;
	state_vary(state, "Origin");
	origin = request_header(&state->req, HEADER_origin);
	if (!origin.len || !origin_allowed(process, origin))
		return;
	state_header(state, "Access-Control-Allow-Origin", origin);
	state_header(state, "Access-Control-Expose-Headers",
	             STR("ETag, Location, Link, Retry-After, RateLimit, RateLimit-Policy, X-Request-Id, "
	                 "Idempotent-Replayed"));
}

static struct str method_list(struct arena *arena, unsigned allowed)
{
	struct buf buf;

	buf_init_arena(&buf, arena, 128);
	for (int method = 0; method < HTTP_METHOD_COUNT; method++) {
		bool known = allowed & 1u << method || (method == HTTP_HEAD && allowed & 1u << HTTP_GET);

		if (known)
			buf_printf(&buf, "%s%s", buf.len ? ", " : "", http_method_name(method));
	}
	if (!(allowed & 1u << HTTP_OPTIONS))
		buf_printf(&buf, "%sOPTIONS", buf.len ? ", " : "");
	return buf_view(&buf);
}

bool gate_preflight(struct request_state *state, unsigned allowed)
{
	struct str methods = method_list(task_arena(), allowed);
	bool cors = !str_is_null(request_header(&state->req, HEADER_origin)) &&
	            !str_is_null(request_header(&state->req, HEADER_cors_method));

	state_header(state, "Allow", methods);
	if (state->http->method != HTTP_OPTIONS)
		return false;
	if (cors && origin_allowed(state->host->process, request_header(&state->req, HEADER_origin))) {
		state_header(state, "Access-Control-Allow-Methods", methods);
		state_header(state, "Access-Control-Allow-Headers", headers_of_scripts());
		state_header(state, "Access-Control-Max-Age", STR("600"));
	}
	reply_send(state, 204, NULL, STR(""));
	return true;
}

/* ---- Limits ------------------------------------------------------------------------------------------ */

static void append(char *text, size_t size, size_t *len, const char *format, ...) PRINTF_LIKE(4, 5);

static void append(char *text, size_t size, size_t *len, const char *format, ...)
{
	va_list args;
	int more;

	va_start(args, format);
	more = vsnprintf(text + *len, size - *len, format, args);
	va_end(args);
	if (more > 0 && (size_t)more < size - *len)
		*len += (size_t)more;
}

static long long seconds_up(int64_t duration_us)
{
	return (duration_us + US_PER_S - 1) / US_PER_S;
}

static void take(struct request_state *state, const struct rate_rule *rule)
{
	struct rate_verdict verdict;

	if (!rule->quota || !state->host->app.limiter)
		return;
	verdict = rate_take(state->host->app.limiter, rule,
	                    str_printf(task_arena(), "ip:%.*s", STR_ARG(state->http->network)));
	append(state->limit_policy, sizeof(state->limit_policy), &state->limit_policy_len, "%s\"%s\";q=%lld;w=%lld",
	       state->limit_policy_len ? ", " : "", rule->name, (long long)rule->quota, seconds_up(rule->window_us));
	append(state->limit_state, sizeof(state->limit_state), &state->limit_state_len, "%s\"%s\";r=%lld;t=%lld",
	       state->limit_state_len ? ", " : "", rule->name, (long long)verdict.remaining,
	       seconds_up(verdict.reset_us));
	state_header(state, "RateLimit-Policy", (struct str){ state->limit_policy, state->limit_policy_len });
	state_header(state, "RateLimit", (struct str){ state->limit_state, state->limit_state_len });
	if (!verdict.allowed)
		refuse_rate_limited(&state->req, verdict.retry_after_us, rule->name);
}

void gate_limits(struct request_state *state)
{
	const struct process *process = state->host->process;

	if (state->limits_taken)
		return;
	state->limits_taken = true;
	take(state, &process->limit);
	if (state->entry->route->limit) {
		struct rate_rule rule = process_rate_rule(process, state->entry->route->limit);

		take(state, &rule);
	}
}

/* ---- Token ------------------------------------------------------------------------------------------- */

/* RFC 6750 section 2.1; the scheme's case does not matter. */
static struct str authorization_token(const struct request_state *state)
{
	struct str value = str_trim(request_header(&state->req, HEADER_authorization));

	if (value.len < 7 || !str_eq_nocase(str_slice(value, 0, 6), STR("Bearer")) || value.ptr[6] != ' ')
		return STR_NULL;
	return str_trim(str_slice(value, 7, value.len));
}

/* Browsers can set no header on a socket but this one: "bearer, TOKEN". */
static struct str protocol_token(struct request_state *state)
{
	struct str rest = request_header(&state->req, HEADER_socket_protocol);
	struct str token;

	if (str_is_null(rest) || !str_eq(str_trim(str_cut(&rest, ',')), STR("bearer")) || str_is_null(rest))
		return STR_NULL;
	state->subprotocol = "bearer";
	token = str_trim(str_cut(&rest, ','));
	return token;
}

static const char *verdict_text(enum token_verdict verdict)
{
	static const char *const texts[] = {
		[TOKEN_MALFORMED] = "The token is not one of ours",
		[TOKEN_BAD_SIGNATURE] = "The token is not one of ours",
		[TOKEN_EXPIRED] = "The token has expired",
		[TOKEN_FOREIGN] = "The token is for another audience",
	};

	return (size_t)verdict < ARRAY_COUNT(texts) && texts[verdict] ? texts[verdict] : texts[TOKEN_MALFORMED];
}

static NORETURN void refuse_token(struct request_state *state, const char *why, bool had_one)
{
	if (had_one)
		state_header(state, "WWW-Authenticate", STR("Bearer error=\"invalid_token\""));
	refuse(&problem_unauthenticated, "%s", why);
}

/* A route for anyone takes a stale token for none: a client that comes to refresh it still sends it. */
static void take_token(struct request_state *state)
{
	const struct route *route = state->entry->route;
	struct str token = authorization_token(state);
	enum token_verdict verdict;

	if (str_is_null(token) && route->websocket)
		token = protocol_token(state);
	if (str_is_null(token)) {
		if (route->needs != &permission_anyone)
			refuse_token(state, "Send an access token: Authorization: Bearer <token>", false);
		return;
	}
	verdict = token_verify(state->host->app.signer, token, clock_now_us(), &state->actor);
	if (verdict == TOKEN_VALID)
		state->req.actor = &state->actor;
	else if (route->needs != &permission_anyone)
		refuse_token(state, verdict_text(verdict), true);
}

void gate_revocation(struct request_state *state)
{
	if (!state->req.actor || !revoked(state->host->revocations, state->actor.session_id))
		return;
	if (state->entry->route->needs != &permission_anyone)
		refuse_token(state, "This login has ended, or this key is revoked", true);
	state->req.actor = NULL;
}

void gate_token(struct request_state *state)
{
	const struct permission *needs = state->entry->route->needs;

	if (!state->host->app.signer)
		return;
	if (!gate_key(state))
		take_token(state);
	gate_revocation(state);
	if (state->req.actor && !actor_can(state->req.actor, needs))
		refuse(&problem_forbidden, "This needs the permission %s", needs->name);
}
