/* SPDX-License-Identifier: Apache-2.0 */
#include "commerce/domain/catalogue.h"

#include "base/ascii.h"

static bool is_alnum(char c)
{
	return is_letter(c) || is_digit(c);
}

bool sku_valid(struct str sku)
{
	if (!sku.len || !is_alnum(sku.ptr[0]))
		return false;
	for (size_t i = 1; i < sku.len; i++)
		if (!is_alnum(sku.ptr[i]) && !str_has_char(STR("._-/"), sku.ptr[i]))
			return false;
	return true;
}

static bool is_control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

static enum text_fault text_check(struct str text, struct str allowed)
{
	for (size_t i = 0; i < text.len; i++)
		if (is_control(text.ptr[i]) && !str_has_char(allowed, text.ptr[i]))
			return TEXT_CONTROL;
	if (text.len && (is_blank(text.ptr[0]) || is_blank(text.ptr[text.len - 1])))
		return TEXT_BLANK_END;
	return TEXT_OK;
}

enum text_fault text_line_check(struct str text)
{
	return text_check(text, STR(""));
}

enum text_fault text_block_check(struct str text)
{
	return text_check(text, STR("\n\t"));
}
