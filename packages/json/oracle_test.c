/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random documents, good and broken, judged by us and by another parser: both accept or both refuse, and what both
 * accept means the same. Known differences, each asserted to be one where it turns up:
 *
 *   - we stop at JSON_DEPTH_MAX levels, the other at 2048;
 *   - we refuse numbers of more than JSON_NUMBER_MAX bytes, it has no such limit;
 *   - it refuses integers past 64 bits and reals past a double anywhere; json_check has no opinion on values, and to
 *     a real field an integer past 64 bits is a number like any other;
 *   - it steps over a NUL byte behind a number; the generator makes none, read_test.c does.
 *
 * The generator is seeded by a constant: a failure shows its document and happens again.
 */
#include "base/test.h"

#include <jansson.h>

#include "json/json.h"

enum { DOCUMENTS = 20000, TEXT_MAX = 4096, MUTATIONS_MAX = 3 };

#define ORACLE_SHAPE(X, T) \
	X(T, str, secret, text, .max = 100000, .optional = true) \
	X(T, opt_i64, _, whole) \
	X(T, f64, _, real, .optional = true)

#define ORACLE_SHAPES(STRUCT, OVER) STRUCT(oracle_shape, ORACLE_SHAPE, "Leaves to compare")
SCHEMA_DECLARE(ORACLE_SHAPES)
SCHEMA_DEFINE(ORACLE_SHAPES)

struct generator {
	uint64_t state;
	struct buf buf;
};

/* xorshift64* */
static uint64_t next(struct generator *g)
{
	g->state ^= g->state >> 12;
	g->state ^= g->state << 25;
	g->state ^= g->state >> 27;
	return g->state * UINT64_C(2685821657736338717);
}

static size_t below(struct generator *g, size_t bound)
{
	return (size_t)(next(g) >> 33) % bound;
}

static void pick(struct generator *g, const char *const *texts, size_t count)
{
	buf_str(&g->buf, str_from(texts[below(g, count)]));
}

static void put_string(struct generator *g)
{
	static const char *const parts[] = {
		"a",
		"b",
		"c",
		"name",
		" ",
		"\\n",
		"\\\"",
		"\\\\",
		"\\/",
		"\\b",
		"\\u0041",
		"\\u00e9",
		"\\ud83d\\ude00",
		"é",
		"\xe2\x82\xac",
		"\xf0\x9f\x98\x80",
		"{",
		"]",
		"\x7f",
		":",
		",",
		"12345678",
		"\\u001f",
		"\\ufFfF",
	};
	static const char *const odd[] = {
		"\\u0000", "\\ud800",  "\\udc00\\ud800", "\\ud800\\u0041",   "\\x", "\\u12", "\\", "\n", "\x01", "\xff",
		"\xc3",    "\xc0\x80", "\xed\xa0\x80",   "\xf4\x90\x80\x80",
	};

	buf_char(&g->buf, '"');
	for (size_t n = below(g, 6); n > 0; n--)
		pick(g, parts, ARRAY_COUNT(parts));
	if (below(g, 40) == 0)
		pick(g, odd, ARRAY_COUNT(odd));
	buf_char(&g->buf, '"');
}

static void put_number(struct generator *g)
{
	static const char *const numbers[] = {
		"0",
		"-0",
		"1",
		"-1",
		"0.5",
		"1e2",
		"1E-2",
		"1.5e+3",
		"-0.0",
		"1e308",
		"12",
		"9",
		"1e-400",
		"3.141592653589793238462643383279502884",
		"9223372036854775807",
		"-9223372036854775808",
		"9007199254740993",
	};
	static const char *const odd[] = {
		"01",
		"-",
		".5",
		"1.",
		"1e",
		"+1",
		"1e+",
		"--1",
		"0x1",
		"1e309",
		"9223372036854775808",
		"NaN",
		"1.00000000000000000000000000000000000000000",
		"-Infinity",
	};

	if (below(g, 40) == 0)
		pick(g, odd, ARRAY_COUNT(odd));
	else
		pick(g, numbers, ARRAY_COUNT(numbers));
}

static void put_space(struct generator *g)
{
	static const char *const spaces[] = { " ", "\n", "\t\r", "  " };

	if (below(g, 8) == 0)
		pick(g, spaces, ARRAY_COUNT(spaces));
}

static void put_value(struct generator *g, int depth);

static void put_object(struct generator *g, int depth)
{
	buf_char(&g->buf, '{');
	for (size_t n = below(g, 4), i = 0; i < n; i++) {
		if (i > 0)
			buf_char(&g->buf, ',');
		put_space(g);
		put_string(g);
		put_space(g);
		buf_char(&g->buf, ':');
		put_value(g, depth + 1);
	}
	buf_char(&g->buf, '}');
}

static void put_list(struct generator *g, int depth)
{
	buf_char(&g->buf, '[');
	for (size_t n = below(g, 4), i = 0; i < n; i++) {
		if (i > 0)
			buf_char(&g->buf, ',');
		put_value(g, depth + 1);
	}
	buf_char(&g->buf, ']');
}

static void put_deep(struct generator *g)
{
	size_t depth = 28 + below(g, 10);

	for (size_t i = 0; i < depth; i++)
		buf_str(&g->buf, i % 3 ? STR("[") : STR("{\"a\":"));
	buf_char(&g->buf, '1');
	for (size_t i = depth; i-- > 0;)
		buf_char(&g->buf, i % 3 ? ']' : '}');
}

static void put_value(struct generator *g, int depth)
{
	static const char *const words[] = { "true", "false", "null" };
	size_t kind = below(g, depth > 6 ? 3 : 6);

	put_space(g);
	if (kind == 0)
		put_number(g);
	else if (kind == 1)
		pick(g, words, ARRAY_COUNT(words));
	else if (kind == 2)
		put_string(g);
	else if (kind == 3 && below(g, 30) == 0)
		put_deep(g);
	else if (kind < 5)
		put_object(g, depth);
	else
		put_list(g, depth);
	put_space(g);
}

/* One byte changed, taken out, or doubled; or the end cut off. */
static void mutate(struct generator *g)
{
	static const char bytes[] = "{}[]\",:\\u0 1e-.tn\n\x80\xff";
	struct buf *buf = &g->buf;
	size_t at;

	if (buf->len < 2)
		return;
	at = below(g, buf->len);
	switch (below(g, 4)) {
	case 0:
		buf->ptr[at] = bytes[below(g, sizeof(bytes) - 1)];
		break;
	case 1:
		memmove(buf->ptr + at, buf->ptr + at + 1, buf->len - at - 1);
		buf->len--;
		break;
	case 2:
		buf_char(buf, ' ');
		memmove(buf->ptr + at + 1, buf->ptr + at, buf->len - at - 1);
		break;
	default:
		buf->len = at;
	}
}

static int depth_of(const json_t *value)
{
	int deepest = 0;
	const char *key;
	json_t *item;
	size_t index;

	if (!json_is_object(value) && !json_is_array(value))
		return 0;
	json_array_foreach(value, index, item)
	{
		int depth = depth_of(item);

		deepest = depth > deepest ? depth : deepest;
	}
	json_object_foreach((json_t *)value, key, item)
	{
		int depth = depth_of(item);

		deepest = depth > deepest ? depth : deepest;
	}
	return deepest + 1;
}

static bool has_long_number(struct str text)
{
	size_t run = 0;

	for (size_t i = 0; i < text.len; i++) {
		run = str_has_char(STR("0123456789+-.eE"), text.ptr[i]) ? run + 1 : 0;
		if (run > JSON_NUMBER_MAX)
			return true;
	}
	return false;
}

static json_t *other(struct str text, json_error_t *error)
{
	return json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, error);
}

/* Whether both agree, or differ as listed above. */
static bool agrees(struct str text, bool *ret_accepted)
{
	bool ours = json_check(text) == 0, fine;
	json_error_t error;
	json_t *value = other(text, &error);

	*ret_accepted = ours;
	if (value && !ours)
		fine = depth_of(value) > JSON_DEPTH_MAX || has_long_number(text);
	else if (!value && ours)
		fine = json_error_code(&error) == json_error_numeric_overflow;
	else
		fine = true;
	json_decref(value);
	return fine;
}

static struct str string_of(const json_t *value)
{
	return (struct str){ json_string_value(value), json_string_length(value) };
}

static struct generator generator(struct arena *arena)
{
	struct generator g = { .state = UINT64_C(88172645463325252) };

	buf_init_arena(&g.buf, arena, 1 << 20);
	return g;
}

static void test_the_same_documents_are_accepted(void **state)
{
	struct arena *arena = arena_new(4096, 1 << 24, NULL, NULL);
	struct generator g = generator(arena);
	size_t accepted = 0;

	for (int i = 0; i < DOCUMENTS; i++) {
		bool ours;

		buf_clear(&g.buf);
		put_value(&g, 0);
		for (size_t n = i % 2 ? 1 + below(&g, MUTATIONS_MAX) : 0; n > 0; n--)
			mutate(&g);
		assert_false(g.buf.overflow);
		if (!agrees(buf_view(&g.buf), &ours))
			fail_msg("document %d: we %s: %.*s", i, ours ? "accept" : "refuse", STR_ARG(buf_view(&g.buf)));
		accepted += ours;
	}
	/* Neither a generator of nonsense nor a parser that takes all would pass for agreement. */
	assert_in_range(accepted, DOCUMENTS / 3, DOCUMENTS - DOCUMENTS / 5);
	arena_free(arena);
}

static void compare_leaf(struct arena *arena, struct str text, const char *name)
{
	struct oracle_shape ours;
	struct json_errors errors;
	bool read = json_read(arena, &oracle_shape_schema, text, &ours, &errors) == 0;
	json_error_t error;
	json_t *document = other(text, &error), *leaf = json_object_get(document, name);

	if (read && strcmp(name, "text") == 0)
		assert_str(ours.text, string_of(leaf));
	else if (read && strcmp(name, "whole") == 0)
		assert_true(json_is_integer(leaf) && json_integer_value(leaf) == ours.whole.value);
	else if (read && document)
		assert_true(json_number_value(leaf) == ours.real);
	else if (read)
		assert_int_equal(json_error_code(&error), json_error_numeric_overflow);
	else if (document && strcmp(name, "whole") == 0)
		assert_true(json_is_real(leaf));
	else if (document)
		assert_true(has_long_number(text));
	json_decref(document);
}

static void test_leaves_mean_the_same(void **state)
{
	static const char *const names[] = { "text", "whole", "real" };
	struct arena *arena = arena_new(4096, 1 << 24, NULL, NULL);
	struct generator g = generator(NULL);

	for (size_t i = 0; i < DOCUMENTS; i++) {
		const char *name = names[i % ARRAY_COUNT(names)];

		buf_clear(&g.buf);
		buf_printf(&g.buf, "{\"%s\":", name);
		if (i % ARRAY_COUNT(names) == 0)
			put_string(&g);
		else
			put_number(&g);
		buf_char(&g.buf, '}');
		compare_leaf(arena, buf_view(&g.buf), name);
		arena_reset(arena);
	}
	buf_done(&g.buf);
	arena_free(arena);
}

static void test_what_we_write_is_read_the_same(void **state)
{
	struct generator g = generator(NULL);
	struct buf written;

	buf_init(&written, TEXT_MAX);
	for (int i = 0; i < DOCUMENTS; i++) {
		struct oracle_shape shape = { .whole = SOME(i64, (int64_t)next(&g)) };
		uint64_t bits = next(&g);
		json_error_t error;
		json_t *document;

		memcpy(&shape.real, &bits, sizeof(bits));
		buf_clear(&g.buf);
		for (size_t n = below(&g, 20); n > 0; n--)
			buf_char(&g.buf, (char)(1 + below(&g, 127)));
		shape.text = buf_view(&g.buf);
		buf_clear(&written);
		json_write(&written, &oracle_shape_schema, &shape);
		document = other(buf_view(&written), &error);
		assert_non_null(document);
		assert_str(shape.text, string_of(json_object_get(document, "text")));
		assert_true(json_integer_value(json_object_get(document, "whole")) == shape.whole.value);
		if (json_is_null(json_object_get(document, "real")))
			assert_true((bits >> 52 & 0x7ff) == 0x7ff);
		else
			assert_true(json_number_value(json_object_get(document, "real")) == shape.real);
		json_decref(document);
	}
	buf_done(&written);
	buf_done(&g.buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_same_documents_are_accepted),
		cmocka_unit_test(test_leaves_mean_the_same),
		cmocka_unit_test(test_what_we_write_is_read_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
