/* SPDX-License-Identifier: Apache-2.0 */
#include "http/pack.h"

#include <stdlib.h>
#include <zlib.h>
#if HAVE_ZSTD
#include <zstd.h>
#endif

#include "base/check.h"

/* Of zlib: a window of 32 KiB, with a gzip header around it. */
enum { GZIP_WINDOW = 15 + 16, GZIP_MEMORY = 8 };

struct http_packer {
	z_stream gzip[2]; /* the lowest level, the highest: made at the first use */
#if HAVE_ZSTD
	ZSTD_CCtx *zstd;
#endif
};

static const struct str names[HTTP_CODING_COUNT] = {
	[HTTP_CODING_GZIP] = STR("gzip"), [HTTP_CODING_ZSTD] = STR("zstd")
};

const char *http_coding_name(enum http_coding coding)
{
	return names[coding].ptr;
}

/* "gzip;q=0" takes none; a weight that is none is taken for one. */
static bool is_wanted(struct str parameters)
{
	struct str weight = str_is_null(parameters) ? STR("") : str_trim(parameters);

	if (weight.len < 3 || !str_eq_nocase(str_slice(weight, 0, 2), STR("q=")))
		return true;
	for (size_t i = 2; i < weight.len; i++)
		if (weight.ptr[i] != '0' && weight.ptr[i] != '.')
			return true;
	return false;
}

/* 1, 0 for refused by name, -1 for not named. */
static int accepts(struct str list, struct str name)
{
	int found = -1;

	while (!str_is_null(list)) {
		struct str weight = str_cut(&list, ','), coding = str_trim(str_cut(&weight, ';'));

		if (str_eq_nocase(coding, name))
			found = is_wanted(weight);
	}
	return found;
}

enum http_coding http_coding_accepted(struct str accept)
{
	static const enum http_coding preferred[] = { HTTP_CODING_ZSTD, HTTP_CODING_GZIP };
	int others = accepts(accept, STR("*"));

	for (size_t i = HAVE_ZSTD ? 0 : 1; i < ARRAY_COUNT(preferred); i++) {
		int named = accepts(accept, names[preferred[i]]);

		if (named > 0 || (named < 0 && others > 0 && preferred[i] == HTTP_CODING_GZIP))
			return preferred[i];
	}
	return HTTP_CODING_NONE;
}

struct http_packer *http_packer_new(void)
{
	struct http_packer *packer = calloc(1, sizeof(*packer));

	CHECK(packer);
	return packer;
}

void http_packer_free(struct http_packer *packer)
{
	if (!packer)
		return;
	deflateEnd(&packer->gzip[0]);
	deflateEnd(&packer->gzip[1]);
#if HAVE_ZSTD
	ZSTD_freeCCtx(packer->zstd);
#endif
	free(packer);
}

static int pack_gzip(struct http_packer *packer, bool best, struct str text, struct buf *out)
{
	z_stream *stream = &packer->gzip[best];

	if (!stream->state)
		CHECK(deflateInit2(stream, best ? Z_BEST_COMPRESSION : Z_BEST_SPEED, Z_DEFLATED, GZIP_WINDOW,
		                   GZIP_MEMORY, Z_DEFAULT_STRATEGY) == Z_OK);
	else
		CHECK(deflateReset(stream) == Z_OK);
	size_t most = deflateBound(stream, text.len);
	char *at = buf_reserve(out, most);

	if (!at)
		return -1;
	memcpy(&stream->next_in, &text.ptr, sizeof(text.ptr)); /* zlib only reads it, and does not say so */
	stream->avail_in = (unsigned int)text.len;
	stream->next_out = (unsigned char *)at;
	stream->avail_out = (unsigned int)most;
	CHECK(deflate(stream, Z_FINISH) == Z_STREAM_END);
	out->len += most - stream->avail_out;
	return 0;
}

#if HAVE_ZSTD
static int pack_zstd(struct http_packer *packer, bool best, struct str text, struct buf *out)
{
	size_t most = ZSTD_compressBound(text.len), len;
	char *at = buf_reserve(out, most);

	if (!at)
		return -1;
	if (!packer->zstd)
		packer->zstd = ZSTD_createCCtx();
	CHECK(packer->zstd);
	len = ZSTD_compressCCtx(packer->zstd, at, most, text.ptr, text.len, best ? 12 : 1);
	CHECK(!ZSTD_isError(len));
	out->len += len;
	return 0;
}
#endif

int http_pack(struct http_packer *packer, enum http_coding coding, bool best, struct str text, struct buf *out)
{
	CHECK(text.len <= UINT32_MAX / 2 && coding != HTTP_CODING_NONE);
	buf_clear(out);
#if HAVE_ZSTD
	if (coding == HTTP_CODING_ZSTD)
		return pack_zstd(packer, best, text, out);
#endif
	return pack_gzip(packer, best, text, out);
}
