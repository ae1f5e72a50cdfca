/* SPDX-License-Identifier: Apache-2.0 */
#include "http/reply.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/date.h"

#define STATUSES(X) \
	X(100, "Continue") \
	X(101, "Switching Protocols") \
	X(200, "OK") \
	X(201, "Created") \
	X(202, "Accepted") \
	X(204, "No Content") \
	X(206, "Partial Content") \
	X(301, "Moved Permanently") \
	X(302, "Found") \
	X(303, "See Other") \
	X(304, "Not Modified") \
	X(307, "Temporary Redirect") \
	X(308, "Permanent Redirect") \
	X(400, "Bad Request") \
	X(401, "Unauthorized") \
	X(402, "Payment Required") \
	X(403, "Forbidden") \
	X(404, "Not Found") \
	X(405, "Method Not Allowed") \
	X(406, "Not Acceptable") \
	X(408, "Request Timeout") \
	X(409, "Conflict") \
	X(410, "Gone") \
	X(411, "Length Required") \
	X(412, "Precondition Failed") \
	X(413, "Content Too Large") \
	X(414, "URI Too Long") \
	X(415, "Unsupported Media Type") \
	X(416, "Range Not Satisfiable") \
	X(417, "Expectation Failed") \
	X(421, "Misdirected Request") \
	X(422, "Unprocessable Content") \
	X(426, "Upgrade Required") \
	X(428, "Precondition Required") \
	X(429, "Too Many Requests") \
	X(431, "Request Header Fields Too Large") \
	X(451, "Unavailable For Legal Reasons") \
	X(500, "Internal Server Error") \
	X(501, "Not Implemented") \
	X(502, "Bad Gateway") \
	X(503, "Service Unavailable") \
	X(504, "Gateway Timeout") \
	X(505, "HTTP Version Not Supported") \
	X(507, "Insufficient Storage")

enum { STATUS_MIN = 100, STATUS_MAX = 599 };

static const struct str status_lines[STATUS_MAX - STATUS_MIN + 1] = {
#define STATUS_LINE(code, reason) \
	[(code)-STATUS_MIN] = { "HTTP/1.1 " #code " " reason "\r\n", sizeof("HTTP/1.1 " #code " " reason "\r\n") - 1 },
	STATUSES(STATUS_LINE)
#undef STATUS_LINE
};

static void two_digits(char *out, int value)
{
	out[0] = (char)('0' + value / 10);
	out[1] = (char)('0' + value % 10);
}

void http_date_format(int64_t time_us, char out[HTTP_DATE_LEN])
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct date date = date_from_days(time_us / US_PER_DAY);
	int second = (int)(time_us % US_PER_DAY / US_PER_S);

	memcpy(out, "Day, 00 Mon 0000 00:00:00 GMT", HTTP_DATE_LEN);
	memcpy(out, days + 3 * date_weekday(date), 3);
	two_digits(out + 5, date.day);
	memcpy(out + 8, months + 3 * (date.month - 1), 3);
	two_digits(out + 12, date.year / 100);
	two_digits(out + 14, date.year % 100);
	two_digits(out + 17, second / 3600);
	two_digits(out + 20, second / 60 % 60);
	two_digits(out + 23, second % 60);
}

bool http_status_has_body(int status)
{
	return status >= 200 && status != 204 && status != 304;
}

static void write_status_line(struct buf *buf, int status)
{
	CHECK(status >= STATUS_MIN && status <= STATUS_MAX);
	if (status_lines[status - STATUS_MIN].ptr)
		buf_str(buf, status_lines[status - STATUS_MIN]);
	else
		buf_printf(buf, "HTTP/1.1 %d \r\n", status); /* the reason may be empty (RFC 9112 4) */
}

static char *put(char *at, struct str text)
{
	memcpy(at, text.ptr, text.len);
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)at[i] < ' ' || at[i] == 0x7f)
			at[i] = ' ';
	return at + text.len;
}

static void write_header(struct buf *buf, const struct http_header *header)
{
	size_t size = header->name.len + header->value.len + 4;
	char *at = buf_reserve(buf, size);

	if (!at)
		return;
	if (header->name.len)
		at = put(at, header->name);
	*at++ = ':';
	*at++ = ' ';
	if (header->value.len)
		at = put(at, header->value);
	*at++ = '\r';
	*at++ = '\n';
	buf->len += size;
}

static void write_framing(struct buf *buf, const struct http_reply_head *head)
{
	if (head->framing == HTTP_FRAMING_LENGTH) {
		buf_str(buf, STR("Content-Length: "));
		buf_i64(buf, (int64_t)head->body_len);
		buf_str(buf, STR("\r\n"));
	} else if (head->framing == HTTP_FRAMING_CHUNKED) {
		buf_str(buf, STR("Transfer-Encoding: chunked\r\n"));
	}
}

void http_reply_head_write(struct buf *buf, const struct http_reply_head *head)
{
	write_status_line(buf, head->status);
	buf_str(buf, STR("Date: "));
	buf_append(buf, head->date, HTTP_DATE_LEN);
	buf_str(buf, STR("\r\n"));
	for (size_t i = 0; i < head->header_count; i++)
		write_header(buf, &head->headers[i]);
	write_framing(buf, head);
	if (head->close)
		buf_str(buf, STR("Connection: close\r\n"));
	else if (head->keep_alive)
		buf_str(buf, STR("Connection: keep-alive\r\n"));
	buf_str(buf, STR("\r\n"));
}
