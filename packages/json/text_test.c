/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"

#include "json/text.h"

#define L60  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define D240 L60 "." L60 "." L60 "." L60

static const struct {
	enum json_format format;
	bool accepted;
	const char *text;
} rows[] = {
	{ JSON_FORMAT_EMAIL, true, "ann@example.org" },
	{ JSON_FORMAT_EMAIL, true, "a.b+c_d-e'f@sub.example-1.co" },
	{ JSON_FORMAT_EMAIL, true, "a@b.xn--p1ai" },
	{ JSON_FORMAT_EMAIL, true, L60 "aaaa@b.co" },
	{ JSON_FORMAT_EMAIL, true, "a@" D240 ".co" },
	{ JSON_FORMAT_EMAIL, false, L60 "@" D240 ".co" },
	{ JSON_FORMAT_EMAIL, false, L60 "aaaaa@b.co" },
	{ JSON_FORMAT_EMAIL, false, "a@" L60 "aaaa.co" },
	{ JSON_FORMAT_EMAIL, false, "" },
	{ JSON_FORMAT_EMAIL, false, "@" },
	{ JSON_FORMAT_EMAIL, false, "a@" },
	{ JSON_FORMAT_EMAIL, false, "@b.co" },
	{ JSON_FORMAT_EMAIL, false, "a" },
	{ JSON_FORMAT_EMAIL, false, "a@b" },
	{ JSON_FORMAT_EMAIL, false, "a@b@c.co" },
	{ JSON_FORMAT_EMAIL, false, "a@b..co" },
	{ JSON_FORMAT_EMAIL, false, "a@.co" },
	{ JSON_FORMAT_EMAIL, false, "a@b.co." },
	{ JSON_FORMAT_EMAIL, false, "a@-b.co" },
	{ JSON_FORMAT_EMAIL, false, "a@b-.co" },
	{ JSON_FORMAT_EMAIL, false, "a@127.0.0.1" },
	{ JSON_FORMAT_EMAIL, false, ".a@b.co" },
	{ JSON_FORMAT_EMAIL, false, "a.@b.co" },
	{ JSON_FORMAT_EMAIL, false, "a..b@b.co" },
	{ JSON_FORMAT_EMAIL, false, "a b@b.co" },
	{ JSON_FORMAT_EMAIL, false, "a@b.co\r\nBcc: x@y.z" },
	{ JSON_FORMAT_EMAIL, false, "a@b.co,c@d.co" },
	{ JSON_FORMAT_EMAIL, false, "\"a b\"@b.co" },
	{ JSON_FORMAT_EMAIL, false, "é@b.co" },
	{ JSON_FORMAT_PHONE, true, "+123456" },
	{ JSON_FORMAT_PHONE, true, "+49 30 1234-567" },
	{ JSON_FORMAT_PHONE, true, "+123456789012345" },
	{ JSON_FORMAT_PHONE, false, "+1234567890123456" },
	{ JSON_FORMAT_PHONE, false, "+12345" },
	{ JSON_FORMAT_PHONE, false, "0301234567" },
	{ JSON_FORMAT_PHONE, false, "+" },
	{ JSON_FORMAT_PHONE, false, "" },
	{ JSON_FORMAT_PHONE, false, "+ 123456" },
	{ JSON_FORMAT_PHONE, false, "+123456 " },
	{ JSON_FORMAT_PHONE, false, "+123456x" },
	{ JSON_FORMAT_PHONE, false, "+49 (30) 123456" },
	{ JSON_FORMAT_PHONE, false, "+1                              23456" },
	{ JSON_FORMAT_URI, true, "https://example.org" },
	{ JSON_FORMAT_URI, true, "HTTP://Example.org:8080/a/b?c=d&e=%20#f" },
	{ JSON_FORMAT_URI, true, "http://localhost:1" },
	{ JSON_FORMAT_URI, true, "http://127.0.0.1/" },
	{ JSON_FORMAT_URI, false, "" },
	{ JSON_FORMAT_URI, false, "http" },
	{ JSON_FORMAT_URI, false, "http:" },
	{ JSON_FORMAT_URI, false, "http://" },
	{ JSON_FORMAT_URI, false, "http:///path" },
	{ JSON_FORMAT_URI, false, "ftp://example.org" },
	{ JSON_FORMAT_URI, false, "javascript:alert(1)" },
	{ JSON_FORMAT_URI, false, "//example.org" },
	{ JSON_FORMAT_URI, false, "https://user@example.org" },
	{ JSON_FORMAT_URI, false, "https://example.org:" },
	{ JSON_FORMAT_URI, false, "https://example.org:0" },
	{ JSON_FORMAT_URI, false, "https://example.org:65536" },
	{ JSON_FORMAT_URI, false, "https://example.org:+1" },
	{ JSON_FORMAT_URI, false, "https://exa mple.org" },
	{ JSON_FORMAT_URI, false, "https://example.org/\n" },
	{ JSON_FORMAT_URI, false, "https://example.org/\"" },
	{ JSON_FORMAT_URI, false, "https://example.org\\@evil.org" },
	{ JSON_FORMAT_URI, false, "https://exämple.org" },
	{ JSON_FORMAT_SLUG, true, "a-1" },
	{ JSON_FORMAT_SLUG, true, "-" },
	{ JSON_FORMAT_SLUG, false, "" },
	{ JSON_FORMAT_SLUG, false, "A" },
	{ JSON_FORMAT_SLUG, false, "a b" },
	{ JSON_FORMAT_SLUG, false, "a_b" },
	{ JSON_FORMAT_CURRENCY, true, "EUR" },
	{ JSON_FORMAT_CURRENCY, false, "eur" },
	{ JSON_FORMAT_CURRENCY, false, "EU" },
	{ JSON_FORMAT_CURRENCY, false, "EURO" },
	{ JSON_FORMAT_CURRENCY, false, "" },
};

static void test_formats(void **state)
{
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		print_message("%s\n", rows[i].text);
		assert_int_equal(formats[rows[i].format].accepts(str_from(rows[i].text)), rows[i].accepted);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_formats),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
