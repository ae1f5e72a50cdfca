/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parsers of times, days, ids, numbers and encoded bytes: what they take, they give back when it is written and
 * read again, and what they refuse leaves the result alone.
 */
#include "base/arena.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/date.h"
#include "base/encode.h"
#include "base/test_fuzz.h"
#include "base/uuid.h"

static const int64_t untouched = 0x5aa55aa55aa55aa5;

static void fuzz_time(struct str text)
{
	char out[TIME_TEXT_MAX];
	int64_t time = untouched, again = 0;

	if (time_parse(text, &time)) {
		CHECK(time == untouched);
		return;
	}
	CHECK(text.len >= 20);
	CHECK(!time_parse((struct str){ out, time_format(time, out) }, &again) && again == time);
}

static void fuzz_date(struct str text)
{
	struct date date = { 0 };
	char out[DATE_TEXT_LEN];

	if (date_parse(text, &date))
		return;
	CHECK(date_is_valid(date));
	date_format(date, out);
	CHECK(str_eq(text, (struct str){ out, sizeof(out) }));
	date = date_from_days(date_to_days(date));
	date_format(date, out);
	CHECK(str_eq(text, (struct str){ out, sizeof(out) }));
}

static void fuzz_uuid(struct str text)
{
	struct uuid id, again;
	char out[UUID_TEXT_LEN];

	if (uuid_parse(text, &id))
		return;
	uuid_format(id, out);
	CHECK(str_eq_nocase(text, (struct str){ out, sizeof(out) }));
	CHECK(!uuid_parse((struct str){ out, sizeof(out) }, &again) && uuid_eq(id, again));
}

static void fuzz_i64(struct str text)
{
	char out[I64_TEXT_MAX];
	int64_t value = untouched, again;

	if (str_to_i64(text, &value)) {
		CHECK(value == untouched);
		return;
	}
	CHECK(!str_to_i64((struct str){ out, i64_format(value, out) }, &again) && again == value);
}

/* Strict: one text only is the encoding of some bytes. Letters of hex may be of either case. */
static void fuzz_encoded(struct arena *arena, struct str text)
{
	struct str bytes;

	if (!hex_decode(arena, text, &bytes))
		CHECK(str_eq_nocase(hex_encode(arena, bytes), text));
	if (!base64_decode(arena, text, &bytes))
		CHECK(str_eq(base64_encode(arena, bytes), text));
	if (!base64url_decode(arena, text, &bytes))
		CHECK(str_eq(base64url_encode(arena, bytes), text));
	CHECK(!base64_decode(arena, base64_encode(arena, text), &bytes) && str_eq(bytes, text));
	CHECK(!base64url_decode(arena, base64url_encode(arena, text), &bytes) && str_eq(bytes, text));
}

static void fuzz_percent(struct arena *arena, struct str text)
{
	struct str bytes, again;

	for (int plus = 0; plus < 2; plus++) {
		if (percent_decode(arena, text, plus, &bytes))
			continue;
		CHECK(utf8_valid(bytes) && bytes.len <= text.len && utf8_count(bytes) <= bytes.len);
		CHECK(str_has_char(text, '\0') || !str_has_char(bytes, '\0'));
		if (str_has_char(bytes, '\0'))
			continue;
		CHECK(!percent_decode(arena, percent_encode(arena, bytes), plus, &again) && str_eq(again, bytes));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(4096, (size_t)1 << 20, NULL, NULL);
	struct str text = { size ? (const char *)data : "", size };

	if (size <= 16 * 1024) {
		fuzz_time(text);
		fuzz_date(text);
		fuzz_uuid(text);
		fuzz_i64(text);
		fuzz_encoded(arena, text);
		fuzz_percent(arena, text);
	}
	arena_free(arena);
	return 0;
}
