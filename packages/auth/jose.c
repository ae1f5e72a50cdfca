/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/jose.h"

#include <sodium.h>

bool jose_is_base64url(struct str part)
{
	for (size_t i = 0; i < part.len; i++) {
		char c = part.ptr[i];

		if (!(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-' &&
		    c != '_')
			return false;
	}
	return part.len > 0 && part.len % 4 != 1;
}

/* Brackets inside strings do not count; an unfinished string is for the parser to refuse. */
bool jose_text_is_shallow(struct str json)
{
	int depth = 0;

	for (size_t i = 0; i < json.len; i++) {
		char c = json.ptr[i];

		if (c == '"') {
			for (i++; i < json.len && json.ptr[i] != '"'; i++)
				if (json.ptr[i] == '\\')
					i++;
		} else if (c == '[' || c == '{') {
			if (++depth > JOSE_DEPTH_MAX)
				return false;
		} else if (c == ']' || c == '}') {
			depth--;
		}
	}
	return true;
}

bool jose_is_shallow(struct str part)
{
	char json[JOSE_TOKEN_MAX / 4 * 3];
	size_t len = 0;

	if (!part.len || part.len > JOSE_TOKEN_MAX ||
	    sodium_base642bin((uint8_t *)json, sizeof(json), part.ptr, part.len, NULL, &len, NULL,
	                      sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0)
		return false;
	return jose_text_is_shallow((struct str){ json, len });
}
