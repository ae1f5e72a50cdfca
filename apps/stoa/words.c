/* SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"

static bool stands_for_itself(struct str word)
{
	for (size_t i = 0; i < word.len; i++)
		if (!(word.ptr[i] >= 'a' && word.ptr[i] <= 'z') && word.ptr[i] != '-')
			return false;
	return word.len > 0;
}

struct str command_next_word(struct str *rest)
{
	while (!str_is_null(*rest)) {
		struct str word = str_cut(rest, ' ');

		if (str_starts(word, STR("[")))
			word = str_slice(word, 1, word.len);
		if (str_ends(word, STR("]")))
			word = str_slice(word, 0, word.len - 1);
		if (stands_for_itself(word))
			return word;
	}
	return STR_NULL;
}
