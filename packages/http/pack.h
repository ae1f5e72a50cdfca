/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Content codings of answers (RFC 9110 sections 8.4 and 12.5.3): gzip, and zstd where its library was there at the build.
 * At the lowest level, for it is paid per answer: what is packed once for all goes by the highest.
 */
#ifndef STOA_HTTP_PACK_H
#define STOA_HTTP_PACK_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/str.h"

enum http_coding { HTTP_CODING_NONE, HTTP_CODING_GZIP, HTTP_CODING_ZSTD, HTTP_CODING_COUNT };
const char *http_coding_name(enum http_coding coding); /* "gzip"; NULL: none */

/* The first of ours that an Accept-Encoding takes, zstd before gzip; q=0 refuses, null takes none. */
enum http_coding http_coding_accepted(struct str accept);

/* A packer is kept for its memory, some hundred KiB: one a loop. */
struct http_packer;
struct http_packer *http_packer_new(void);
void http_packer_free(struct http_packer *packer);
/* Replaces what is in `out`. 0, or -1: `out` is too small for it. */
MUST_CHECK int http_pack(struct http_packer *packer, enum http_coding coding, bool best, struct str text,
                         struct buf *out);

#endif
