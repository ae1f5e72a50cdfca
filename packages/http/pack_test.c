/* SPDX-License-Identifier: Apache-2.0 */
#include "http/test_main.h"

#include <zlib.h>

#include "base/check.h"
#include "http/pack.h"

static void test_what_is_accepted(void **state)
{
	const enum http_coding zstd = HAVE_ZSTD ? HTTP_CODING_ZSTD : HTTP_CODING_NONE;
	const struct {
		struct str accept;
		enum http_coding coding;
	} rows[] = {
		{ STR_NULL, HTTP_CODING_NONE },
		{ STR(""), HTTP_CODING_NONE },
		{ STR("identity"), HTTP_CODING_NONE },
		{ STR("br, deflate"), HTTP_CODING_NONE },
		{ STR("gzip"), HTTP_CODING_GZIP },
		{ STR(" GZIP ;q=0.5, br"), HTTP_CODING_GZIP },
		{ STR("*"), HTTP_CODING_GZIP },
		{ STR("gzip;q=0"), HTTP_CODING_NONE },
		{ STR("gzip; q=0.000, *"), HTTP_CODING_NONE },
		{ STR("*;q=0"), HTTP_CODING_NONE },
		{ STR("gzip;q=0.001"), HTTP_CODING_GZIP },
		{ STR("zstd"), zstd },
		{ STR("gzip, deflate, br, zstd"), HAVE_ZSTD ? HTTP_CODING_ZSTD : HTTP_CODING_GZIP },
		{ STR("zstd;q=0, gzip"), HTTP_CODING_GZIP },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		assert_int_equal(http_coding_accepted(rows[i].accept), rows[i].coding);
}

static void test_packed_again_and_again(void **state)
{
	struct http_packer *packer = http_packer_new();
	struct buf packed, text;
	char plain[64 * 1024];

	buf_init(&packed, 1024 * 1024);
	buf_init(&text, 1024 * 1024);
	for (int i = 0; i < 2000; i++)
		buf_printf(&text, "{\"id\":%d},", i * 7919);
	for (int i = 0; i < 4; i++) {
		z_stream stream = { 0 };

		assert_int_equal(http_pack(packer, HTTP_CODING_GZIP, i & 1, buf_view(&text), &packed), 0);
		assert_true(packed.len < text.len / 2);
		assert_int_equal(inflateInit2(&stream, 15 + 16), Z_OK);
		stream.next_in = (unsigned char *)packed.ptr;
		stream.avail_in = (unsigned int)packed.len;
		stream.next_out = (unsigned char *)plain;
		stream.avail_out = sizeof(plain);
		assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
		assert_str(((struct str){ plain, sizeof(plain) - stream.avail_out }), buf_view(&text));
		inflateEnd(&stream);
		if (HAVE_ZSTD) {
			assert_int_equal(http_pack(packer, HTTP_CODING_ZSTD, i & 1, buf_view(&text), &packed), 0);
			assert_memory_equal(packed.ptr, "\x28\xb5\x2f\xfd", 4);
		}
	}
	buf_done(&packed);
	buf_done(&text);
	http_packer_free(packer);
}

static void test_too_large_is_told(void **state)
{
	struct http_packer *packer = http_packer_new();
	static char noise[8192];
	struct buf packed;

	buf_init(&packed, 1024);
	assert_int_equal(http_pack(packer, HTTP_CODING_GZIP, false, (struct str){ noise, sizeof(noise) }, &packed), -1);
	buf_done(&packed);
	http_packer_free(packer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_accepted),
		cmocka_unit_test(test_packed_again_and_again),
		cmocka_unit_test(test_too_large_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
