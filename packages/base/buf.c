/* SPDX-License-Identifier: Apache-2.0 */
/* One byte more than `cap` is always allocated, so that printf's NUL never costs a growth or a refusal. */
#include "base/buf.h"

#include <stdarg.h>

#include "base/arena.h"
#include "base/check.h"

enum { FIRST_CAP = 256 };

void buf_init(struct buf *buf, size_t max)
{
	buf_init_arena(buf, NULL, max);
}

void buf_init_arena(struct buf *buf, struct arena *arena, size_t max)
{
	CHECK(max < PTRDIFF_MAX);
	*buf = (struct buf){ .max = max, .arena = arena };
}

void buf_done(struct buf *buf)
{
	if (!buf->arena)
		free(buf->ptr);
	*buf = (struct buf){ .max = buf->max, .arena = buf->arena };
}

void buf_clear(struct buf *buf)
{
	buf->len = 0;
	buf->overflow = false;
}

static void grow(struct buf *buf, size_t need)
{
	size_t cap = buf->cap ? buf->cap : FIRST_CAP;
	char *ptr;

	while (cap < need)
		cap *= 2;
	if (cap > buf->max)
		cap = buf->max;
	if (buf->arena) {
		ptr = arena_alloc_raw(buf->arena, cap + 1);
		if (buf->len)
			memcpy(ptr, buf->ptr, buf->len);
	} else {
		ptr = realloc(buf->ptr, cap + 1);
		CHECK(ptr);
	}
	buf->ptr = ptr;
	buf->cap = cap;
}

char *buf_reserve(struct buf *buf, size_t more)
{
	if (buf->overflow || more > buf->max - buf->len) {
		buf->overflow = true;
		return NULL;
	}
	if (!buf->ptr || more > buf->cap - buf->len)
		grow(buf, buf->len + more);
	return buf->ptr + buf->len;
}

void buf_append(struct buf *buf, const void *bytes, size_t count)
{
	char *to = buf_reserve(buf, count);

	if (!to || count == 0)
		return;
	memcpy(to, bytes, count);
	buf->len += count;
}

void buf_str(struct buf *buf, struct str s)
{
	buf_append(buf, s.ptr, s.len);
}

void buf_char(struct buf *buf, char c)
{
	char *to = buf_reserve(buf, 1);

	if (!to)
		return;
	*to = c;
	buf->len++;
}

void buf_i64(struct buf *buf, int64_t value)
{
	char text[I64_TEXT_MAX];

	buf_append(buf, text, i64_format(value, text));
}

void buf_printf(struct buf *buf, const char *format, ...)
{
	char *to = buf_reserve(buf, 0);
	va_list args;
	size_t room;
	int len;

	if (!to)
		return;
	room = buf->cap - buf->len;
	va_start(args, format);
	len = vsnprintf(to, room + 1, format, args);
	va_end(args);
	CHECK(len >= 0);
	if ((size_t)len > room) {
		to = buf_reserve(buf, (size_t)len);
		if (!to)
			return;
		va_start(args, format);
		vsnprintf(to, (size_t)len + 1, format, args);
		va_end(args);
	}
	buf->len += (size_t)len;
}

void buf_consume(struct buf *buf, size_t count)
{
	CHECK(count <= buf->len);
	buf->len -= count;
	if (buf->len && count)
		memmove(buf->ptr, buf->ptr + count, buf->len);
}

struct str buf_view(const struct buf *buf)
{
	return (struct str){ buf->ptr ? buf->ptr : "", buf->len };
}
