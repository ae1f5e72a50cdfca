/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes are read as an order. What is accepted is written and read again and must come out the same; what is
 * refused must be refused in bounded words that are valid UTF-8. The same bytes go through query parameters and the
 * string writer too.
 */
#include "base/check.h"
#include "base/encode.h"
#include "base/test_fuzz.h"
#include "base/unicode.h"
#include "json/json.h"
#include "json/sample.h"

enum { DETAIL_MAX = 1024, POINTER_MAX = 16384 };

static void check_errors(const struct json_errors *errors, bool pointers)
{
	CHECK(errors->count >= 1 && errors->count <= JSON_ERRORS_MAX);
	for (size_t i = 0; i < errors->count; i++) {
		struct str pointer = errors->items[i].pointer, detail = errors->items[i].detail;

		CHECK(!pointers || str_starts(pointer, STR("#")));
		CHECK(pointer.len <= POINTER_MAX && utf8_valid(pointer));
		CHECK(detail.len > 0 && detail.len <= DETAIL_MAX && utf8_valid(detail));
	}
}

static struct str write_order(struct arena *arena, const struct sample_order *order, size_t max)
{
	struct buf buf;

	buf_init_arena(&buf, arena, max);
	json_write(&buf, &sample_order_schema, order);
	CHECK(!buf.overflow);
	return buf_view(&buf);
}

static void fuzz_order(struct arena *arena, struct str text)
{
	size_t max = text.len * 8 + 4096;
	struct sample_order order, again;
	struct json_errors errors;
	struct str first;

	if (json_read(arena, &sample_order_schema, text, &order, &errors)) {
		check_errors(&errors, true);
		CHECK(!errors.syntax || errors.count == 1);
		CHECK(!errors.syntax || json_check(text));
		return;
	}
	first = write_order(arena, &order, max);
	CHECK(json_check(first) == 0);
	CHECK(json_read(arena, &sample_order_schema, first, &again, &errors) == 0);
	CHECK(str_eq(write_order(arena, &again, max), first));
}

/* As a patch of an empty order it gives the order. */
static void fuzz_patch(struct arena *arena, struct str text)
{
	size_t max = text.len * 8 + 4096;
	struct sample_order order, patched = { 0 };
	struct json_errors errors;
	uint64_t sent;

	if (json_read_sent(arena, &sample_order_schema, text, &order, &sent, &errors))
		return;
	json_patch(&sample_order_schema, &order, sent, &sample_wide_order_schema, &patched);
	CHECK(str_eq(write_order(arena, &patched, max), write_order(arena, &order, max)));
}

static void fuzz_query(struct arena *arena, struct str text)
{
	struct json_pair pairs[16];
	struct sample_query query;
	struct json_errors errors;
	struct str rest = text;
	size_t count = 0;

	while (!str_is_null(rest) && count < ARRAY_COUNT(pairs)) {
		pairs[count].value = str_cut(&rest, '&');
		pairs[count].name = str_cut(&pairs[count].value, '=');
		count++;
	}
	if (json_read_pairs(arena, &sample_query_schema, pairs, count, &query, &errors))
		check_errors(&errors, false);
}

static void fuzz_string(struct arena *arena, struct str text)
{
	struct sample_node node = { .label = text };
	struct json_errors errors;
	struct buf buf;

	if (!utf8_valid(text) || utf8_count(text) > 1000)
		return;
	buf_init_arena(&buf, arena, text.len * 6 + 64);
	json_write(&buf, &sample_node_schema, &node);
	CHECK(!buf.overflow);
	if (memchr(text.ptr, 0, text.len))
		CHECK(json_read(arena, &sample_node_schema, buf_view(&buf), &node, &errors) == -1 && !errors.syntax);
	CHECK(json_read_stored(arena, &sample_node_schema, buf_view(&buf), &node, &errors) == 0);
	CHECK(str_eq(node.label, text));
}

/* What is clean stays as it is, and is shown on one line, or on many. */
static void fuzz_form(struct arena *arena, struct str text)
{
	struct str line = text, block = text, again;

	if (!utf8_valid(text))
		return;
	if (!unicode_line(arena, &line)) {
		again = line;
		CHECK(utf8_valid(line) && !unicode_line(arena, &again) && str_eq(line, again));
		CHECK(!str_has_char(line, '\n') && !str_has_char(line, '\r') && !str_has_char(line, 0));
		again = line;
		CHECK(!unicode_block(arena, &again) && str_eq(line, again));
	}
	if (!unicode_block(arena, &block)) {
		again = block;
		CHECK(utf8_valid(block) && !unicode_block(arena, &again) && str_eq(block, again));
		CHECK(!str_has_char(block, '\r') && !str_has_char(block, 0));
	}
	again = unicode_password(arena, text);
	CHECK(utf8_valid(again) && str_eq(unicode_password(arena, again), again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(4096, (size_t)64 << 20, NULL, NULL);
	struct str text = { (const char *)data, size };

	if (!text.ptr)
		text = STR("");
	fuzz_order(arena, text);
	fuzz_patch(arena, text);
	fuzz_query(arena, text);
	fuzz_string(arena, text);
	fuzz_form(arena, text);
	arena_free(arena);
	return 0;
}
