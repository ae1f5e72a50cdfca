/* SPDX-License-Identifier: Apache-2.0 */
#include "commerce/domain/proof.h"

#include "base/check.h"

CHOICE_TABLE(proof_kind, PROOF_KINDS)

void pin_format(uint64_t random, char out[PIN_LEN])
{
	for (int i = PIN_LEN - 1; i >= 0; i--, random /= 10)
		out[i] = (char)('0' + random % 10);
}

const char *picture_type(struct str content)
{
	static const struct {
		struct str magic;
		const char *type;
	} kinds[] = {
		{ STR("\xff\xd8\xff"), "image/jpeg" },
		{ STR("\x89PNG\r\n\x1a\n"), "image/png" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(kinds); i++)
		if (str_starts(content, kinds[i].magic))
			return kinds[i].type;
	return NULL;
}

static enum proof_refusal check_picture(struct str content)
{
	if (str_is_null(content))
		return PROOF_CONTENT_MISSING;
	if (content.len > PROOF_CONTENT_MAX)
		return PROOF_CONTENT_TOO_LARGE;
	return picture_type(content) ? PROOF_OK : PROOF_NOT_A_PICTURE;
}

enum proof_refusal proof_check(const struct proof_terms *terms, const struct proof_offer *offer)
{
	bool locked = terms->pin_tries >= PIN_TRIES_MAX;
	bool pictured = offer->kind == PROOF_photo || offer->kind == PROOF_signature;

	if (locked && (offer->kind != PROOF_photo || str_is_null(offer->reason)))
		return PROOF_PIN_LOCKED;
	if (pictured)
		return str_is_null(offer->value) ? check_picture(offer->content) : PROOF_VALUE_MISSING;
	if (str_is_null(offer->value) || !str_is_null(offer->content))
		return PROOF_VALUE_MISSING;
	if (offer->kind == PROOF_pin)
		return str_eq(offer->value, terms->pin) ? PROOF_OK : PROOF_PIN_WRONG;
	CHECK(offer->kind == PROOF_barcode);
	return str_eq(offer->value, terms->barcode) ? PROOF_OK : PROOF_BARCODE_WRONG;
}
