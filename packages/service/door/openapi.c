/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenAPI 3.1 out of the rows of routes and the schemas they name: what a process answers and what it documents cannot
 * differ.
 */
#include "base/check.h"
#include "http/message.h"
#include "service/door/openapi_parts.h"
#include "service/html.h"
#include "service/internal.h"
#include "json/json.h"

enum { SHAPES_MAX = 1024, PROBLEMS_MAX = 48 };

#define REF_PROBLEM "{\"$ref\":\"#/components/schemas/Problem\"}"

/* ---- Bodies --------------------------------------------------------------------------------------------------- */

static void put_ref(struct buf *buf, const struct schema *schema)
{
	buf_printf(buf, "{\"$ref\":\"#/components/schemas/%s\"}", schema->name);
}

/* "text/html" of "text/html; charset=utf-8". */
static struct str media_type(const char *content_type)
{
	struct str rest = str_from(content_type);

	return str_cut(&rest, ';');
}

static void put_media(struct buf *buf, const char *type, const struct schema *schema)
{
	openapi_separate(buf);
	json_write_str(buf, media_type(type));
	buf_str(buf, STR(":{\"schema\":"));
	if (schema)
		put_ref(buf, schema);
	else
		buf_str(buf, STR("{}"));
	buf_char(buf, '}');
}

static void put_content(struct buf *buf, const char *type, const struct schema *schema, const char *or_type)
{
	openapi_name(buf, "content");
	buf_char(buf, '{');
	put_media(buf, type, schema);
	if (or_type)
		put_media(buf, or_type, schema);
	buf_char(buf, '}');
}

static void put_request_body(struct buf *buf, const struct route_entry *entry)
{
	const struct schema *body = entry->body;

	if (!body && !entry->route->raw_body)
		return;
	openapi_name(buf, "requestBody");
	buf_char(buf, '{');
	openapi_member_raw(buf, "required", body && schema_all_optional(body) ? "false" : "true");
	put_content(buf, body ? "application/json" : "*/*", body,
	            entry->route->form ? "application/x-www-form-urlencoded" : NULL);
	buf_char(buf, '}');
}

static void put_response_header(struct buf *buf, const char *text, bool required, const char *doc)
{
	openapi_name(buf, text);
	buf_char(buf, '{');
	openapi_member(buf, "description", doc);
	openapi_member_raw(buf, "required", required ? "true" : "false");
	openapi_member_raw(buf, "schema", "{\"type\":\"string\"}");
	buf_char(buf, '}');
}

static const char *content_of(const struct route_entry *entry)
{
	if (entry->route->stream)
		return "text/event-stream";
	if (entry->reply)
		return "application/json";
	return entry->route->media ? entry->route->media : "*/*";
}

static void open_response(struct buf *buf, int status, const char *doc)
{
	char code[8];

	snprintf(code, sizeof(code), "%d", status);
	openapi_name(buf, code);
	buf_char(buf, '{');
	openapi_member(buf, "description", doc);
	openapi_name(buf, "headers");
	buf_char(buf, '{');
	put_response_header(buf, "X-Request-Id", status != 101, "Names this request in logs and problems");
}

static bool is_read(const struct route_entry *entry)
{
	return entry->route->method == HTTP_GET && (entry->reply || entry->route->public_max_age) && !entry->probe;
}

static void put_success(struct buf *buf, const struct route_entry *entry, int status)
{
	const struct route *route = entry->route;

	open_response(buf, status, route->websocket ? "The connection is a WebSocket now" : route->doc);
	if (status == 201)
		put_response_header(buf, "Location", true, "Where the new resource is");
	if (is_read(entry) || entry->version || route->if_match != IF_MATCH_NONE || status == 201)
		put_response_header(buf, "ETag",
		                    is_read(entry) || entry->version || route->if_match == IF_MATCH_REQUIRED,
		                    "Tag of this answer; begins with v and the version of the resource, if it has one: "
		                    "\"v17-0f1e2d3c4b5a6978\"");
	if (route_is_keyed(route))
		put_response_header(buf, "Idempotent-Replayed", false,
		                    "true: this is the first request's answer again");
	buf_char(buf, '}');
	if (status != 204 && status != 101)
		put_content(buf, content_of(entry), entry->reply, NULL);
	buf_char(buf, '}');
}

static void put_successes(struct buf *buf, const struct route_entry *entry)
{
	const struct route *route = entry->route;

	put_success(buf, entry, entry->status);
	if (route->other_status)
		put_success(buf, entry, route->other_status);
	if (route->form) {
		open_response(buf, 200, "To a form: a page, as are its refusals");
		buf_char(buf, '}');
		put_content(buf, HTML_MEDIA, NULL, NULL);
		buf_char(buf, '}');
	}
	if (!is_read(entry))
		return;
	open_response(buf, 304, "The answer is the one whose tag is in If-None-Match");
	put_response_header(buf, "ETag", true, "Tag of the answer");
	buf_str(buf, STR("}}"));
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

static bool has_field(const struct schema *schema, const char *name)
{
	for (size_t i = 0; schema && i < schema->field_count; i++)
		if (!strcmp(schema->fields[i].name, name))
			return true;
	return false;
}

/* What the door answers follows from the row, the rest it names. */
static void collect_problems(struct problem_list *list, const struct route_entry *entry)
{
	const struct route *route = entry->route;
	bool keyed = route_is_keyed(route);
	bool taken = route->needs != &permission_anyone;

	add_problem(list, entry->query || keyed || route->stream, &problem_invalid_parameter);
	add_problem(list, has_field(entry->query, "cursor"), &problem_invalid_cursor);
	add_problem(list, entry->body, &problem_invalid_json);
	add_problem(list, route->idempotency == IDEMPOTENCY_REQUIRED, &problem_idempotency_key_missing);
	add_problem(list, taken, &problem_unauthenticated);
	add_problem(list, taken, &problem_forbidden);
	add_problem(list, strchr(route->path, '{'), &problem_not_found);
	add_problem(list, route->if_match != IF_MATCH_NONE, &problem_precondition_failed);
	add_problem(list, entry->body || route->raw_body, &problem_body_too_large);
	add_problem(list, entry->body, &problem_unsupported_media_type);
	add_problem(list, entry->body, &problem_invalid_body);
	add_problem(list, keyed, &problem_idempotency_key_reused);
	add_problem(list, keyed, &problem_idempotency_key_in_use);
	add_problem(list, keyed && entry->secret, &problem_idempotency_answer_lost);
	add_problem(list, route->websocket, &problem_upgrade_required);
	add_problem(list, route->stream, &problem_not_acceptable);
	add_problem(list, route->if_match == IF_MATCH_REQUIRED, &problem_precondition_required);
	add_problem(list, true, &problem_rate_limited);
	add_problem(list, true, &problem_unavailable);
	for (const struct conflict *row = route->conflicts; row && row->constraint; row++)
		add_problem(list, true, row->problem);
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
	openapi_name(buf, code);
	buf_char(buf, '{');
	openapi_name(buf, "description");
	json_write_str(buf, buf_view(&text));
	buf_str(buf, STR(",\"content\":{\"application/problem+json\":{\"schema\":" REF_PROBLEM "}}}"));
	buf_done(&text);
}

static void put_problems(struct buf *buf, const struct route_entry *entry)
{
	struct problem_list list = { .count = 0 };

	collect_problems(&list, entry);
	for (int status = 400; status < 600; status++)
		for (size_t i = 0; i < list.count; i++)
			if (list.items[i]->status == status) {
				put_problem_response(buf, &list, status);
				break;
			}
}

/* ---- Paths ----------------------------------------------------------------------------------------------------- */

/* OpenAPI has no words for what a socket says after its 101, nor for events of a stream: any of these shapes. */
static void put_messages(struct buf *buf, const struct route *route)
{
	openapi_name(buf, "x-messages");
	buf_str(buf, STR("{\"anyOf\":["));
	for (const struct schema *const *message = route->messages; *message; message++) {
		openapi_separate(buf);
		put_ref(buf, *message);
	}
	buf_str(buf, STR("]}"));
}

static const char *security_of(const struct route *route)
{
	if (route->needs == &permission_anyone)
		return "[]";
	return service_key_grantable(route->needs) ? "[{\"bearer\":[]},{\"key\":[]}]" : "[{\"bearer\":[]}]";
}

static void put_operation(struct buf *buf, const struct route_entry *entry)
{
	const struct route *route = entry->route;
	char method[16];
	size_t i = 0;

	for (const char *c = http_method_name(route->method); i < sizeof(method) - 1 && c[i]; i++)
		method[i] = (char)(c[i] | 0x20);
	method[i] = '\0';
	openapi_name(buf, method);
	buf_char(buf, '{');
	openapi_member(buf, "operationId", entry->name);
	openapi_member(buf, "summary", route->doc);
	openapi_name(buf, "tags");
	buf_char(buf, '[');
	json_write_str(buf, str_from(entry->tag));
	buf_char(buf, ']');
	openapi_member_raw(buf, "security", security_of(route));
	if (route->needs != &permission_anyone) {
		openapi_name(buf, "x-permission");
		json_write_str(buf, str_from(route->needs->name));
	}
	if (route->websocket)
		openapi_member_raw(buf, "x-websocket", "true");
	if (route->messages)
		put_messages(buf, route);
	openapi_parameters(buf, entry);
	put_request_body(buf, entry);
	buf_str(buf, STR(",\"responses\":{"));
	put_successes(buf, entry);
	if (!entry->probe)
		put_problems(buf, entry);
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
	openapi_name(buf, "paths");
	buf_char(buf, '{');
	for (size_t i = 0; i < table->count; i++) {
		if (!is_first_of_path(table, i))
			continue;
		openapi_name(buf, table->entries[i].route->path);
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
        "\"pointer\":{\"type\":\"string\",\"pattern\":\"^#(/|$)\",\"description\":\"JSON pointer into the body (RFC "
        "6901)\"},"
        "\"parameter\":{\"type\":\"string\",\"description\":\"Or the name of a parameter\"},"
        "\"header\":{\"type\":\"string\",\"description\":\"Or the name of a header\"},"
        "\"detail\":{\"type\":\"string\",\"description\":\"The rule it "
        "breaks\"}},\"required\":[\"detail\"],\"oneOf\":[{\"required\":[\"pointer\"]},{\"required\":[\"parameter\"]},{"
        "\"required\":[\"header\"]}],\"additionalProperties\":false}}},"
        "\"required\":[\"type\",\"title\",\"status\",\"detail\",\"code\",\"request_id\"]}";

/* Whether a machine could call any of it. */
static bool takes_keys(const struct route_table *table)
{
	for (size_t i = 0; i < table->count; i++)
		if (service_key_grantable(table->entries[i].route->needs))
			return true;
	return false;
}

static void add_shapes(struct shapes *shapes, const struct schema *schema)
{
	if (schema)
		json_schema_closure(schema, add_shape, shapes);
}

typedef void event_visit(const struct event_type *type, void *arg);

static void visit_types(const struct event_types *types, event_visit *visit, void *arg)
{
	for (size_t i = 0; types && i < types->count; i++)
		visit(types->items[i], arg);
}

/* What services emit, and what their subjects do. */
static void visit_events(const struct service *const *services, event_visit *visit, void *arg)
{
	struct subject_walk walk = { .services = services };

	for (const struct subject *subject; (subject = subject_next(&walk));)
		visit_types(subject->events, visit, arg);
	for (; services && *services; services++)
		visit_types((*services)->events, visit, arg);
}

static void add_event_shapes(const struct event_type *type, void *arg)
{
	add_shapes(arg, type->data);
}

static void collect_shapes(struct shapes *shapes, const struct route_table *table,
                           const struct service *const *services)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct route_entry *entry = &table->entries[i];

		add_shapes(shapes, entry->body);
		add_shapes(shapes, entry->reply);
		for (const struct schema *const *message = entry->route->messages; message && *message; message++)
			add_shapes(shapes, *message);
	}
	visit_events(services, add_event_shapes, shapes);
}

static void put_components(struct buf *buf, const struct route_table *table, const struct service *const *services)
{
	struct shapes *shapes = calloc(1, sizeof(*shapes));

	CHECK(shapes);
	collect_shapes(shapes, table, services);
	buf_str(buf, STR(",\"components\":{\"schemas\":{"));
	for (size_t i = 0; i < shapes->count; i++) {
		openapi_name(buf, shapes->items[i]->name);
		json_schema_write(buf, shapes->items[i]);
	}
	openapi_name(buf, "Money");
	json_schema_write_money(buf);
	openapi_member_raw(buf, "Problem", problem_schema);
	buf_str(buf, STR("},\"securitySchemes\":{\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\",\"bearerFormat\":"
	                 "\"JWT\"}"));
	if (takes_keys(table))
		buf_str(buf, STR(",\"key\":{\"type\":\"apiKey\",\"in\":\"header\",\"name\":\"X-API-Key\"}"));
	buf_str(buf, STR("}}"));
	free(shapes);
}

static void put_event(const struct event_type *type, void *arg)
{
	openapi_name(arg, type->name);
	put_ref(arg, type->data);
}

/* The data of events, which feeds and sockets carry, by their types. */
static void put_events(struct buf *buf, const struct service *const *services)
{
	openapi_name(buf, "x-events");
	buf_char(buf, '{');
	visit_events(services, put_event, buf);
	buf_char(buf, '}');
}

/* ---- The document ------------------------------------------------------------------------------------------------ */

static void put_tags(struct buf *buf, const struct app_kind *kind, const struct service *const *services)
{
	openapi_name(buf, "tags");
	buf_str(buf, STR("[{\"name\":\"system\",\"description\":\"Probes and descriptions every process has\"}"));
	for (const struct service *const *service = services; service && *service; service++) {
		if (!service_has_routes(*service, kind->audience))
			continue;
		openapi_separate(buf);
		buf_char(buf, '{');
		openapi_member(buf, "name", (*service)->name);
		if ((*service)->doc)
			openapi_member(buf, "description", (*service)->doc);
		buf_char(buf, '}');
	}
	buf_char(buf, ']');
}

/* What the patterns of packages/json/text.c do not say. */
static const char text_rules[] =
        "Text that people write is stored in one form: white space at both ends is removed, and the rest normalised to "
        "NFC (Unicode). Lengths are code points of that form; what is blank has length 0. Refused are control "
        "characters, "
        "line ends outside of texts of several lines (where all become LF), overrides and isolates of direction, "
        "invisible fillers, private use, and more than 30 combining marks in a row. Joiners and marks of direction "
        "inside "
        "a text stay. E-mail addresses become lower case, country codes upper case.";

void openapi_write(struct buf *buf, const struct app_kind *kind, const struct service *const *services)
{
	struct route_table table;

	route_table_init(&table, kind, services);
	buf_str(buf, STR("{\"openapi\":\"3.1.0\""));
	openapi_name(buf, "info");
	buf_char(buf, '{');
	openapi_member(buf, "title", kind->name);
	openapi_member(buf, "version", STOA_VERSION);
	openapi_member(buf, "description", text_rules);
	openapi_member_raw(buf, "license", "{\"name\":\"Apache-2.0\",\"identifier\":\"Apache-2.0\"}");
	buf_str(buf, STR("},\"servers\":[{\"url\":\"/\"}]"));
	put_tags(buf, kind, services);
	put_paths(buf, &table);
	put_components(buf, &table, services);
	put_events(buf, services);
	buf_char(buf, '}');
	route_table_done(&table);
}
