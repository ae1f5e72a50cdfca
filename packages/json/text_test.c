/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"

#include "json/text.h"

#define L60  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define D240 L60 "." L60 "." L60 "." L60

static const struct {
	const struct format *format;
	bool accepted;
	const char *text;
} rows[] = {
	{ &email_format, true, "ann@example.org" },
	{ &email_format, true, "a.b+c_d-e'f@sub.example-1.co" },
	{ &email_format, true, "a@b.xn--p1ai" },
	{ &email_format, true, L60 "aaaa@b.co" },
	{ &email_format, true, "a@" D240 ".co" },
	{ &email_format, false, L60 "@" D240 ".co" },
	{ &email_format, false, L60 "aaaaa@b.co" },
	{ &email_format, false, "a@" L60 "aaaa.co" },
	{ &email_format, false, "" },
	{ &email_format, false, "@" },
	{ &email_format, false, "a@" },
	{ &email_format, false, "@b.co" },
	{ &email_format, false, "a" },
	{ &email_format, false, "a@b" },
	{ &email_format, false, "a@b@c.co" },
	{ &email_format, false, "a@b..co" },
	{ &email_format, false, "a@.co" },
	{ &email_format, false, "a@b.co." },
	{ &email_format, false, "a@-b.co" },
	{ &email_format, false, "a@b-.co" },
	{ &email_format, false, "a@127.0.0.1" },
	{ &email_format, false, ".a@b.co" },
	{ &email_format, false, "a.@b.co" },
	{ &email_format, false, "a..b@b.co" },
	{ &email_format, false, "a b@b.co" },
	{ &email_format, false, "a@b.co\r\nBcc: x@y.z" },
	{ &email_format, false, "a@b.co,c@d.co" },
	{ &email_format, false, "\"a b\"@b.co" },
	{ &email_format, false, "é@b.co" },
	{ &phone_format, true, "+123456" },
	{ &phone_format, true, "+49 30 1234-567" },
	{ &phone_format, true, "+123456789012345" },
	{ &phone_format, false, "+1234567890123456" },
	{ &phone_format, false, "+12345" },
	{ &phone_format, false, "0301234567" },
	{ &phone_format, false, "+" },
	{ &phone_format, false, "" },
	{ &phone_format, false, "+ 123456" },
	{ &phone_format, false, "+123456 " },
	{ &phone_format, false, "+123456x" },
	{ &phone_format, false, "+49 (30) 123456" },
	{ &phone_format, false, "+1                              23456" },
	{ &uri_format, true, "https://example.org" },
	{ &uri_format, true, "HTTP://Example.org:8080/a/b?c=d&e=%20#f" },
	{ &uri_format, true, "http://localhost:1" },
	{ &uri_format, true, "http://127.0.0.1/" },
	{ &uri_format, false, "" },
	{ &uri_format, false, "http" },
	{ &uri_format, false, "http:" },
	{ &uri_format, false, "http://" },
	{ &uri_format, false, "http:///path" },
	{ &uri_format, false, "ftp://example.org" },
	{ &uri_format, false, "javascript:alert(1)" },
	{ &uri_format, false, "//example.org" },
	{ &uri_format, false, "https://user@example.org" },
	{ &uri_format, false, "https://example.org:" },
	{ &uri_format, false, "https://example.org:0" },
	{ &uri_format, false, "https://example.org:65536" },
	{ &uri_format, false, "https://example.org:+1" },
	{ &uri_format, false, "https://exa mple.org" },
	{ &uri_format, false, "https://example.org/\n" },
	{ &uri_format, false, "https://example.org/\"" },
	{ &uri_format, false, "https://example.org\\@evil.org" },
	{ &uri_format, false, "https://exämple.org" },
	{ &slug_format, true, "a-1" },
	{ &slug_format, true, "-" },
	{ &slug_format, false, "" },
	{ &slug_format, false, "A" },
	{ &slug_format, false, "a b" },
	{ &slug_format, false, "a_b" },
	{ &currency_format, true, "EUR" },
	{ &currency_format, false, "eur" },
	{ &currency_format, false, "EU" },
	{ &currency_format, false, "EURO" },
	{ &currency_format, false, "" },
	{ &country_format, true, "DE" },
	{ &country_format, true, "ZW" },
	{ &country_format, false, "AA" },
	{ &country_format, false, "EU" },
	{ &country_format, false, "UK" },
	{ &country_format, false, "XK" },
	{ &country_format, false, "12" },
	{ &country_format, false, "de" },
	{ &country_format, false, "DEU" },
	{ &country_format, false, "" },
	{ &code_format, true, "" },
	{ &code_format, true, "!a-Z~" },
	{ &code_format, false, "a b" },
	{ &code_format, false, "a\x7f" },
	{ &code_format, false, "é" },
};

static void test_formats(void **state)
{
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		print_message("%s\n", rows[i].text);
		assert_int_equal(rows[i].format->accepts(str_from(rows[i].text)), rows[i].accepted);
	}
}

static void test_each_country_is_assigned_once(void **state)
{
	int count = 0;

	for (int i = 0; i < 26 * 26; i++)
		count += country_format.accepts(
		        (struct str){ (char[]){ (char)('A' + i / 26), (char)('A' + i % 26) }, 2 });
	assert_int_equal(count, 249);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_each_country_is_assigned_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
