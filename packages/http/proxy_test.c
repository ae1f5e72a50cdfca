/* SPDX-License-Identifier: Apache-2.0 */
#include "http/test_main.h"

#include "base/check.h"
#include "http/proxy.h"

static struct str text_of(const struct address *address)
{
	static char text[ADDRESS_TEXT_MAX];

	return (struct str){ text, address_format(address, text) };
}

static void test_addresses(void **state)
{
	static const struct {
		struct str text;
		struct str expected; /* null: refused */
	} rows[] = {
		{ STR("1.2.3.4"), STR("1.2.3.4") },
		{ STR("1.2.3.4:5678"), STR("1.2.3.4") },
		{ STR("::1"), STR("::1") },
		{ STR("[2001:DB8::1]"), STR("2001:db8::1") },
		{ STR("[2001:db8::1]:443"), STR("2001:db8::1") },
		{ STR("::ffff:1.2.3.4"), STR("1.2.3.4") },
		{ STR(""), STR_NULL },
		{ STR("[]"), STR_NULL },
		{ STR("[::1"), STR_NULL },
		{ STR("1.2.3"), STR_NULL },
		{ STR("1.2.3.256"), STR_NULL },
		{ STR("unknown"), STR_NULL },
		{ STR("_hidden"), STR_NULL },
		{ STR("1.2.3.4\0"), STR_NULL },
		{ STR("1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa"), STR_NULL },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct address address;

		assert_int_equal(address_parse(rows[i].text, &address), str_is_null(rows[i].expected) ? -1 : 0);
		if (!str_is_null(rows[i].expected))
			assert_str(text_of(&address), rows[i].expected);
	}
}

static void test_networks(void **state)
{
	static const struct {
		struct str text;
		struct str network;
	} rows[] = {
		{ STR("203.0.113.7"), STR("203.0.113.7") },
		{ STR("2001:db8:1:2:3:4:5:6"), STR("2001:db8:1:2::") },
		{ STR("2001:db8:1:2::9"), STR("2001:db8:1:2::") },
		{ STR("2001:db8:1:3::9"), STR("2001:db8:1:3::") },
		{ STR("::1"), STR("::") },
		{ STR("::ffff:203.0.113.7"), STR("203.0.113.7") },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct address address;

		assert_int_equal(address_parse(rows[i].text, &address), 0);
		address = address_network(&address);
		assert_str(text_of(&address), rows[i].network);
	}
}

static void test_trust(void **state)
{
	static const struct {
		struct str proxies;
		struct str address;
		bool trusted;
	} rows[] = {
		{ STR(""), STR("127.0.0.1"), false },
		{ STR("127.0.0.1"), STR("127.0.0.1"), true },
		{ STR("127.0.0.1"), STR("127.0.0.2"), false },
		{ STR("127.0.0.1"), STR("::ffff:127.0.0.1"), true },
		{ STR("10.0.0.0/8"), STR("10.255.1.2"), true },
		{ STR("10.0.0.0/8"), STR("11.0.0.1"), false },
		{ STR("172.16.0.0/12"), STR("172.31.255.255"), true },
		{ STR("172.16.0.0/12"), STR("172.32.0.0"), false },
		{ STR("0.0.0.0/0"), STR("9.9.9.9"), true },
		{ STR("0.0.0.0/0"), STR("::1"), false },
		{ STR("1.2.3.4 , ::1"), STR("::1"), true },
		{ STR("2001:db8::/32"), STR("2001:db8:ffff::1"), true },
		{ STR("2001:db8::/32"), STR("2001:db9::1"), false },
		{ STR("2001:db8::/33"), STR("2001:db8:8000::1"), false },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct proxies proxies;
		struct address address;

		assert_int_equal(proxies_parse(rows[i].proxies, &proxies), 0);
		assert_int_equal(address_parse(rows[i].address, &address), 0);
		assert_int_equal(proxies_trust(&proxies, &address), rows[i].trusted);
	}
}

static void test_bad_lists(void **state)
{
	static const struct str lists[] = { STR("x"),           STR("1.2.3.4/33"), STR("::1/129"), STR("1.2.3.4/-1"),
		                            STR("1.2.3.4/"),    STR("1.2.3.4,"),   STR(","),       STR("1.2.3.4/8/8"),
		                            STR("1.2.3.4/0x8"), STR("1.2.3.4 ::1") };
	struct proxies proxies;

	for (size_t i = 0; i < ARRAY_COUNT(lists); i++)
		assert_int_equal(proxies_parse(lists[i], &proxies), -1);
	assert_int_equal(proxies_parse(STR("unix,::1"), &proxies), 0);
	assert_true(proxies.unix_socket);
	assert_int_equal(proxies.count, 1);
}

static void test_forwarded(void **state)
{
	static const struct {
		struct str header;
		struct str client; /* null: nobody */
	} rows[] = {
		{ STR("1.2.3.4"), STR("1.2.3.4") },
		{ STR("6.6.6.6, 1.2.3.4"), STR("1.2.3.4") },
		{ STR("6.6.6.6,1.2.3.4,10.0.0.1, 10.0.0.2"), STR("1.2.3.4") },
		{ STR("10.0.0.3, 10.0.0.1"), STR("10.0.0.3") },
		{ STR("rubbish, 10.0.0.1"), STR("10.0.0.1") },
		{ STR("1.2.3.4:1234"), STR("1.2.3.4") },
		{ STR("1.2.3.4, rubbish"), STR_NULL },
		{ STR("1.2.3.4,"), STR_NULL },
		{ STR(""), STR_NULL },
	};
	struct proxies proxies;

	assert_int_equal(proxies_parse(STR("10.0.0.0/8"), &proxies), 0);
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct address address;

		assert_int_equal(forwarded_client(&proxies, rows[i].header, &address),
		                 str_is_null(rows[i].client) ? -1 : 0);
		if (!str_is_null(rows[i].client))
			assert_str(text_of(&address), rows[i].client);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses), cmocka_unit_test(test_networks),  cmocka_unit_test(test_trust),
		cmocka_unit_test(test_bad_lists), cmocka_unit_test(test_forwarded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
