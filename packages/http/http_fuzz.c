/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Feeds the parser a stream of bytes cut into reads, and holds it to what its header promises: the same bytes give the
 * same requests however they are cut, strings of a request lie inside its buffer, limits hold.
 *
 * The first byte of the input seeds the cuts; the rest is what the client sends.
 */
#include "base/test_fuzz.h"

#include "base/check.h"
#include "http/parse.h"

enum { BLOCK = 128, HEADERS = 8, STORY_MAX = 1024 * 1024 };

static const struct http_limits limits = {
	.line_max = 256,
	.header_bytes_max = 1024,
	.header_count_max = HEADERS,
	.body_max = 512,
};

struct reading {
	struct http_parser parser;
	struct http_header headers[HEADERS];
	char block[BLOCK];
	struct buf story;
	bool over;
};

static void check_inside(const struct http_parser *parser, struct str s)
{
	if (s.len)
		CHECK(s.ptr >= parser->bytes + parser->start && s.ptr + s.len <= parser->bytes + parser->end);
}

static void check_head(const struct http_parser *parser)
{
	check_inside(parser, parser->target);
	CHECK(parser->target.len <= limits.line_max);
	CHECK(http_target_acceptable(parser->target, parser->method));
	CHECK(parser->header_count <= HEADERS);
	for (size_t i = 0; i < parser->header_count; i++) {
		struct str value = parser->headers[i].value;

		check_inside(parser, parser->headers[i].name);
		check_inside(parser, value);
		CHECK(parser->headers[i].name.len);
		CHECK(!str_has_char(value, '\n') && !str_has_char(value, '\r') && !str_has_char(value, '\0'));
	}
}

static void tell(struct reading *r)
{
	const struct http_parser *parser = &r->parser;
	struct str body = http_parser_body(parser);

	check_head(parser);
	check_inside(parser, body);
	CHECK(body.len <= limits.body_max);
	CHECK(parser->end <= parser->len);
	buf_printf(&r->story, "%s %.*s %d %d\n", http_method_name(parser->method), STR_ARG(parser->target),
	           parser->keep_alive, http_head_wants_websocket(parser));
	for (size_t i = 0; i < parser->header_count; i++)
		buf_printf(&r->story, "%.*s:%.*s\n", STR_ARG(parser->headers[i].name),
		           STR_ARG(parser->headers[i].value));
	buf_str(&r->story, body);
	buf_char(&r->story, '\n');
}

static void run(struct reading *r)
{
	while (!r->over) {
		switch (http_parser_run(&r->parser)) {
		case HTTP_PARSE_MORE:
			return;
		case HTTP_PARSE_DONE:
			tell(r);
			http_parser_next(&r->parser);
			break;
		case HTTP_PARSE_REFUSED:
			CHECK(r->parser.refusal && r->parser.refusal->status >= 400);
			/* Of two faults either may be met first, so the status may differ. */
			buf_str(&r->story, STR("refused\n"));
			r->over = true;
			break;
		}
	}
}

static void feed(struct reading *r, const uint8_t *bytes, size_t len)
{
	size_t room;

	while (len && !r->over) {
		char *at = http_parser_room(&r->parser, 1, true, &room);
		size_t piece = len < room ? len : room;

		memcpy(at, bytes, piece);
		http_parser_wrote(&r->parser, piece);
		bytes += piece;
		len -= piece;
		run(r);
	}
}

/* Cuts of 1 to `most` bytes out of a small generator; 0: as much at once as there is room for. */
static void read_all(struct reading *r, const uint8_t *bytes, size_t len, uint32_t seed, size_t most)
{
	memset(r, 0, sizeof(*r));
	buf_init(&r->story, STORY_MAX);
	http_parser_init(&r->parser, &limits, r->block, BLOCK, r->headers);
	while (len && !r->over) {
		size_t piece;

		seed = seed * 1664525 + 1013904223;
		piece = most ? 1 + (seed >> 16) % most : len;
		if (piece > len)
			piece = len;
		feed(r, bytes, piece);
		bytes += piece;
		len -= piece;
	}
}

static void forget(struct reading *r)
{
	buf_done(&r->story);
	http_parser_done(&r->parser);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const size_t cuts[] = { 1, 7, 100 };
	struct reading whole;

	if (size < 1 || size > 64 * 1024)
		return 0;
	read_all(&whole, data + 1, size - 1, 0, 0);
	for (size_t i = 0; i < ARRAY_COUNT(cuts); i++) {
		struct reading cut;

		read_all(&cut, data + 1, size - 1, data[0], cuts[i]);
		if (!str_eq(buf_view(&whole.story), buf_view(&cut.story)))
			fprintf(stderr, "--- whole:\n%.*s--- cut by %zu:\n%.*s", STR_ARG(buf_view(&whole.story)),
			        cuts[i], STR_ARG(buf_view(&cut.story)));
		CHECK(str_eq(buf_view(&whole.story), buf_view(&cut.story)));
		forget(&cut);
	}
	forget(&whole);
	return 0;
}
