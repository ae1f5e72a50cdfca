/* SPDX-License-Identifier: Apache-2.0 */
/* What a request's head must keep to beyond its grammar: framing, Host, target, expectations (RFC 9110, 9112). */
#include "http/parse.h"

#include <arpa/inet.h>

#include "base/check.h"

const struct problem problem_expectation_failed = { .code = "expectation_failed",
	                                            .status = 417,
	                                            .title = "Only 100-continue can be expected of us" };

/* The few headers that decide about framing and routing, found in one walk. */
struct framing {
	struct str host;
	struct str expect;
	struct str transfer;
	size_t hosts;
	size_t lengths;
	size_t transfers;
	size_t expects;
};

static void note(struct str value, struct str *slot, size_t *count)
{
	*slot = value;
	++*count;
}

static struct framing framing_of(const struct http_parser *parser)
{
	struct framing found = { 0 };
	struct str length;

	for (size_t i = 0; i < parser->header_count; i++) {
		const struct http_header *header = &parser->headers[i];

		switch (header->name.len) {
		case sizeof("Host") - 1:
			if (str_eq_nocase(header->name, STR("host")))
				note(header->value, &found.host, &found.hosts);
			break;
		case sizeof("Expect") - 1:
			if (str_eq_nocase(header->name, STR("expect")))
				note(header->value, &found.expect, &found.expects);
			break;
		case sizeof("Content-Length") - 1:
			if (str_eq_nocase(header->name, STR("content-length")))
				note(header->value, &length, &found.lengths);
			break;
		case sizeof("Transfer-Encoding") - 1:
			if (str_eq_nocase(header->name, STR("transfer-encoding")))
				note(header->value, &found.transfer, &found.transfers);
			break;
		}
	}
	return found;
}

static bool port_acceptable(struct str port)
{
	int64_t number = 0;

	return !port.len || (port.ptr[0] >= '0' && !str_to_i64(port, &number) && number <= UINT16_MAX);
}

/* "[" IPv6address "]"; the bracket that begins it has been seen. */
static bool literal_acceptable(struct str host, struct str *ret_rest)
{
	const char *end = memchr(host.ptr, ']', host.len);
	char text[INET6_ADDRSTRLEN];
	struct in6_addr address;
	size_t len = end ? (size_t)(end - host.ptr) - 1 : 0;

	if (!end || len >= sizeof(text))
		return false;
	memcpy(text, host.ptr + 1, len);
	text[len] = '\0';
	*ret_rest = str_slice(host, len + 2, host.len);
	return inet_pton(AF_INET6, text, &address) == 1;
}

/* uri-host [":" port] (RFC 9110 7.2, RFC 3986 3.2.2); what a name means is not checked. */
static bool host_acceptable(struct str host)
{
	struct str port = STR_NULL;

	if (host.len && host.ptr[0] == '[')
		return literal_acceptable(host, &port) &&
		       (!port.len || (port.ptr[0] == ':' && port_acceptable(str_slice(port, 1, port.len))));
	port = host;
	host = str_cut(&port, ':');
	if (!str_is_null(port) && (!host.len || !port_acceptable(port)))
		return false;
	for (size_t i = 0; i < host.len; i++) {
		unsigned char c = (unsigned char)host.ptr[i];

		if (c <= ' ' || c >= 0x7f || strchr("/?#@\\\"<>^`{|}[]", c))
			return false;
	}
	return true;
}

/* The form proxies are asked in is taken as well (RFC 9112 3.2.2): what follows the host is the origin's own form. */
static struct str origin_form(struct str target)
{
	static const struct str schemes[] = { { "http://", 7 }, { "https://", 8 } };

	for (size_t i = 0; i < ARRAY_COUNT(schemes); i++) {
		size_t scheme = schemes[i].len, path;

		if (target.len <= scheme || !str_eq_nocase(str_slice(target, 0, scheme), schemes[i]))
			continue;
		for (path = scheme; path < target.len && target.ptr[path] != '/'; path++)
			;
		if (path > scheme && host_acceptable(str_slice(target, scheme, path)))
			return str_slice(target, path, target.len);
	}
	return target;
}

bool http_target_acceptable(struct str target, enum http_method method)
{
	if (method == HTTP_OPTIONS && str_eq(target, STR("*")))
		return true;
	if (!target.len || target.ptr[0] != '/')
		return false;
	for (size_t i = 0; i < target.len; i++) {
		unsigned char c = (unsigned char)target.ptr[i];

		if (c <= ' ' || c >= 0x7f || c == '#' || c == '\\')
			return false;
	}
	return true;
}

static int transfer_check(struct http_parser *parser, const struct framing *found)
{
	if (!found->transfers)
		return 0;
	if (found->transfers > 1)
		return http_parser_refuse(parser, &problem_bad_request, "Transfer-Encoding stands more than once");
	if (found->lengths)
		return http_parser_refuse(parser, &problem_bad_request,
		                          "Transfer-Encoding and Content-Length exclude each other");
	if (!http_parser_is_http11(parser))
		return http_parser_refuse(parser, &problem_bad_request, "HTTP/1.0 has no Transfer-Encoding");
	return str_eq_nocase(found->transfer, STR("chunked"))
	               ? 0
	               : http_parser_refuse(parser, &problem_not_implemented, "The only transfer coding is chunked");
}

static int host_check(struct http_parser *parser, const struct framing *found)
{
	if (http_parser_is_http11(parser) && !found->hosts)
		return http_parser_refuse(parser, &problem_bad_request, "The Host header is missing");
	if (found->hosts > 1)
		return http_parser_refuse(parser, &problem_bad_request, "Host stands more than once");
	return host_acceptable(found->host)
	               ? 0
	               : http_parser_refuse(parser, &problem_bad_request, "Host must be a name or address, and a port");
}

static int expect_check(struct http_parser *parser, const struct framing *found)
{
	if (!found->expects || !http_parser_is_http11(parser))
		return 0;
	if (found->expects > 1 || !str_eq_nocase(found->expect, STR("100-continue")))
		return http_parser_refuse(parser, &problem_expectation_failed, NULL);
	parser->wants_continue = true;
	return 0;
}

int http_head_check(struct http_parser *parser)
{
	struct framing found = framing_of(parser);

	if (transfer_check(parser, &found) || host_check(parser, &found))
		return -1;
	if (found.lengths > 1)
		return http_parser_refuse(parser, &problem_bad_request, "Content-Length stands more than once");
	parser->target = origin_form(parser->target);
	if (!http_target_acceptable(parser->target, parser->method))
		return http_parser_refuse(parser, &problem_bad_request, "The request target is not a path");
	return expect_check(parser, &found);
}

bool http_list_has(struct str list, const char *token)
{
	struct str wanted = str_from(token);

	while (!str_is_null(list))
		if (str_eq_nocase(str_trim(str_cut(&list, ',')), wanted))
			return true;
	return false;
}

struct str http_parser_header(const struct http_parser *parser, struct str name)
{
	struct str value = STR_NULL;

	for (size_t i = 0; i < parser->header_count; i++) {
		if (!str_eq_nocase(parser->headers[i].name, name))
			continue;
		if (!str_is_null(value))
			return STR_NULL;
		value = parser->headers[i].value;
	}
	return value;
}

/* base64 of 16 bytes: 21 free characters, one that carries two bits, "==". */
static bool websocket_key_acceptable(struct str key)
{
	if (key.len != 24 || key.ptr[22] != '=' || key.ptr[23] != '=' || !strchr("AQgw", key.ptr[21]))
		return false;
	for (size_t i = 0; i < 22; i++) {
		char c = key.ptr[i];

		if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
		      c == '/'))
			return false;
	}
	return true;
}

bool http_head_wants_websocket(const struct http_parser *parser)
{
	if (parser->method != HTTP_GET || !http_parser_is_http11(parser) || parser->body_expected)
		return false;
	return http_list_has(http_parser_header(parser, STR("upgrade")), "websocket") &&
	       http_list_has(http_parser_header(parser, STR("connection")), "upgrade") &&
	       str_eq(http_parser_header(parser, STR("sec-websocket-version")), STR("13")) &&
	       websocket_key_acceptable(http_parser_header(parser, STR("sec-websocket-key")));
}
