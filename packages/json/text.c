/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Formats are kept plain on purpose: what mail servers, telephones and browsers take in practice, in ASCII. Quoted
 * local parts, address literals and names in other scripts (which travel as punycode) are refused.
 */
#include "json/text.h"

#include "base/arena.h"
#include "base/ascii.h"
#include "base/money.h"
#include "base/unicode.h"

enum {
	EMAIL_MAX = 254,
	LOCAL_MAX = 64,
	LABEL_MAX = 63,
	HOST_MAX = 253,
	PHONE_MAX = 32,
	PHONE_DIGITS_MIN = 6,
	PHONE_DIGITS_MAX = 15
};

static bool is_label(struct str label)
{
	if (label.len == 0 || label.len > LABEL_MAX || label.ptr[0] == '-' || label.ptr[label.len - 1] == '-')
		return false;
	for (size_t i = 0; i < label.len; i++) {
		if (!is_letter(label.ptr[i]) && !is_digit(label.ptr[i]) && label.ptr[i] != '-')
			return false;
	}
	return true;
}

/* Labels between dots; `ret_last` is the last one. */
static bool is_host(struct str host, struct str *ret_last)
{
	struct str rest = host;

	if (host.len == 0 || host.len > HOST_MAX)
		return false;
	while (!str_is_null(rest)) {
		*ret_last = str_cut(&rest, '.');
		if (!is_label(*ret_last))
			return false;
	}
	return true;
}

/* atext of RFC 5322, and single dots inside. */
static bool is_local_part(struct str local)
{
	if (local.len == 0 || local.len > LOCAL_MAX || local.ptr[0] == '.' || local.ptr[local.len - 1] == '.')
		return false;
	for (size_t i = 0; i < local.len; i++) {
		char c = local.ptr[i];

		if (c == '.' ? local.ptr[i - 1] == '.'
		             : !is_letter(c) && !is_digit(c) && !str_has_char(STR("!#$%&'*+-/=?^_`{|}~"), c))
			return false;
	}
	return true;
}

static bool is_email(struct str text)
{
	struct str domain = text, local = str_cut(&domain, '@'), last = STR_NULL;

	return text.len <= EMAIL_MAX && !str_is_null(domain) && is_local_part(local) && is_host(domain, &last) &&
	       last.len < domain.len && is_letter(last.ptr[0]);
}

static bool is_phone(struct str text)
{
	size_t digits = 0;

	if (text.len < 2 || text.len > PHONE_MAX || text.ptr[0] != '+' || !is_digit(text.ptr[1]) ||
	    !is_digit(text.ptr[text.len - 1]))
		return false;
	for (size_t i = 1; i < text.len; i++) {
		if (is_digit(text.ptr[i]))
			digits++;
		else if (text.ptr[i] != ' ' && text.ptr[i] != '-')
			return false;
	}
	return digits >= PHONE_DIGITS_MIN && digits <= PHONE_DIGITS_MAX;
}

/* Visible ASCII but those that RFC 3986 keeps out of every component. */
static bool is_uri_text(struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] <= ' ' || text.ptr[i] > '~' || str_has_char(STR("\"<>\\^`{|}"), text.ptr[i]))
			return false;
	}
	return true;
}

static bool is_port(struct str port)
{
	int64_t number;

	return port.len >= 1 && port.len <= 5 && is_digit(port.ptr[0]) && str_to_i64(port, &number) == 0 &&
	       number >= 1 && number <= 65535;
}

/* No user information: a name before an @ only serves to disguise the host. */
static bool is_uri(struct str text)
{
	struct str rest = text, scheme = str_cut(&rest, ':'), authority, host, last;
	size_t len = 0;

	if (!str_eq_nocase(scheme, STR("http")) && !str_eq_nocase(scheme, STR("https")))
		return false;
	if (!str_starts(rest, STR("//")) || !is_uri_text(rest))
		return false;
	rest = str_slice(rest, 2, rest.len);
	while (len < rest.len && !str_has_char(STR("/?#"), rest.ptr[len]))
		len++;
	authority = str_slice(rest, 0, len);
	host = str_cut(&authority, ':');
	return is_host(host, &last) && (str_is_null(authority) || is_port(authority));
}

static bool is_slug(struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (!(text.ptr[i] >= 'a' && text.ptr[i] <= 'z') && !is_digit(text.ptr[i]) && text.ptr[i] != '-')
			return false;
	}
	return text.len > 0;
}

static bool is_currency(struct str text)
{
	return money_exponent(text) >= 0;
}

/* Visible ASCII. */
static bool is_code(struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] <= ' ' || text.ptr[i] > '~')
			return false;
	}
	return true;
}

static const char *lower(struct arena *arena, struct str *text)
{
	*text = str_lower(arena, *text);
	return NULL;
}

/* Only tells whether it may be one; unicode_password() compares. */
static const char *password(struct arena *arena, struct str *text)
{
	struct str line = *text;

	return unicode_line(arena, &line);
}

static const char *upper(struct arena *arena, struct str *text)
{
	char *copy = arena_alloc_raw(arena, text->len);

	for (size_t i = 0; i < text->len; i++)
		copy[i] = (char)(text->ptr[i] - (text->ptr[i] >= 'a' && text->ptr[i] <= 'z' ? 'a' - 'A' : 0));
	*text = (struct str){ copy, text->len };
	return NULL;
}

/* The assigned codes of ISO 3166-1 (November 2026: 249), by their first letter. */
static bool is_country(struct str text)
{
	static const char *const seconds[] = {
		"DEFGILMOQRSTUWXZ",
		"ABDEFGHIJLMNOQRSTVWYZ",
		"ACDFGHIKLMNORUVWXYZ",
		"EJKMOZ",
		"CEGHRST",
		"IJKMOR",
		"ABDEFGHILMNPQRSTUWY",
		"KMNRTU",
		"DELMNOQRST",
		"EMOP",
		"EGHIMNPRWYZ",
		"ABCIKRSTUVY",
		"ACDEFGHKLMNOPQRSTUVWXYZ",
		"ACEFGILOPRUZ",
		"M",
		"AEFGHKLMNRSTWY",
		"A",
		"EOSUW",
		"ABCDEGHIJKLMNORSTVXYZ",
		"CDFGHJKLMNORTVWZ",
		"AGMSYZ",
		"ACEGINU",
		"FS",
		"",
		"ET",
		"AMW",
	};

	return text.len == 2 && text.ptr[0] >= 'A' && text.ptr[0] <= 'Z' &&
	       str_has_char(str_from(seconds[text.ptr[0] - 'A']), text.ptr[1]);
}

/* The patterns say what most of the rule is; the rest is in words, in the document's head. */
const struct format line_format = { .pattern = "^[^\\\\u0000-\\\\u001F\\\\u007F-\\\\u009F\\\\u2028-\\\\u202E]*$",
	                            .clean = unicode_line };
const struct format block_format = {
	.pattern = "^[^\\\\u0000-\\\\u0008\\\\u000E-\\\\u001F\\\\u007F-\\\\u0084\\\\u202A-\\\\u202E]*$",
	.clean = unicode_block
};
const struct format code_format = { .pattern = "^[!-~]*$",
	                            .rule = "must have only visible ASCII characters, without spaces",
	                            .accepts = is_code };
const struct format email_format = {
	.name = "email", .rule = "must be an e-mail address", .accepts = is_email, .clean = lower
};
const struct format phone_format = { .pattern = "^\\\\+[0-9][0-9 -]*[0-9]$",
	                             .rule = "must be a telephone number of 6 to 15 digits such as +49 30 1234567",
	                             .accepts = is_phone,
	                             .clean = unicode_line };
const struct format uri_format = { .name = "uri",
	                           .rule = "must be an http or https address such as https://example.org/path",
	                           .accepts = is_uri };
const struct format slug_format = { .pattern = "^[a-z0-9-]+$",
	                            .rule = "must have only a to z, 0 to 9 and -",
	                            .accepts = is_slug };
const struct format currency_format = { .pattern = "^(" CURRENCIES ")$",
	                                .rule = "must be the ISO 4217 code of a currency, such as EUR",
	                                .accepts = is_currency };
const struct format country_format = { .pattern = "^[A-Za-z]{2}$",
	                               .rule = "must be a country code of ISO 3166-1 such as DE",
	                               .accepts = is_country,
	                               .clean = upper };
const struct format password_format = { .name = "password", .clean = password };
const struct format secret_format = { .name = NULL };
