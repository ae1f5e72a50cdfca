/* SPDX-License-Identifier: Apache-2.0 */
/* Which proofs are accepted, and which positions are stored. */
#include "base/test.h"

#include <string.h>

#include "base/clock.h"
#include "commerce/domain/position.h"
#include "commerce/domain/proof.h"

#define JPEG STR("\xff\xd8\xff\xe0 picture")
#define PNG  STR("\x89PNG\r\n\x1a\n picture")
#define NOT  STR_NULL

static void test_proofs(void **state)
{
	static const struct {
		struct proof_offer offer;
		int64_t tries;
		enum proof_refusal refusal;
	} rows[] = {
		{ { PROOF_pin, STR("0417"), NOT, NOT }, 0, PROOF_OK },
		{ { PROOF_pin, STR("0417"), NOT, STR("why not") }, 4, PROOF_OK },
		{ { PROOF_pin, STR("0418"), NOT, NOT }, 0, PROOF_PIN_WRONG },
		{ { PROOF_pin, STR("417"), NOT, NOT }, 0, PROOF_PIN_WRONG },
		{ { PROOF_pin, STR(""), NOT, NOT }, 0, PROOF_PIN_WRONG },
		{ { PROOF_pin, STR("0417"), NOT, NOT }, 5, PROOF_PIN_LOCKED },
		{ { PROOF_pin, STR("0418"), NOT, STR("because") }, 5, PROOF_PIN_LOCKED },
		{ { PROOF_pin, NOT, NOT, NOT }, 0, PROOF_VALUE_MISSING },
		{ { PROOF_pin, STR("0417"), JPEG, NOT }, 0, PROOF_VALUE_MISSING },
		{ { PROOF_photo, NOT, JPEG, NOT }, 0, PROOF_OK },
		{ { PROOF_photo, NOT, PNG, STR("locked out") }, 5, PROOF_OK },
		{ { PROOF_photo, NOT, PNG, NOT }, 5, PROOF_PIN_LOCKED },
		{ { PROOF_photo, NOT, NOT, NOT }, 0, PROOF_CONTENT_MISSING },
		{ { PROOF_photo, NOT, NOT, STR("why") }, 5, PROOF_CONTENT_MISSING },
		{ { PROOF_photo, STR("0417"), JPEG, NOT }, 0, PROOF_VALUE_MISSING },
		{ { PROOF_photo, NOT, STR("GIF89a"), NOT }, 0, PROOF_NOT_A_PICTURE },
		{ { PROOF_photo, NOT, STR(""), NOT }, 0, PROOF_NOT_A_PICTURE },
		{ { PROOF_signature, NOT, PNG, NOT }, 0, PROOF_OK },
		{ { PROOF_signature, NOT, PNG, STR("why") }, 5, PROOF_PIN_LOCKED },
		{ { PROOF_signature, NOT, STR("a name"), NOT }, 0, PROOF_NOT_A_PICTURE },
		{ { PROOF_barcode, STR("261121-7K3QF9ZT"), NOT, NOT }, 0, PROOF_OK },
		{ { PROOF_barcode, STR("261121-7K3QF9ZU"), NOT, NOT }, 0, PROOF_BARCODE_WRONG },
		{ { PROOF_barcode, NOT, NOT, NOT }, 0, PROOF_VALUE_MISSING },
		{ { PROOF_barcode, STR("261121-7K3QF9ZT"), NOT, NOT }, 5, PROOF_PIN_LOCKED },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct proof_terms terms = { STR("0417"), rows[i].tries, STR("261121-7K3QF9ZT") };
		enum proof_refusal refusal = proof_check(&terms, &rows[i].offer);

		if (refusal != rows[i].refusal)
			test_fail("row %zu: %d instead of %d", i, refusal, rows[i].refusal);
	}
}

static void test_pictures_have_a_size(void **state)
{
	static char bytes[PROOF_CONTENT_MAX + 1] = "\xff\xd8\xff";
	const struct proof_terms terms = { STR("0417"), 0, STR("1") };
	struct proof_offer offer = { .kind = PROOF_photo, .content = { bytes, PROOF_CONTENT_MAX } };

	assert_int_equal(proof_check(&terms, &offer), PROOF_OK);
	offer.content.len++;
	assert_int_equal(proof_check(&terms, &offer), PROOF_CONTENT_TOO_LARGE);
}

static void test_pictures_by_their_first_bytes(void **state)
{
	assert_string_equal(picture_type(JPEG), "image/jpeg");
	assert_string_equal(picture_type(PNG), "image/png");
	assert_null(picture_type(STR("\xff\xd8")));
	assert_null(picture_type(STR("\x89PNG\r\n\x1a")));
	assert_null(picture_type(STR("<svg>")));
	assert_null(picture_type(STR("")));
}

static void test_pins(void **state)
{
	static const struct {
		uint64_t random;
		const char *pin;
	} rows[] = { { 0, "0000" }, { 417, "0417" }, { 9999, "9999" }, { 10000, "0000" }, { UINT64_MAX, "1615" } };

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		char pin[PIN_LEN];

		pin_format(rows[i].random, pin);
		assert_memory_equal(pin, rows[i].pin, PIN_LEN);
	}
}

static void test_distances(void **state)
{
	static const struct {
		struct position a, b;
		double metres;
	} rows[] = {
		{ { 52.52, 13.405 }, { 52.52, 13.405 }, 0 },
		{ { 52.52, 13.405 }, { 48.8566, 2.3522 }, 877460 }, /* Berlin, Paris */
		{ { 0, 0 }, { 0, 180 }, 20015087 },
		{ { 90, 0 }, { -90, 77 }, 20015087 },
		{ { 0, 179.9995 }, { 0, -179.9995 }, 111.2 },
		{ { 52.52, 13.405 }, { 52.5209, 13.405 }, 100.1 },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		double there = position_distance_m(rows[i].a, rows[i].b);
		double slack = rows[i].metres * 0.001 + 0.01;

		assert_true(there > rows[i].metres - slack && there < rows[i].metres + slack);
		assert_true(position_distance_m(rows[i].b, rows[i].a) == there);
	}
}

static void test_positions_that_are_kept(void **state)
{
	static const struct {
		double north; /* of the position before */
		int64_t age_s;
		bool news;
	} rows[] = {
		{ 0, 0, false },       { 0, 29, false },     { 0, 30, true },
		{ 0.00085, 1, false }, { 0.00095, 1, true }, { -0.00095, 0, true },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct position kept = { 52.52, 13.405 }, now = { 52.52 + rows[i].north, 13.405 };

		assert_int_equal(position_is_news(kept, rows[i].age_s * US_PER_S, now), rows[i].news);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_proofs),
		cmocka_unit_test(test_pictures_have_a_size),
		cmocka_unit_test(test_pictures_by_their_first_bytes),
		cmocka_unit_test(test_pins),
		cmocka_unit_test(test_distances),
		cmocka_unit_test(test_positions_that_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
