/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenAPI 3.1 out of the rows of routes and the schemas they name: what a process answers and what it documents cannot
 * differ. Whether a comma is due is seen from the last byte written.
 */
#include "base/check.h"
#include "http/message.h"
#include "service/internal.h"
#include "json/json.h"

enum { SHAPES_MAX = 1024, PROBLEMS_MAX = 48, PARAMETER_NAME_MAX = 128 };

#define REF_PROBLEM "{\"$ref\":\"#/components/schemas/Problem\"}"

static void separate(struct buf *buf)
{
	char last = buf->len ? buf->ptr[buf->len - 1] : '{';

	if (last != '{' && last != '[' && last != ':')
		buf_char(buf, ',');
}

static void name(struct buf *buf, const char *text)
{
	separate(buf);
	json_write_str(buf, str_from(text));
	buf_char(buf, ':');
}

static void member(struct buf *buf, const char *key, const char *value)
{
	name(buf, key);
	json_write_str(buf, str_from(value));
}

static void member_raw(struct buf *buf, const char *key, const char *json)
{
	name(buf, key);
	buf_str(buf, str_from(json));
}

/* ---- Parameters -------------------------------------------------------------------------------------------- */

static void open_parameter(struct buf *buf, const char *text, const char *in, bool required)
{
	separate(buf);
	buf_char(buf, '{');
	member(buf, "name", text);
	member(buf, "in", in);
	member_raw(buf, "required", required ? "true" : "false");
}

static void put_path_parameters(struct buf *buf, const char *path)
{
	struct str rest = str_from(path);

	while (!str_is_null(rest)) {
		struct str before = str_cut(&rest, '{');
		struct str capture;
		char text[PARAMETER_NAME_MAX];

		(void)before;
		if (str_is_null(rest))
			break;
		capture = str_cut(&rest, '}');
		snprintf(text, sizeof(text), "%.*s", STR_ARG(capture));
		open_parameter(buf, text, "path", true);
		member_raw(buf, "schema",
		           str_ends(capture, STR("id")) ? "{\"type\":\"string\",\"format\":\"uuid\"}"
		                                        : "{\"type\":\"string\"}");
		buf_char(buf, '}');
	}
}

/* The parameter of a field: filter_status is filter[status], filter_created_at_gte is filter[created_at][gte] (json.h).
 */
static void parameter_name(char out[PARAMETER_NAME_MAX], const char *field)
{
	static const char *const comparisons[] = { "_gte", "_lte", "_gt", "_lt", "_ne" };
	struct str rest = str_from(field);

	if (!str_starts(rest, STR("filter_"))) {
		snprintf(out, PARAMETER_NAME_MAX, "%s", field);
		return;
	}
	rest = str_slice(rest, 7, rest.len);
	for (size_t i = 0; i < ARRAY_COUNT(comparisons); i++) {
		struct str ending = str_from(comparisons[i]);

		if (rest.len > ending.len && str_ends(rest, ending)) {
			snprintf(out, PARAMETER_NAME_MAX, "filter[%.*s][%s]", (int)(rest.len - ending.len), rest.ptr,
			         comparisons[i] + 1);
			return;
		}
	}
	snprintf(out, PARAMETER_NAME_MAX, "filter[%.*s]", STR_ARG(rest));
}

/* One field's schema: that of an object which has this field alone, without the object. */
static void put_field_schema(struct buf *buf, const struct schema_field *field)
{
	const struct schema alone = { .name = "alone", .fields = field, .field_count = 1 };
	struct str before = STR("{\"type\":\"object\",\"properties\":{");
	struct buf object;
	size_t at, depth = 0;

	buf_init(&object, 64 * 1024);
	json_schema_write(&object, &alone);
	at = before.len + strlen(field->name) + 3;
	CHECK(object.len > at && str_starts(buf_view(&object), before) && object.ptr[at] == '{');
	for (bool quoted = false; at < object.len; at++) {
		char c = object.ptr[at];

		buf_char(buf, c);
		if (quoted && c == '\\')
			buf_char(buf, object.ptr[++at]);
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && c == '{')
			depth++;
		else if (!quoted && c == '}' && --depth == 0)
			break;
	}
	buf_done(&object);
}

static bool is_required(const struct schema_field *field)
{
	switch (field->kind) {
	case JSON_opt_i64:
	case JSON_opt_boolean:
	case JSON_opt_uuid:
	case JSON_opt_time:
	case JSON_opt_money:
		return false;
	default:
		return !field->optional && !field->nullable;
	}
}

static void put_query_parameters(struct buf *buf, const struct schema *query)
{
	for (size_t i = 0; query && i < query->field_count; i++) {
		const struct schema_field *field = &query->fields[i];
		char text[PARAMETER_NAME_MAX];

		parameter_name(text, field->name);
		open_parameter(buf, text, "query", is_required(field));
		if (field->kind == JSON_strs || field->kind == JSON_uuids)
			buf_str(buf, STR(",\"style\":\"form\",\"explode\":false"));
		if (field->doc)
			member(buf, "description", field->doc);
		name(buf, "schema");
		put_field_schema(buf, field);
		buf_char(buf, '}');
	}
}

static void put_header_parameter(struct buf *buf, const char *text, bool required, const char *doc)
{
	open_parameter(buf, text, "header", required);
	member(buf, "description", doc);
	member_raw(buf, "schema", "{\"type\":\"string\"}");
	buf_char(buf, '}');
}

static void put_parameters(struct buf *buf, const struct route *route)
{
	name(buf, "parameters");
	buf_char(buf, '[');
	put_path_parameters(buf, route->path);
	put_query_parameters(buf, route->query);
	if (route->idempotency != IDEMPOTENCY_NONE)
		put_header_parameter(
		        buf, "Idempotency-Key", route->idempotency == IDEMPOTENCY_REQUIRED,
		        "1 to 255 printable characters: a retry with the same key gets the first answer again");
	if (route->if_match)
		put_header_parameter(buf, "If-Match", true, "The ETag last seen; another version is answered 412");
	if (route->method == HTTP_GET && route->reply)
		put_header_parameter(buf, "If-None-Match", false, "An ETag: unchanged is answered 304");
	if (route->stream)
		put_header_parameter(buf, "Last-Event-ID", false, "Goes on behind this event; before ?after=");
	buf_char(buf, ']');
}

/* ---- Bodies --------------------------------------------------------------------------------------------------- */

static void put_content(struct buf *buf, const char *type, const struct schema *schema)
{
	name(buf, "content");
	buf_char(buf, '{');
	name(buf, type);
	buf_str(buf, STR("{\"schema\":"));
	if (schema)
		buf_printf(buf, "{\"$ref\":\"#/components/schemas/%s\"}", schema->name);
	else
		buf_str(buf, STR("{}"));
	buf_str(buf, STR("}}"));
}

static void put_request_body(struct buf *buf, const struct route *route)
{
	if (!route->body && !route->raw_body)
		return;
	name(buf, "requestBody");
	buf_char(buf, '{');
	member_raw(buf, "required", route->body && schema_all_optional(route->body) ? "false" : "true");
	put_content(buf, route->body ? "application/json" : "*/*", route->body);
	buf_char(buf, '}');
}

static void put_response_header(struct buf *buf, const char *text, const char *doc)
{
	name(buf, text);
	buf_char(buf, '{');
	member(buf, "description", doc);
	member_raw(buf, "schema", "{\"type\":\"string\"}");
	buf_char(buf, '}');
}

static int success_of(const struct route *route)
{
	if (route->websocket)
		return 101;
	if (route->status)
		return route->status;
	return 200;
}

static const char *content_of(const struct route *route)
{
	return route->stream ? "text/event-stream" : route->reply ? "application/json" : "*/*";
}

static void put_success(struct buf *buf, const struct route *route)
{
	int status = success_of(route);
	char code[8];

	snprintf(code, sizeof(code), "%d", status);
	name(buf, code);
	buf_char(buf, '{');
	member(buf, "description", route->websocket ? "The connection is a WebSocket now" : route->doc);
	name(buf, "headers");
	buf_char(buf, '{');
	put_response_header(buf, "X-Request-Id", "Names this request in logs and problems");
	if (status == 201)
		put_response_header(buf, "Location", "Where the new resource is");
	if (route->if_match || status == 201)
		put_response_header(buf, "ETag", "Version of the resource");
	if (route->idempotency != IDEMPOTENCY_NONE)
		put_response_header(buf, "Idempotent-Replayed", "true: this is the first request's answer again");
	buf_char(buf, '}');
	if (status != 204 && status != 101)
		put_content(buf, content_of(route), route->reply);
	buf_char(buf, '}');
}

/* ---- Problems -------------------------------------------------------------------------------------------------- */

struct problem_list {
	const struct problem *items[PROBLEMS_MAX];
	size_t count;
};

static void add_problem(struct problem_list *list, bool applies, const struct problem *problem)
{
	if (!applies)
		return;
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i] == problem)
			return;
	CHECK(list->count < PROBLEMS_MAX);
	list->items[list->count++] = problem;
}

/* What the door answers follows from the row, the rest it names. */
static void collect_problems(struct problem_list *list, const struct route *route)
{
	bool keyed = route->idempotency != IDEMPOTENCY_NONE;
	bool taken = route->needs != PERMISSION_ANYONE;

	add_problem(list, route->query || keyed || route->stream, &problem_invalid_parameter);
	add_problem(list, route->body, &problem_invalid_json);
	add_problem(list, route->idempotency == IDEMPOTENCY_REQUIRED, &problem_idempotency_key_missing);
	add_problem(list, taken, &problem_unauthenticated);
	add_problem(list, taken && route->needs != PERMISSION_SIGNED_IN, &problem_forbidden);
	add_problem(list, strchr(route->path, '{'), &problem_not_found);
	add_problem(list, route->if_match, &problem_precondition_failed);
	add_problem(list, route->body || route->raw_body, &problem_body_too_large);
	add_problem(list, route->body, &problem_unsupported_media_type);
	add_problem(list, route->body, &problem_invalid_body);
	add_problem(list, keyed, &problem_idempotency_key_reused);
	add_problem(list, route->websocket, &problem_upgrade_required);
	add_problem(list, route->stream, &problem_not_acceptable);
	add_problem(list, route->if_match, &problem_precondition_required);
	add_problem(list, true, &problem_quota_exceeded);
	add_problem(list, true, &problem_unavailable);
	for (const struct problem *const *own = route->problems; own && *own; own++)
		add_problem(list, true, *own);
}

static void put_problem_response(struct buf *buf, const struct problem_list *list, int status)
{
	struct buf text;
	char code[8];

	buf_init(&text, 64 * 1024);
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i]->status == status)
			buf_printf(&text, "%s`%s`: %s", text.len ? ". " : "", list->items[i]->code,
			           list->items[i]->title);
	snprintf(code, sizeof(code), "%d", status);
	name(buf, code);
	buf_char(buf, '{');
	name(buf, "description");
	json_write_str(buf, buf_view(&text));
	buf_str(buf, STR(",\"content\":{\"application/problem+json\":{\"schema\":" REF_PROBLEM "}}}"));
	buf_done(&text);
}

static void put_problems(struct buf *buf, const struct route *route)
{
	struct problem_list list = { .count = 0 };

	collect_problems(&list, route);
	for (int status = 400; status < 600; status++)
		for (size_t i = 0; i < list.count; i++)
			if (list.items[i]->status == status) {
				put_problem_response(buf, &list, status);
				break;
			}
}

/* ---- Paths ----------------------------------------------------------------------------------------------------- */

static void put_operation(struct buf *buf, const struct route_entry *entry)
{
	const struct route *route = entry->route;
	char method[16];
	size_t i = 0;

	for (const char *c = http_method_name(route->method); i < sizeof(method) - 1 && c[i]; i++)
		method[i] = (char)(c[i] | 0x20);
	method[i] = '\0';
	name(buf, method);
	buf_char(buf, '{');
	member(buf, "operationId", route->name);
	member(buf, "summary", route->doc);
	name(buf, "tags");
	buf_char(buf, '[');
	json_write_str(buf, str_from(entry->tag));
	buf_char(buf, ']');
	if (route->needs != PERMISSION_ANYONE) {
		member_raw(buf, "security",
		           service_key_grantable(route->needs) ? "[{\"bearer\":[]},{\"key\":[]}]"
		                                               : "[{\"bearer\":[]}]");
		name(buf, "x-permission");
		json_write_str(buf, permission_name(route->needs));
	}
	if (route->websocket)
		member_raw(buf, "x-websocket", "true");
	put_parameters(buf, route);
	put_request_body(buf, route);
	buf_str(buf, STR(",\"responses\":{"));
	put_success(buf, route);
	if (!entry->probe)
		put_problems(buf, route);
	buf_str(buf, STR(",\"default\":{\"description\":\"A problem\",\"content\":{\"application/problem+json\":{"
	                 "\"schema\":" REF_PROBLEM "}}}}}"));
}

static bool is_first_of_path(const struct route_table *table, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (!strcmp(table->entries[i].route->path, table->entries[index].route->path))
			return false;
	return true;
}

static void put_paths(struct buf *buf, const struct route_table *table)
{
	name(buf, "paths");
	buf_char(buf, '{');
	for (size_t i = 0; i < table->count; i++) {
		if (!is_first_of_path(table, i))
			continue;
		name(buf, table->entries[i].route->path);
		buf_char(buf, '{');
		for (size_t j = i; j < table->count; j++)
			if (!strcmp(table->entries[j].route->path, table->entries[i].route->path))
				put_operation(buf, &table->entries[j]);
		buf_char(buf, '}');
	}
	buf_char(buf, '}');
}

/* ---- Components ------------------------------------------------------------------------------------------------ */

struct shapes {
	const struct schema *items[SHAPES_MAX];
	size_t count;
};

static void add_shape(const struct schema *schema, void *arg)
{
	struct shapes *shapes = arg;

	for (size_t i = 0; i < shapes->count; i++)
		if (!strcmp(shapes->items[i]->name, schema->name))
			return;
	CHECK(shapes->count < SHAPES_MAX);
	shapes->items[shapes->count++] = schema;
}

static const char problem_schema[] =
        "{\"type\":\"object\",\"description\":\"What went wrong (RFC 9457); some problems have further "
        "members\",\"properties\":{"
        "\"type\":{\"type\":\"string\",\"format\":\"uri-reference\",\"description\":\"Identifies the kind of "
        "problem\"},"
        "\"title\":{\"type\":\"string\",\"description\":\"The kind in words\"},"
        "\"status\":{\"type\":\"integer\",\"description\":\"The HTTP status\"},"
        "\"detail\":{\"type\":\"string\",\"description\":\"This occurrence in words\"},"
        "\"instance\":{\"type\":\"string\",\"format\":\"uri-reference\",\"description\":\"The path asked for\"},"
        "\"code\":{\"type\":\"string\",\"description\":\"The kind as a stable name for programs\"},"
        "\"request_id\":{\"type\":\"string\",\"description\":\"Names this request in our logs\"},"
        "\"errors\":{\"type\":\"array\",\"description\":\"Every bad "
        "field\",\"items\":{\"type\":\"object\",\"properties\":{"
        "\"pointer\":{\"type\":\"string\",\"description\":\"JSON pointer into the body, or the name of a parameter or "
        "header\"},"
        "\"detail\":{\"type\":\"string\",\"description\":\"The rule it "
        "breaks\"}},\"required\":[\"pointer\",\"detail\"]}}},"
        "\"required\":[\"type\",\"title\",\"status\",\"code\"]}";

/* Whether a machine could call any of it. */
static bool takes_keys(const struct route_table *table)
{
	for (size_t i = 0; i < table->count; i++)
		if (service_key_grantable(table->entries[i].route->needs))
			return true;
	return false;
}

static void put_components(struct buf *buf, const struct route_table *table)
{
	struct shapes *shapes = calloc(1, sizeof(*shapes));

	CHECK(shapes);
	for (size_t i = 0; i < table->count; i++) {
		const struct route *route = table->entries[i].route;

		if (route->body)
			json_schema_closure(route->body, add_shape, shapes);
		if (route->reply)
			json_schema_closure(route->reply, add_shape, shapes);
	}
	buf_str(buf, STR(",\"components\":{\"schemas\":{"));
	for (size_t i = 0; i < shapes->count; i++) {
		name(buf, shapes->items[i]->name);
		json_schema_write(buf, shapes->items[i]);
	}
	name(buf, "Money");
	json_schema_write_money(buf);
	member_raw(buf, "Problem", problem_schema);
	buf_str(buf, STR("},\"securitySchemes\":{\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\",\"bearerFormat\":"
	                 "\"JWT\"}"));
	if (takes_keys(table))
		buf_str(buf, STR(",\"key\":{\"type\":\"apiKey\",\"in\":\"header\",\"name\":\"X-API-Key\"}"));
	buf_str(buf, STR("}}"));
	free(shapes);
}

/* ---- The document ------------------------------------------------------------------------------------------------ */

static void put_tags(struct buf *buf, const struct app_description *description)
{
	name(buf, "tags");
	buf_str(buf, STR("[{\"name\":\"system\",\"description\":\"Probes and descriptions every process has\"}"));
	for (const struct service *const *service = description->services; service && *service; service++) {
		if (!*service_routes(*service, description->kind))
			continue;
		separate(buf);
		buf_char(buf, '{');
		member(buf, "name", (*service)->name);
		if ((*service)->doc)
			member(buf, "description", (*service)->doc);
		buf_char(buf, '}');
	}
	buf_char(buf, ']');
}

void openapi_write(struct buf *buf, const struct app_description *description)
{
	struct route_table table;

	route_table_init(&table, description->kind, description->services);
	buf_str(buf, STR("{\"openapi\":\"3.1.0\""));
	name(buf, "info");
	buf_char(buf, '{');
	member(buf, "title", description->name);
	member(buf, "version", STOA_VERSION);
	buf_str(buf, STR("},\"servers\":[{\"url\":\"/\"}]"));
	put_tags(buf, description);
	put_paths(buf, &table);
	put_components(buf, &table);
	buf_char(buf, '}');
	route_table_done(&table);
}
