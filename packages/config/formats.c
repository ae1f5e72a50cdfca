/* SPDX-License-Identifier: Apache-2.0 */
#include "config/formats.h"

#include <arpa/inet.h>

#include "base/ascii.h"
#include "base/check.h"
#include "config/redis_url.h"
#include "config/row.h"

enum { LIST_MAX = 32, NAME_MAX_LEN = 253, LABEL_MAX = 63, EMAIL_MAX = 254, LOCAL_MAX = 64, PORT_MAX = 65535 };

static const char takes_port[] = "a port from 1 to 65535";

static bool has_control(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.ptr[i] < ' ' || text.ptr[i] == 0x7f)
			return true;
	return false;
}

static bool is_port(struct str text)
{
	int64_t value;

	return text.len && is_digit(text.ptr[0]) && !str_to_i64(text, &value) && value >= 1 && value <= PORT_MAX;
}

static bool is_address(int family, struct str text)
{
	char cstr[INET6_ADDRSTRLEN + 1];
	unsigned char bytes[16];

	if (text.len == 0 || text.len >= sizeof(cstr) || str_has_char(text, '\0'))
		return false;
	snprintf(cstr, sizeof(cstr), "%.*s", STR_ARG(text));
	return inet_pton(family, cstr, bytes) == 1;
}

static bool is_label(struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		/* Container networks have names with underscores. */
		if (!is_letter(c) && !is_digit(c) && c != '-' && c != '_')
			return false;
	}
	return text.len > 0 && text.len <= LABEL_MAX && text.ptr[0] != '-' && text.ptr[text.len - 1] != '-';
}

/* What is all digits and dots is an address or nothing. */
static bool is_name(struct str text)
{
	struct str rest = text;
	bool numeric = true;

	if (text.len > NAME_MAX_LEN)
		return false;
	while (!str_is_null(rest)) {
		struct str label = str_cut(&rest, '.');

		if (!is_label(label))
			return false;
		for (size_t i = 0; i < label.len; i++)
			numeric &= is_digit(label.ptr[i]);
	}
	return !numeric || is_address(AF_INET, text);
}

const char *format_text(struct str text, const struct config_limits *limits)
{
	(void)limits;
	return has_control(text) ? "text without control characters" : NULL;
}

const char *format_host(struct str text, const struct config_limits *limits)
{
	(void)limits;
	return is_name(text) || is_address(AF_INET6, text) ? NULL : "a host name or an address";
}

const char *format_db_host(struct str text, const struct config_limits *limits)
{
	struct str rest = text;

	while (!str_is_null(rest)) {
		struct str host = str_cut(&rest, ',');

		if (str_starts(host, STR("/")) ? has_control(host) : format_host(host, limits) != NULL)
			return "a host name, an address, or the folder of a socket; several with commas";
	}
	return NULL;
}

/* ---- URLs ---------------------------------------------------------------------------------------------------------
 */

/* host, host:port, [IPv6] or [IPv6]:port; the port, if any, into *ret_port. */
static bool split_authority(struct str text, struct str *ret_host, struct str *ret_port)
{
	struct str port = text, host;

	if (str_starts(text, STR("["))) {
		port = str_slice(text, 1, text.len);
		host = str_cut(&port, ']');
		if (str_is_null(port) || !is_address(AF_INET6, host) || (port.len && port.ptr[0] != ':'))
			return false;
		port = port.len ? str_slice(port, 1, port.len) : STR_NULL;
	} else {
		host = str_cut(&port, ':');
		if (!is_name(host))
			return false;
	}
	*ret_host = host;
	*ret_port = port;
	return str_is_null(port) || is_port(port);
}

/* RFC 3986: what a path or query may hold unescaped, and the percent sign. */
static bool is_url_text(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] <= ' ' || text.ptr[i] > '~' || strchr("\"<>\\^`{|}", text.ptr[i]))
			return false;
	return true;
}

static const char *url_takes(const struct config_limits *limits)
{
	if (limits && limits->prefix)
		return "an http or https URL without user, query, fragment and slash at its end";
	return limits && limits->query ? "an http or https URL without user and fragment"
	                               : "an http or https URL without user, query and fragment";
}

const char *format_url(struct str text, const struct config_limits *limits)
{
	struct str rest = text, scheme = str_cut(&rest, ':'), host, port;
	size_t end = 2;

	if ((!str_eq(scheme, STR("http")) && !str_eq(scheme, STR("https"))) || !str_starts(rest, STR("//")))
		return url_takes(limits);
	while (end < rest.len && rest.ptr[end] != '/' && rest.ptr[end] != '?')
		end++;
	if (!split_authority(str_slice(rest, 2, end), &host, &port) || !is_url_text(rest) || str_has_char(rest, '#'))
		return url_takes(limits);
	if (str_has_char(rest, '?') && !(limits && limits->query))
		return url_takes(limits);
	return limits && limits->prefix && str_ends(rest, STR("/")) ? url_takes(limits) : NULL;
}

/* Compared byte by byte with what browsers send: another spelling of the same origin would never match. */
static bool is_origin(struct str text)
{
	struct str rest = text, scheme = str_cut(&rest, ':'), host, port;

	if (scheme.len == 0 || !is_letter(scheme.ptr[0]) || !str_starts(rest, STR("//")))
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] >= 'A' && text.ptr[i] <= 'Z')
			return false;
	for (size_t i = 0; i < scheme.len; i++)
		if (!is_letter(scheme.ptr[i]) && !is_digit(scheme.ptr[i]) && !strchr("+-.", scheme.ptr[i]))
			return false;
	if (!split_authority(str_slice(rest, 2, rest.len), &host, &port))
		return false;
	return !(str_eq(scheme, STR("http")) && str_eq(port, STR("80"))) &&
	       !(str_eq(scheme, STR("https")) && str_eq(port, STR("443")));
}

const char *format_origins(struct str text, const struct config_limits *limits)
{
	struct str rest = text;
	int count = 0;

	(void)limits;
	while (!str_is_null(rest)) {
		struct str item = str_trim(str_cut(&rest, ','));

		if (++count > LIST_MAX || (!str_eq(item, STR("*")) && !is_origin(item)))
			return "up to 32 origins as browsers send them, for example https://shop.example: lower case, "
			       "no path, no default port; or *";
	}
	return NULL;
}

static bool is_network(struct str text)
{
	struct str bits = text, address = str_cut(&bits, '/');
	bool is_v4 = is_address(AF_INET, address);
	int64_t count;

	if (!is_v4 && !is_address(AF_INET6, address))
		return false;
	return str_is_null(bits) ||
	       (bits.len && is_digit(bits.ptr[0]) && !str_to_i64(bits, &count) && count <= (is_v4 ? 32 : 128));
}

const char *format_networks(struct str text, const struct config_limits *limits)
{
	struct str rest = text;
	int count = 0;

	(void)limits;
	while (!str_is_null(rest)) {
		struct str item = str_trim(str_cut(&rest, ','));

		if (++count > LIST_MAX || (!str_eq(item, STR("unix")) && !is_network(item)))
			return "up to 32 addresses and CIDR blocks with commas, for example 10.0.0.0/8,::1; or unix";
	}
	return NULL;
}

/* ---- Mail ---------------------------------------------------------------------------------------------------------
 */

/* RFC 5322 section 3.2.3: atoms with single dots between them. */
static bool is_dot_atom(struct str text)
{
	static const char others[] = "!#$%&'*+-/=?^_`{|}~";
	struct str rest = text;

	while (!str_is_null(rest)) {
		struct str atom = str_cut(&rest, '.');

		if (atom.len == 0)
			return false;
		for (size_t i = 0; i < atom.len; i++)
			if (!is_letter(atom.ptr[i]) && !is_digit(atom.ptr[i]) &&
			    !memchr(others, atom.ptr[i], sizeof(others) - 1))
				return false;
	}
	return true;
}

const char *format_email(struct str text, const struct config_limits *limits)
{
	struct str domain = text, local = str_cut(&domain, '@');

	(void)limits;
	if (text.len <= EMAIL_MAX && local.len <= LOCAL_MAX && is_dot_atom(local) && !str_is_null(domain) &&
	    is_name(domain) && !is_address(AF_INET, domain))
		return NULL;
	return "one e-mail address, for example no-reply@shop.example";
}

/* ---- Stores -------------------------------------------------------------------------------------------------------
 */

static const char takes_postgres[] = "postgresql://[user[:password]@][host][:port][/database][?...], or key=value "
                                     "pairs of libpq";

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool are_escapes_whole(struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] != '%')
			continue;
		if (i + 2 >= text.len || !is_hex(text.ptr[i + 1]) || !is_hex(text.ptr[i + 2]) ||
		    (text.ptr[i + 1] == '0' && text.ptr[i + 2] == '0'))
			return false;
	}
	return true;
}

/* One a host; an empty one is libpq's default. */
static const char *check_ports(struct str list)
{
	while (!str_is_null(list)) {
		struct str port = str_cut(&list, ',');

		if (port.len && !is_port(port))
			return takes_port;
	}
	return NULL;
}

static const char *check_uri_hosts(struct str hosts)
{
	while (!str_is_null(hosts)) {
		struct str port = str_cut(&hosts, ',');

		if (str_starts(port, STR("["))) {
			str_cut(&port, ']');
			if (str_is_null(port) || (port.len && port.ptr[0] != ':'))
				return "an IPv6 address between [ and ]";
		}
		str_cut(&port, ':');
		if (check_ports(port))
			return takes_port;
	}
	return NULL;
}

static const char *check_uri_query(struct str query)
{
	while (!str_is_null(query)) {
		struct str value = str_cut(&query, '&'), key = str_cut(&value, '=');

		if (str_is_null(value) || key.len == 0)
			return takes_postgres;
		if (str_eq(key, STR("port")) && check_ports(value))
			return takes_port;
	}
	return NULL;
}

/* `rest` follows the scheme. User and password end at the first at-sign before a slash, as in libpq. */
static const char *check_postgres_uri(struct str rest)
{
	size_t at = 0, from = 0, end;
	const char *takes;

	while (at < rest.len && rest.ptr[at] != '/' && rest.ptr[at] != '@')
		at++;
	if (at < rest.len && rest.ptr[at] == '@')
		from = at + 1;
	for (end = from; end < rest.len && rest.ptr[end] != '/' && rest.ptr[end] != '?';)
		end++;
	if (!are_escapes_whole(rest))
		return "percent signs as %25";
	takes = check_uri_hosts(str_slice(rest, from, end));
	if (takes)
		return takes;
	while (end < rest.len && rest.ptr[end] != '?')
		end++;
	return end < rest.len ? check_uri_query(str_slice(rest, end + 1, rest.len)) : NULL;
}

/* One character of C's isspace(), which libpq uses. */
static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static size_t skip_blanks(struct str text, size_t at)
{
	while (at < text.len && is_blank(text.ptr[at]))
		at++;
	return at;
}

/* Returns the place after the value, or 0 when its quote does not end. The value is as written, without quotes. */
static size_t pair_value(struct str text, size_t at, struct str *ret)
{
	bool quoted = at < text.len && text.ptr[at] == '\'';
	size_t from = at + quoted;

	for (at = from; at < text.len; at++) {
		if (text.ptr[at] == '\\')
			at++;
		else if (quoted ? text.ptr[at] == '\'' : is_blank(text.ptr[at]))
			break;
	}
	if (at >= text.len && quoted)
		return 0;
	*ret = str_slice(text, from, at < text.len ? at : text.len);
	return at + quoted;
}

static const char *check_postgres_pairs(struct str text)
{
	size_t at = skip_blanks(text, 0);

	while (at < text.len) {
		size_t from = at;
		struct str key, value;

		while (at < text.len && (is_letter(text.ptr[at]) || text.ptr[at] == '_'))
			at++;
		key = str_slice(text, from, at);
		at = skip_blanks(text, at);
		if (key.len == 0 || at >= text.len || text.ptr[at] != '=')
			return takes_postgres;
		at = pair_value(text, skip_blanks(text, at + 1), &value);
		if (!at)
			return "key=value pairs with each ' ended";
		if (str_eq(key, STR("port")) && check_ports(value))
			return takes_port;
		at = skip_blanks(text, at);
	}
	return NULL;
}

const char *format_postgres(struct str text, const struct config_limits *limits)
{
	static const struct str schemes[] = { STR("postgresql://"), STR("postgres://") };

	(void)limits;
	for (size_t i = 0; i < ARRAY_COUNT(schemes); i++)
		if (str_starts(text, schemes[i]))
			return check_postgres_uri(str_slice(text, schemes[i].len, text.len));
	return check_postgres_pairs(text);
}

const char *format_redis(struct str text, const struct config_limits *limits)
{
	struct redis_url url;
	const char *takes;

	if (redis_url_parse(&url, text, &takes))
		return takes;
	return *url.host ? format_host(str_from(url.host), limits) : NULL;
}
