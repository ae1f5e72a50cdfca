/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of a request as the structs its route asks for. Everything that breaks a rule is named at once: a client
 * should not have to correct its request field by field.
 */
#include "base/check.h"
#include "base/encode.h"
#include "http/message.h"
#include "service/internal.h"
#include "json/json.h"

void parse_captures(struct request_state *state)
{
	const struct route_match *match = &state->match;

	for (size_t i = 0; i < match->count; i++)
		if (str_ends(match->names[i], STR("id")) && uuid_parse(match->values[i], &state->ids[i]))
			refuse(&problem_not_found, "%.*s must be a UUID", STR_ARG(match->names[i]));
}

/* The form only: which version is current, the handler learns. */
void parse_preconditions(struct request_state *state)
{
	static const char *const names[] = { "If-Match", "If-None-Match" };
	const struct str values[] = { request_header(&state->req, HEADER_if_match),
		                      request_header(&state->req, HEADER_if_none_match) };

	if (state->entry->route->if_match == IF_MATCH_REQUIRED && str_is_null(values[0]))
		refuse(&problem_precondition_required, "Send the ETag you last saw as If-Match");
	for (size_t i = 0; i < ARRAY_COUNT(names); i++)
		if (!str_is_null(values[i]) && etag_has_version(values[i], 0) < 0)
			refuse_header(names[i], "must be a list of entity tags, like \"v42\", or *");
}

/* ---- Query ------------------------------------------------------------------------------------------- */

_Static_assert(sizeof(struct json_pair) == sizeof(struct http_pair) &&
                       offsetof(struct json_pair, value) == offsetof(struct http_pair, value),
               "a decoded query is read as it is");

/* Of a list the names are those of its items. */
static const struct schema *shape_shown(const struct route *route, const struct str_list *fields)
{
	struct arena *arena = task_arena();
	struct str unknown;
	const struct schema *shown = json_select(arena, route->handler->gives, fields, &unknown);

	if (shown)
		return route->list ? page_shape(arena, shown) : shown;
	struct field_error error = { .pointer = STR("fields"),
		                     .detail = str_printf(arena, "names %.*s, which is no member of %s",
		                                          STR_ARG(unknown), route->handler->gives->name) };
	refuse_fields(&problem_invalid_parameter, &error, 1);
}

static void read_get_query(struct request_state *state, const struct get_query *query)
{
	if (query->fields.count)
		state->shown = shape_shown(state->entry->route, &query->fields);
	if (state->entry->route->list)
		page_open(&state->req, query);
}

void parse_query(struct request_state *state)
{
	const struct get_shapes *get = state->entry->get;
	const struct schema *schema = state->entry->query;
	struct arena *arena = task_arena();
	struct json_errors *errors;
	void *query;

	state->pairs = NULL;
	state->pair_count = 0;
	state->shown = NULL;
	if (!schema && !state->http->query.len)
		return;
	if (state->http->query.len &&
	    query_parse(arena, state->http->query, QUERY_PAIRS_MAX, &state->pairs, &state->pair_count))
		refuse(&problem_invalid_parameter, "The query must be percent-encoded UTF-8 of at most %d parameters",
		       QUERY_PAIRS_MAX);
	if (!schema)
		schema = &nothing_schema;
	query = arena_alloc(arena, schema->size);
	errors = ARENA_NEW(arena, struct json_errors);
	if (json_read_pairs(arena, schema, (const struct json_pair *)state->pairs, state->pair_count, query, errors))
		refuse_fields(&problem_invalid_parameter, errors->items, errors->count);
	state->req.input = query;
	if (get)
		read_get_query(state, (const struct get_query *)((char *)query + get->query_offset));
}

/* ---- Body -------------------------------------------------------------------------------------------- */

/* JSON is UTF-8 (RFC 8259 section 8.1): a charset may say so and nothing else. Other parameters mean nothing to us. */
static bool is_utf8(struct str parameters)
{
	while (!str_is_null(parameters)) {
		struct str value = str_trim(str_cut(&parameters, ';'));
		struct str name = str_trim(str_cut(&value, '='));

		if (str_eq_nocase(name, STR("charset")) && !str_eq_nocase(value, STR("utf-8")) &&
		    !str_eq_nocase(value, STR("\"utf-8\"")))
			return false;
	}
	return true;
}

/* application/json, or application/<anything>+json. */
static bool is_json(struct str type)
{
	struct str media = str_trim(str_cut(&type, ';'));

	if (!is_utf8(type))
		return false;
	if (str_eq_nocase(media, STR("application/json")))
		return true;
	return media.len > 17 && str_eq_nocase(str_slice(media, 0, 12), STR("application/")) &&
	       str_eq_nocase(str_slice(media, media.len - 5, media.len), STR("+json"));
}

bool schema_all_optional(const struct schema *schema)
{
	for (size_t i = 0; i < schema->field_count; i++) {
		const struct schema_field *field = &schema->fields[i];
		bool optional = field->optional || field->kind == JSON_opt_i64 || field->kind == JSON_opt_boolean ||
		                field->kind == JSON_opt_uuid || field->kind == JSON_opt_time ||
		                field->kind == JSON_opt_money;

		if (!optional)
			return false;
	}
	return true;
}

/* RFC 9110 section 8.4: a body that was packed is not unpacked here, however small it is. */
static void refuse_codings(struct request_state *state)
{
	struct str coding = request_header(&state->req, HEADER_content_encoding);

	if (!coding.len || str_eq_nocase(coding, STR("identity")))
		return;
	state_header(state, "Accept-Encoding", STR("identity"));
	refuse(&problem_unsupported_media_type, "Send the body without a Content-Encoding");
}

static void read_body(struct request_state *state, struct str text)
{
	const struct schema *schema = state->entry->body;
	struct arena *arena = task_arena();
	void *body = arena_alloc(arena, schema->size);
	struct json_errors *errors = ARENA_NEW(arena, struct json_errors);
	bool counted = schema->field_count <= JSON_SENT_MAX;

	if (counted ? json_read_sent(arena, schema, text, body, &state->sent, errors)
	            : json_read(arena, schema, text, body, errors))
		refuse_fields(errors->syntax ? &problem_invalid_json : &problem_invalid_body, errors->items,
		              errors->count);
	state->req.input = body;
}

/* Enough to see that there is one where none is taken. */
enum { NO_BODY_MAX = 1024 };

void parse_body(struct request_state *state)
{
	const struct route *route = state->entry->route;
	bool taken = state->entry->body || route->raw_body;

	if (!route->raw_body)
		refuse_codings(state);
	http_await_body(state->req.exchange, !taken ? NO_BODY_MAX : route->body_max ? route->body_max : ROUTE_BODY_MAX);
	if (route->raw_body)
		return;
	struct str text = state->http->body;

	if (!state->entry->body) {
		if (text.len)
			refuse(&problem_bad_request, "This route takes no body");
		return;
	}
	if (form_posted(state)) {
		form_read(state);
		return;
	}
	if (!text.len && schema_all_optional(state->entry->body))
		text = STR("{}");
	else if (!is_json(request_header(&state->req, HEADER_content_type)))
		refuse(&problem_unsupported_media_type, "Send Content-Type: application/json");
	read_body(state, text);
}
