/* SPDX-License-Identifier: Apache-2.0 */
/* The writing half of a connection without its socket: status lines, header sections, dates. */
#ifndef STOA_HTTP_REPLY_H
#define STOA_HTTP_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "http/http.h"

/* "Sat, 21 Nov 2026 10:00:00 GMT" (RFC 9110 5.6.7). */
enum { HTTP_DATE_LEN = 29 };
void http_date_format(int64_t time_us, char out[HTTP_DATE_LEN]);

enum http_reply_framing {
	HTTP_FRAMING_LENGTH, /* Content-Length: body_len */
	HTTP_FRAMING_CHUNKED,
	HTTP_FRAMING_CLOSE, /* the connection's end ends it (streams to HTTP/1.0) */
	HTTP_FRAMING_NONE,  /* 204, 304, 1xx */
};

struct http_reply_head {
	int status;
	const struct http_header *headers;
	size_t header_count;
	enum http_reply_framing framing;
	size_t body_len;
	const char *date; /* HTTP_DATE_LEN bytes */
	bool close;       /* Connection: close */
	bool keep_alive;  /* Connection: keep-alive, for HTTP/1.0 */
};

/* The status line and header section with its closing empty line. Control characters in names and values become blanks:
 * no value can begin a header of its own. */
void http_reply_head_write(struct buf *buf, const struct http_reply_head *head);

bool http_status_has_body(int status); /* not 1xx, 204, 304 */

#endif
