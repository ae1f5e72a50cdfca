/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"

#include "base/arena.h"
#include "base/encode.h"
#include "base/random.h"

static struct arena *arena;

typedef int decoder(struct arena *arena, struct str text, struct str *ret);

static void expect_refused(decoder *decode, struct str text)
{
	struct str result = STR("untouched");

	assert_int_equal(decode(arena, text, &result), -1);
	assert_str(result, STR("untouched"));
}

static void expect_decoded(decoder *decode, struct str text, struct str want)
{
	struct str result = STR_NULL;

	assert_int_equal(decode(arena, text, &result), 0);
	assert_str(result, want);
}

static void hex(void **state)
{
	assert_str(hex_encode(arena, STR("\x00\x7f\xff z")), STR("007fff207a"));
	assert_str(hex_encode(arena, STR("")), STR(""));
	expect_decoded(hex_decode, STR("007fFF207A"), STR("\x00\x7f\xff z"));
	expect_decoded(hex_decode, STR(""), STR(""));
	expect_refused(hex_decode, STR("0"));
	expect_refused(hex_decode, STR("0g"));
	expect_refused(hex_decode, STR("/0"));
	expect_refused(hex_decode, STR("\x10\x11"));
	expect_refused(hex_decode, STR("0 "));
}

static void base64_of_the_rfc(void **state)
{
	/* RFC 4648 section 10. */
	static const struct {
		struct str bytes;
		struct str padded;
		struct str url;
	} cases[] = {
		{ STR(""), STR(""), STR("") },
		{ STR("f"), STR("Zg=="), STR("Zg") },
		{ STR("fo"), STR("Zm8="), STR("Zm8") },
		{ STR("foo"), STR("Zm9v"), STR("Zm9v") },
		{ STR("foob"), STR("Zm9vYg=="), STR("Zm9vYg") },
		{ STR("fooba"), STR("Zm9vYmE="), STR("Zm9vYmE") },
		{ STR("foobar"), STR("Zm9vYmFy"), STR("Zm9vYmFy") },
		{ STR("\xfb\xff\xfe"), STR("+//+"), STR("-__-") },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		assert_str(base64_encode(arena, cases[i].bytes), cases[i].padded);
		assert_str(base64url_encode(arena, cases[i].bytes), cases[i].url);
		expect_decoded(base64_decode, cases[i].padded, cases[i].bytes);
		expect_decoded(base64url_decode, cases[i].url, cases[i].bytes);
	}
}

static void base64_refusals(void **state)
{
	static const char *const padded[] = {
		"Zg",   "Zg=",   "Zg===",  "=",    "====",     "Z===", "Zh==",
		"Zm9=", "Zm 9v", "Zm9v\n", "Zm9-", "Zg==Zg==", "Zm=v", "\xff\xff\xff\xff"
	};
	static const char *const url[] = { "Z", "Zg==", "Zh", "Zm9", "Zm9v+", "Zm9v/", "Zm9vY", "Zm9v Zg" };

	for (size_t i = 0; i < ARRAY_COUNT(padded); i++)
		expect_refused(base64_decode, str_from(padded[i]));
	for (size_t i = 0; i < ARRAY_COUNT(url); i++)
		expect_refused(base64url_decode, str_from(url[i]));
}

static void round_trips(void **state)
{
	char bytes[200];

	for (size_t len = 0; len <= sizeof(bytes); len++) {
		struct str all = { bytes, len };

		random_bytes(bytes, len);
		expect_decoded(hex_decode, hex_encode(arena, all), all);
		expect_decoded(base64_decode, base64_encode(arena, all), all);
		expect_decoded(base64url_decode, base64url_encode(arena, all), all);
	}
}

static void percent(void **state)
{
	static const struct {
		struct str text;
		bool plus_is_space;
		int result;
		struct str decoded;
	} cases[] = {
		{ STR("a%20b+c"), false, 0, STR("a b+c") },
		{ STR("a%20b+c"), true, 0, STR("a b c") },
		{ STR("%2B%2f"), true, 0, STR("+/") },
		{ STR("%C3%A4"), false, 0, STR("\xc3\xa4") },
		{ STR("\xc3%A4"), false, 0, STR("\xc3\xa4") },
		{ STR(""), false, 0, STR("") },
		{ STR_NULL, false, 0, STR("") },
		{ STR("%"), false, -1 },
		{ STR("%2"), false, -1 },
		{ STR("%2g"), false, -1 },
		{ STR("abc%4"), false, -1 },
		{ STR("%00"), false, -1 },
		{ STR("%ff"), false, -1 },
		{ STR("%C3"), false, -1 },
		{ STR("%ED%A0%80"), false, -1 },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct str result = STR("untouched");

		assert_int_equal(percent_decode(arena, cases[i].text, cases[i].plus_is_space, &result),
		                 cases[i].result);
		assert_str(result, cases[i].result == 0 ? cases[i].decoded : STR("untouched"));
	}
	assert_str(percent_encode(arena, STR("a b/\xc3\xa4~-._%+")), STR("a%20b%2F%C3%A4~-._%25%2B"));
	assert_str(percent_encode(arena, STR("")), STR(""));
}

static void utf8(void **state)
{
	static const struct {
		struct str text;
		bool valid;
		size_t count;
	} cases[] = {
		{ STR_NULL, true, 0 },
		{ STR("plain text longer than a word"), true, 29 },
		{ STR("12345678\xc3\xa4"), true, 9 },
		{ STR("1234567\xc3\xa4"
		      "9"),
		  true, 9 },
		{ STR("\xe2\x82\xac\xf0\x9f\x98\x80"), true, 2 },
		{ STR("\x00\x7f"), true, 2 },
		{ STR("\xc2\x80\xdf\xbf"), true, 2 },
		{ STR("\xe0\xa0\x80\xef\xbf\xbf"), true, 2 },
		{ STR("\xed\x9f\xbf\xee\x80\x80"), true, 2 },
		{ STR("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"), true, 2 },
		{ STR("\x80"), false },
		{ STR("\xbf"
		      "abcdefgh"),
		  false },
		{ STR("abcdefgh\xff"), false },
		{ STR("\xc0\x80"), false },
		{ STR("\xc1\xbf"), false },
		{ STR("\xe0\x9f\xbf"), false },
		{ STR("\xed\xa0\x80"), false },
		{ STR("\xed\xbf\xbf"), false },
		{ STR("\xf0\x8f\xbf\xbf"), false },
		{ STR("\xf4\x90\x80\x80"), false },
		{ STR("\xf5\x80\x80\x80"), false },
		{ STR("\xc3"), false },
		{ STR("\xe2\x82"), false },
		{ STR("\xf0\x9f\x98"), false },
		{ STR("\xe2\x82"
		      "a"),
		  false },
		{ STR("\xf0\x9f\x98"
		      "a"),
		  false },
		{ STR("\xc3\xc3"), false },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		/* A copy of exactly this size, so that reading past its end is seen. */
		struct str text = str_dup(arena, cases[i].text);

		assert_int_equal(utf8_valid(text), cases[i].valid);
		if (cases[i].valid)
			assert_int_equal(utf8_count(text), cases[i].count);
	}
}

static void first_code_point(void **state)
{
	assert_int_equal(utf8_first(STR("ab")), 1);
	assert_int_equal(utf8_first(STR("\xc3\xa4z")), 2);
	assert_int_equal(utf8_first(STR("\xe2\x82\xac")), 3);
	assert_int_equal(utf8_first(STR("\xf0\x9f\x98\x80")), 4);
	assert_int_equal(utf8_first(STR("\xf0\x9f\x98")), 0);
	assert_int_equal(utf8_first(STR("\x80")), 0);
}

static int make_arena(void **state)
{
	arena = arena_new(1024, 1 << 20, NULL, NULL);
	return 0;
}

static int drop_arena(void **state)
{
	arena_free(arena);
	return 0;
}

static void bytes_are_mended(void **state)
{
	static const struct {
		struct str text, mended;
	} rows[] = {
		{ STR(""), STR("") },
		{ STR("plain \xc3\xa4"), STR("plain \xc3\xa4") },
		{ STR("cut \xc3"), STR("cut ") },
		{ STR("cut \xe2\x82"), STR("cut ") },
		{ STR("cut \xf0\x9f\x98"), STR("cut ") },
		{ STR("\xff\xc3(\x80"), STR("?\?(?") },
		{ STR("a\0b"), STR("a?b") },
		{ STR("\xed\xa0\x80z"), STR("???z") },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		char text[32];

		memcpy(text, rows[i].text.ptr, rows[i].text.len);
		struct str mended = { text, utf8_mend(text, rows[i].text.len) };

		assert_true(str_eq(mended, rows[i].mended) && utf8_valid(mended));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hex),
		cmocka_unit_test(base64_of_the_rfc),
		cmocka_unit_test(base64_refusals),
		cmocka_unit_test(round_trips),
		cmocka_unit_test(percent),
		cmocka_unit_test(utf8),
		cmocka_unit_test(first_code_point),
		cmocka_unit_test(bytes_are_mended),
	};

	return cmocka_run_group_tests(tests, make_arena, drop_arena);
}
