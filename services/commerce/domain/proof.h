/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Proof of delivery: the customer's PIN, a photo, a signature, the code on the label. A PIN of four digits can be
 * guessed, so it may be tried five times; then only a photo with a reason is accepted. Pure, as order.h.
 */
#ifndef STOA_COMMERCE_DOMAIN_PROOF_H
#define STOA_COMMERCE_DOMAIN_PROOF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/choice.h"
#include "base/str.h"

enum { PIN_LEN = 4, PIN_TRIES_MAX = 5, PROOF_CONTENT_MAX = 512 * 1024 };

/* A PIN: four digits of `random`. */
void pin_format(uint64_t random, char out[PIN_LEN]);

#define PROOF_KINDS(X) \
	X(PROOF, pin) \
	X(PROOF, photo) \
	X(PROOF, signature) \
	X(PROOF, barcode)
CHOICE_ENUM(proof_kind, PROOF_KINDS)

/* The offered proof: a text for pin and barcode, a picture for photo and signature; the other is null. */
struct proof_offer {
	enum proof_kind kind;
	struct str value;
	struct str content;
	struct str reason;
};

/* What the proof is compared with. */
struct proof_terms {
	struct str pin;
	int64_t pin_tries; /* wrong PINs so far */
	struct str barcode;
};

enum proof_refusal {
	PROOF_OK,
	PROOF_VALUE_MISSING, /* or given where a picture is required */
	PROOF_CONTENT_MISSING,
	PROOF_CONTENT_TOO_LARGE,
	PROOF_NOT_A_PICTURE,
	PROOF_PIN_WRONG,
	PROOF_PIN_LOCKED, /* no tries left: only a photo with a reason */
	PROOF_BARCODE_WRONG,
};
enum proof_refusal proof_check(const struct proof_terms *terms, const struct proof_offer *offer);

/* "image/jpeg" or "image/png", by the first bytes; NULL: neither. */
const char *picture_type(struct str content);

#endif
