/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters of an operation, as the door reads them. Whether a comma is due is seen from the last byte written. */
#include "service/door/openapi_parts.h"

#include "base/check.h"
#include "service/page.h"
#include "json/json.h"

enum { PARAMETER_NAME_MAX = 128 };

void openapi_separate(struct buf *buf)
{
	char last = buf->len ? buf->ptr[buf->len - 1] : '{';

	if (last != '{' && last != '[' && last != ':')
		buf_char(buf, ',');
}

void openapi_name(struct buf *buf, const char *text)
{
	openapi_separate(buf);
	json_write_str(buf, str_from(text));
	buf_char(buf, ':');
}

void openapi_member(struct buf *buf, const char *key, const char *value)
{
	openapi_name(buf, key);
	json_write_str(buf, str_from(value));
}

void openapi_member_raw(struct buf *buf, const char *key, const char *json)
{
	openapi_name(buf, key);
	buf_str(buf, str_from(json));
}

static void open_parameter(struct buf *buf, const char *text, const char *in, bool required)
{
	openapi_separate(buf);
	buf_char(buf, '{');
	openapi_member(buf, "name", text);
	openapi_member(buf, "in", in);
	openapi_member_raw(buf, "required", required ? "true" : "false");
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
		openapi_member_raw(buf, "schema",
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

/* Into the schema just written: what the door takes when the parameter of a list is left out. */
static void put_default(struct buf *buf, const struct sql_list *list, const char *parameter)
{
	bool sort = !strcmp(parameter, "sort"), limit = !strcmp(parameter, "limit");

	if (!sort && !limit)
		return;
	buf->len--;
	openapi_name(buf, "default");
	if (sort)
		json_write_str(buf, str_from(list->orders[0].name));
	else
		buf_printf(buf, "%d", PAGE_LIMIT_DEFAULT);
	buf_char(buf, '}');
}

static void put_query_parameters(struct buf *buf, const struct route_entry *entry)
{
	const struct schema *query = entry->query;

	for (size_t i = 0; query && i < query->field_count; i++) {
		const struct schema_field *field = &query->fields[i];
		char text[PARAMETER_NAME_MAX];

		parameter_name(text, field->name);
		open_parameter(buf, text, "query", is_required(field));
		if (field->kind == JSON_strs || field->kind == JSON_uuids)
			buf_str(buf, STR(",\"style\":\"form\",\"explode\":false"));
		if (field->doc)
			openapi_member(buf, "description", field->doc);
		openapi_name(buf, "schema");
		put_field_schema(buf, field);
		if (entry->route->list)
			put_default(buf, entry->route->list, field->name);
		buf_char(buf, '}');
	}
}

static void put_header_parameter(struct buf *buf, const char *text, bool required, const char *doc)
{
	open_parameter(buf, text, "header", required);
	openapi_member(buf, "description", doc);
	openapi_member_raw(buf, "schema", "{\"type\":\"string\"}");
	buf_char(buf, '}');
}

static bool may_refuse(const struct route *route, const struct problem *problem)
{
	for (const struct problem *const *own = route->problems; own && *own; own++)
		if (*own == problem)
			return true;
	return false;
}

static enum if_match if_match_of(const struct route *route)
{
	if (route->if_match == IF_MATCH_NONE && may_refuse(route, &problem_precondition_failed))
		return IF_MATCH_ACCEPTED;
	return route->if_match;
}

void openapi_parameters(struct buf *buf, const struct route_entry *entry)
{
	const struct route *route = entry->route;

	openapi_name(buf, "parameters");
	buf_char(buf, '[');
	put_path_parameters(buf, route->path);
	put_query_parameters(buf, entry);
	if (route_is_keyed(route))
		put_header_parameter(
		        buf, "Idempotency-Key", route->idempotency == IDEMPOTENCY_REQUIRED,
		        "1 to 255 printable characters: a retry with the same key gets the first answer again");
	if (if_match_of(route) != IF_MATCH_NONE)
		put_header_parameter(buf, "If-Match", if_match_of(route) == IF_MATCH_REQUIRED,
		                     "The ETag last seen; another version is answered 412");
	if (route->method == HTTP_GET && entry->reply)
		put_header_parameter(buf, "If-None-Match", false, "An ETag: unchanged is answered 304");
	if (route->stream)
		put_header_parameter(buf, "Last-Event-ID", false, "Goes on behind this event; before ?after=");
	buf_char(buf, ']');
}
