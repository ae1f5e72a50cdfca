/* SPDX-License-Identifier: Apache-2.0 */
#include "http/message.h"

#include "base/check.h"
#include "base/encode.h"
#include "json/json.h"

enum { DETAIL_MAX = 600 };

/* ---- Problems (RFC 9457) ---------------------------------------------------------------------- */

const struct problem *problem_of(const struct failure *failure)
{
	static const struct problem *const of_kind[] = {
		[FAILURE_NONE] = &problem_internal,         [FAILURE_REFUSED] = &problem_internal,
		[FAILURE_FAILED] = &problem_internal,       [FAILURE_UNAVAILABLE] = &problem_unavailable,
		[FAILURE_CONFLICT] = &problem_conflict,     [FAILURE_DEADLINE] = &problem_deadline,
		[FAILURE_CANCELLED] = &problem_unavailable,
	};

	if (failure->kind == FAILURE_REFUSED && failure->problem)
		return failure->problem;
	CHECK((unsigned int)failure->kind < ARRAY_COUNT(of_kind));
	return of_kind[failure->kind];
}

static void write_member(struct buf *buf, struct str name, struct str value)
{
	if (str_is_null(value))
		return;
	buf_char(buf, ',');
	json_write_str(buf, name);
	buf_char(buf, ':');
	json_write_str(buf, value);
}

static void write_type(struct buf *buf, const struct problem *problem)
{
	buf_str(buf, STR("{\"type\":"));
	if (problem->type) {
		json_write_str(buf, str_from(problem->type));
		return;
	}
	buf_str(buf, STR("\"/problems/"));
	buf_str(buf, str_from(problem->code));
	buf_char(buf, '"');
}

static struct str place_of(const struct field_error *field)
{
	if (field->header)
		return STR("header");
	return str_starts(field->pointer, STR("#")) ? STR("pointer") : STR("parameter");
}

/* Always there: what was said, or which field is bad, or what the problem is in general. */
static void write_detail(struct buf *buf, const struct failure *failure)
{
	const struct field_error *field = failure->fields;
	char text[DETAIL_MAX];
	int len;

	if (failure->kind != FAILURE_REFUSED || (!failure->detail.len && !failure->field_count)) {
		write_member(buf, STR("detail"), str_from(problem_of(failure)->title));
		return;
	}
	if (failure->detail.len) {
		write_member(buf, STR("detail"), failure->detail);
		return;
	}
	len = snprintf(text, sizeof(text), "%.*s %.*s%s", STR_ARG(field->pointer), STR_ARG(field->detail),
	               failure->field_count > 1 ? "; errors lists more" : "");
	write_member(buf, STR("detail"),
	             (struct str){ text, utf8_mend(text, len < DETAIL_MAX ? (size_t)len : DETAIL_MAX - 1) });
}

static void write_errors(struct buf *buf, const struct failure *failure)
{
	if (!failure->field_count)
		return;
	buf_str(buf, STR(",\"errors\":["));
	for (size_t i = 0; i < failure->field_count; i++) {
		buf_str(buf, i ? STR(",{") : STR("{"));
		json_write_str(buf, place_of(&failure->fields[i]));
		buf_char(buf, ':');
		json_write_str(buf, failure->fields[i].pointer);
		write_member(buf, STR("detail"), failure->fields[i].detail);
		buf_char(buf, '}');
	}
	buf_char(buf, ']');
}

void problem_write(struct buf *buf, const struct failure *failure, struct str instance, struct str request_id)
{
	const struct problem *problem = problem_of(failure);
	bool told = failure->kind == FAILURE_REFUSED;

	write_type(buf, problem);
	write_member(buf, STR("title"), str_from(problem->title));
	buf_str(buf, STR(",\"status\":"));
	buf_i64(buf, problem->status);
	write_detail(buf, failure);
	write_member(buf, STR("instance"), instance);
	write_member(buf, STR("code"), str_from(problem->code));
	write_member(buf, STR("request_id"), request_id);
	if (told)
		write_errors(buf, failure);
	for (size_t i = 0; told && i < failure->member_count; i++) {
		buf_char(buf, ',');
		json_write_str(buf, failure->members[i].name);
		buf_char(buf, ':');
		buf_str(buf, failure->members[i].json);
	}
	buf_char(buf, '}');
}

/* ---- Entity tags (RFC 9110 8.8.3, 13.1) ------------------------------------------------------- */

struct str etag_of(struct arena *arena, int64_t version, uint64_t hash)
{
	char v[24] = "", h[24] = "";

	if (version)
		snprintf(v, sizeof(v), "v%lld", (long long)version);
	if (hash)
		snprintf(h, sizeof(h), "%s%016llx", version ? "-" : "", (unsigned long long)hash);
	return str_printf(arena, "\"%s%s\"", v, h);
}

static void skip_blanks(struct str *rest)
{
	while (rest->len && (rest->ptr[0] == ' ' || rest->ptr[0] == '\t'))
		*rest = str_slice(*rest, 1, rest->len);
}

static bool is_etag_char(unsigned char c)
{
	return c == '!' || (c >= '#' && c != 0x7f);
}

/* A packed answer has a tag of its own (8.8.3.3), and shows the same. */
static struct str without_coding(struct str opaque)
{
	static const struct str endings[] = { STR("-gzip"), STR("-zstd") };

	for (size_t i = 0; i < ARRAY_COUNT(endings); i++)
		if (str_ends(opaque, endings[i]))
			return str_slice(opaque, 0, opaque.len - endings[i].len);
	return opaque;
}

/* Cuts one entity-tag, opaque part without quotes. 0 or -1. */
static int cut_etag(struct str *rest, struct str *ret_opaque, bool *ret_weak)
{
	size_t end = 1;

	*ret_weak = str_starts(*rest, STR("W/"));
	if (*ret_weak)
		*rest = str_slice(*rest, 2, rest->len);
	if (!rest->len || rest->ptr[0] != '"')
		return -1;
	while (end < rest->len && is_etag_char((unsigned char)rest->ptr[end]))
		end++;
	if (end == rest->len || rest->ptr[end] != '"')
		return -1;
	*ret_opaque = without_coding(str_slice(*rest, 1, end));
	*rest = str_slice(*rest, end + 1, rest->len);
	return 0;
}

/* To the next element of a list; empty ones mean nothing (RFC 9110 5.6.1). */
static void skip_commas(struct str *rest)
{
	while (rest->len && (rest->ptr[0] == ',' || rest->ptr[0] == ' ' || rest->ptr[0] == '\t'))
		*rest = str_slice(*rest, 1, rest->len);
}

/* `wanted` is a whole tag without its quotes, or what stands before the dash of a strong one. */
static int tags_have(struct str header, struct str wanted, bool version)
{
	struct str rest = str_trim(header);
	int matches = -1;

	if (str_eq(rest, STR("*")))
		return 1;
	for (skip_commas(&rest); rest.len; skip_commas(&rest)) {
		struct str opaque;
		bool is_weak;

		if (cut_etag(&rest, &opaque, &is_weak))
			return -1;
		if (version ? !is_weak && str_eq(str_cut(&opaque, '-'), wanted) : str_eq(opaque, wanted))
			matches = 1;
		else if (matches < 0)
			matches = 0;
		skip_blanks(&rest);
		if (rest.len && rest.ptr[0] != ',')
			return -1;
	}
	return matches;
}

int etag_has_version(struct str header, int64_t version)
{
	char text[24];
	int len = snprintf(text, sizeof(text), "v%lld", (long long)version);

	return tags_have(header, (struct str){ text, (size_t)len }, true);
}

int etag_is_known(struct str header, struct str etag)
{
	return tags_have(header, str_slice(etag, 1, etag.len - 1), false);
}

/* ---- Idempotency keys ------------------------------------------------------------------------- */

enum { IDEMPOTENCY_KEY_MAX = 255 };

static bool is_printable(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] < 0x20 || s.ptr[i] > 0x7e)
			return false;
	return true;
}

/* sf-string of RFC 8941 3.3.3: \" and \\ are its only escapes. */
static int unquote(struct arena *arena, struct str text, struct str *ret)
{
	char *out = arena_alloc_raw(arena, text.len);
	size_t len = 0;

	for (size_t i = 1; i + 1 < text.len; i++) {
		char c = text.ptr[i];

		if (c == '"')
			return -1;
		if (c == '\\') {
			if (++i + 1 >= text.len || (text.ptr[i] != '"' && text.ptr[i] != '\\'))
				return -1;
			c = text.ptr[i];
		}
		out[len++] = c;
	}
	*ret = (struct str){ out, len };
	return 0;
}

int idempotency_key_parse(struct arena *arena, struct str header, struct str *ret)
{
	struct str text = str_trim(header);
	struct str key = text;

	if (!is_printable(text))
		return -1;
	if (text.len && text.ptr[0] == '"') {
		if (text.len < 2 || text.ptr[text.len - 1] != '"' || unquote(arena, text, &key))
			return -1;
	} else if (str_has_char(text, ' ') || str_has_char(text, '"') || str_has_char(text, ',')) {
		return -1;
	}
	if (!key.len || key.len > IDEMPOTENCY_KEY_MAX)
		return -1;
	*ret = key;
	return 0;
}

/* ---- Queries ---------------------------------------------------------------------------------- */

static size_t count_pairs(struct str query)
{
	size_t count = 0;

	while (!str_is_null(query))
		count += str_cut(&query, '&').len > 0;
	return count;
}

int query_parse(struct arena *arena, struct str query, size_t max, struct http_pair **ret, size_t *ret_count)
{
	struct http_pair *pairs;
	size_t count = 0;

	if (count_pairs(query) > max)
		return -1;
	pairs = ARENA_ARRAY(arena, struct http_pair, count_pairs(query));
	while (!str_is_null(query)) {
		struct str value = str_cut(&query, '&');
		struct str name;

		if (!value.len)
			continue;
		name = str_cut(&value, '=');
		if (percent_decode(arena, name, true, &pairs[count].name))
			return -1;
		if (percent_decode(arena, str_is_null(value) ? STR("") : value, true, &pairs[count].value))
			return -1;
		count++;
	}
	*ret = pairs;
	*ret_count = count;
	return 0;
}
