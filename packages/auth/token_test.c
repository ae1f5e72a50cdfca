/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Access tokens. Tokens are built here from nothing but base64url and an HMAC of another library, so that signer and
 * verifier cannot agree on a mistake of their own.
 */
#include "base/test.h"

#include <sodium.h>

#include "auth/test_roles.h"
#include "auth/token.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/encode.h"

#define SECRET       STR("a secret of tests, forty bytes long or so")
#define OTHER_SECRET STR("a secret of tests, forty bytes long or sO")
#define HEADER       "{\"alg\":\"HS256\",\"typ\":\"JWT\"}"
#define ACCOUNT      "018f0000-0000-7000-8000-00000000000a"
#define SESSION      "018f0000-0000-7000-8000-00000000000b"
#define NOW_S        INT64_C(1800000000)
#define NOW          (NOW_S * US_PER_S)

static struct arena *arena;
static struct permissions *permissions;

static int start(void **state)
{
	arena = arena_new(65536, 256 << 20, NULL, NULL);
	permissions = test_permissions();
	return sodium_init() < 0;
}

static int stop(void **state)
{
	permissions_free(permissions);
	arena_free(arena);
	return 0;
}

static struct str joined(struct str header, struct str claims, struct str secret)
{
	struct str h = base64url_encode(arena, header), c = base64url_encode(arena, claims);
	struct str text = str_printf(arena, "%.*s.%.*s", STR_ARG(h), STR_ARG(c));
	unsigned char mac[crypto_auth_hmacsha256_BYTES];
	crypto_auth_hmacsha256_state hmac;

	crypto_auth_hmacsha256_init(&hmac, (const unsigned char *)secret.ptr, secret.len);
	crypto_auth_hmacsha256_update(&hmac, (const unsigned char *)text.ptr, text.len);
	crypto_auth_hmacsha256_final(&hmac, mac);
	struct str signature = base64url_encode(arena, (struct str){ (char *)mac, sizeof(mac) });

	return str_printf(arena, "%.*s.%.*s", STR_ARG(text), STR_ARG(signature));
}

/* Verified by a fresh signer (no cache), for the public audience; the actor is untouched unless valid. */
static enum token_verdict verdict_at(struct str token, int64_t now_us)
{
	struct token_signer *signer = token_signer_new(AUDIENCE_PUBLIC, SECRET, permissions);
	struct actor actor = { .expires_at = -7 };
	enum token_verdict verdict = token_verify(signer, token, now_us, &actor);

	token_signer_free(signer);
	assert_true((verdict == TOKEN_VALID) == (actor.expires_at != -7));
	return verdict;
}

static struct actor customer(void)
{
	struct actor actor = { .role = &customer_role,
		               .audience = AUDIENCE_PUBLIC,
		               .expires_at = NOW + 900 * US_PER_S };

	assert_int_equal(uuid_parse(STR(ACCOUNT), &actor.account_id), 0);
	assert_int_equal(uuid_parse(STR(SESSION), &actor.session_id), 0);
	return actor;
}

static struct str signed_token(enum audience audience, struct str secret, const struct actor *actor)
{
	struct token_signer *signer = token_signer_new(audience, secret, permissions);
	struct str token = token_sign(signer, arena, actor, NOW);

	token_signer_free(signer);
	return token;
}

/* ---- Signing ---------------------------------------------------------------------------------- */

static void test_what_we_sign_another_library_signs_alike(void **state)
{
	struct actor actor = customer();
	struct str token = signed_token(AUDIENCE_PUBLIC, SECRET, &actor), rest = token, header, claims;

	assert_int_equal(base64url_decode(arena, str_cut(&rest, '.'), &header), 0);
	assert_int_equal(base64url_decode(arena, str_cut(&rest, '.'), &claims), 0);
	assert_str(joined(header, claims, SECRET), token);
	assert_non_null(strstr(str_cstr(arena, header), "\"HS256\""));
	assert_null(strstr(str_cstr(arena, claims), "expires"));
	assert_non_null(strstr(str_cstr(arena, claims), ACCOUNT));
}

static void test_a_token_comes_back_as_it_was_signed(void **state)
{
	static const struct {
		const struct role *role;
		enum audience audience;
	} rows[] = {
		{ &customer_role, AUDIENCE_PUBLIC },
		{ &courier_role, AUDIENCE_PUBLIC },
		{ &picker_role, AUDIENCE_ADMIN },
		{ &super_admin_role, AUDIENCE_ADMIN },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct token_signer *signer = token_signer_new(rows[i].audience, SECRET, permissions);
		struct actor actor = customer(), got;

		actor.role = rows[i].role;
		actor.audience = rows[i].audience;
		actor.scope = (struct opt_uuid){ i % 2, actor.session_id };
		struct str token = token_sign(signer, arena, &actor, NOW);

		for (int again = 0; again < 2; again++) {
			got = (struct actor){ 0 };
			assert_int_equal(token_verify(signer, token, NOW, &got), TOKEN_VALID);
			assert_true(uuid_eq(got.account_id, actor.account_id));
			assert_true(uuid_eq(got.session_id, actor.session_id));
			assert_int_equal(got.scope.set, actor.scope.set);
			assert_true(!got.scope.set || uuid_eq(got.scope.value, actor.scope.value));
			assert_ptr_equal(got.role, actor.role);
			assert_int_equal(got.audience, actor.audience);
			assert_int_equal(got.expires_at, actor.expires_at);
		}
		token_signer_free(signer);
	}
}

static void test_one_audience_is_noise_to_the_other(void **state)
{
	struct actor actor = customer();
	struct str admin;

	/* The same secret on both sides would be a mistake of configuration; even then. */
	actor.role = &admin_role;
	actor.audience = AUDIENCE_ADMIN;
	admin = signed_token(AUDIENCE_ADMIN, SECRET, &actor);
	assert_int_equal(verdict_at(admin, NOW), TOKEN_FOREIGN);
	admin = signed_token(AUDIENCE_ADMIN, OTHER_SECRET, &actor);
	assert_int_equal(verdict_at(admin, NOW), TOKEN_BAD_SIGNATURE);
	/* A staff role in a token of the public side is not taken for staff either. */
	assert_int_equal(verdict_at(signed_token(AUDIENCE_PUBLIC, SECRET, &actor), NOW), TOKEN_FOREIGN);
}

/* ---- Claims ----------------------------------------------------------------------------------- */

#define CLAIMS(iss, aud, sub, sid, role, iat, nbf, exp) \
	"{\"iss\":" iss ",\"aud\":" aud ",\"sub\":" sub ",\"sid\":" sid ",\"role\":" role ",\"iat\":" iat \
	",\"nbf\":" nbf ",\"exp\":" exp "}"
#define ISS  "\"stoa-public\""
#define AUD  "\"public\""
#define SUB  "\"" ACCOUNT "\""
#define SID  "\"" SESSION "\""
#define ROLE "\"customer\""
#define TIME "1800000000"
#define EXP  "1800000900"
#define GOOD CLAIMS(ISS, AUD, SUB, SID, ROLE, TIME, TIME, EXP)

static const struct {
	const char *claims;
	enum token_verdict verdict;
} claim_rows[] = {
	{ GOOD, TOKEN_VALID },
	{ " " GOOD " ", TOKEN_VALID },
	/* Who issued it, and for whom. */
	{ CLAIMS("\"stoa-admin\"", AUD, SUB, SID, ROLE, TIME, TIME, EXP), TOKEN_FOREIGN },
	{ CLAIMS("\"\"", AUD, SUB, SID, ROLE, TIME, TIME, EXP), TOKEN_FOREIGN },
	{ CLAIMS("\"stoa-public \"", AUD, SUB, SID, ROLE, TIME, TIME, EXP), TOKEN_FOREIGN },
	{ CLAIMS("null", AUD, SUB, SID, ROLE, TIME, TIME, EXP), TOKEN_FOREIGN },
	{ CLAIMS("1", AUD, SUB, SID, ROLE, TIME, TIME, EXP), TOKEN_FOREIGN },
	{ CLAIMS(ISS, "\"admin\"", SUB, SID, ROLE, TIME, TIME, EXP), TOKEN_FOREIGN },
	{ CLAIMS(ISS, "[\"public\"]", SUB, SID, ROLE, TIME, TIME, EXP), TOKEN_FOREIGN },
	{ CLAIMS(ISS, "[\"admin\",\"public\"]", SUB, SID, ROLE, TIME, TIME, EXP), TOKEN_FOREIGN },
	{ "{}", TOKEN_FOREIGN },
	/* Roles. */
	{ CLAIMS(ISS, AUD, SUB, SID, "\"courier\"", TIME, TIME, EXP), TOKEN_VALID },
	{ CLAIMS(ISS, AUD, SUB, SID, "\"admin\"", TIME, TIME, EXP), TOKEN_FOREIGN },
	{ CLAIMS(ISS, AUD, SUB, SID, "\"super_admin\"", TIME, TIME, EXP), TOKEN_FOREIGN },
	{ CLAIMS(ISS, AUD, SUB, SID, "\"king\"", TIME, TIME, EXP), TOKEN_FOREIGN },
	{ CLAIMS(ISS, AUD, SUB, SID, "null", TIME, TIME, EXP), TOKEN_FOREIGN },
	{ CLAIMS(ISS, AUD, SUB, SID, "[\"customer\"]", TIME, TIME, EXP), TOKEN_FOREIGN },
	/* Subject and session. */
	{ CLAIMS(ISS, AUD, "\"\"", SID, ROLE, TIME, TIME, EXP), TOKEN_MALFORMED },
	{ CLAIMS(ISS, AUD, "\"018f0000\"", SID, ROLE, TIME, TIME, EXP), TOKEN_MALFORMED },
	{ CLAIMS(ISS, AUD, "null", SID, ROLE, TIME, TIME, EXP), TOKEN_MALFORMED },
	{ CLAIMS(ISS, AUD, "7", SID, ROLE, TIME, TIME, EXP), TOKEN_MALFORMED },
	{ CLAIMS(ISS, AUD, SUB, "\"x\"", ROLE, TIME, TIME, EXP), TOKEN_MALFORMED },
	{ CLAIMS(ISS, AUD, SUB, "null", ROLE, TIME, TIME, EXP), TOKEN_MALFORMED },
	/* Times of the wrong kind. */
	{ CLAIMS(ISS, AUD, SUB, SID, ROLE, TIME, TIME, "\"1800000900\""), TOKEN_MALFORMED },
	{ CLAIMS(ISS, AUD, SUB, SID, ROLE, TIME, TIME, "1800000900.0"), TOKEN_MALFORMED },
	{ CLAIMS(ISS, AUD, SUB, SID, ROLE, TIME, TIME, "-1"), TOKEN_MALFORMED },
	{ CLAIMS(ISS, AUD, SUB, SID, ROLE, TIME, TIME, "253402300800"), TOKEN_MALFORMED },
	{ CLAIMS(ISS, AUD, SUB, SID, ROLE, TIME, TIME, "9223372036854775807"), TOKEN_MALFORMED },
	{ CLAIMS(ISS, AUD, SUB, SID, ROLE, TIME, TIME, "9223372036854775808"), TOKEN_MALFORMED },
	{ CLAIMS(ISS, AUD, SUB, SID, ROLE, TIME, TIME, "1e400"), TOKEN_MALFORMED },
	{ CLAIMS(ISS, AUD, SUB, SID, ROLE, TIME, TIME, "null"), TOKEN_MALFORMED },
	{ CLAIMS(ISS, AUD, SUB, SID, ROLE, TIME, "null", EXP), TOKEN_MALFORMED },
	{ CLAIMS(ISS, AUD, SUB, SID, ROLE, TIME, "true", EXP), TOKEN_MALFORMED },
	{ CLAIMS(ISS, AUD, SUB, SID, ROLE, "\"now\"", TIME, EXP), TOKEN_MALFORMED },
	{ CLAIMS(ISS, AUD, SUB, SID, ROLE, "null", TIME, EXP), TOKEN_MALFORMED },
	/* Not before, issued at: a minute of leeway. */
	{ CLAIMS(ISS, AUD, SUB, SID, ROLE, TIME, "1800000060", EXP), TOKEN_VALID },
	{ CLAIMS(ISS, AUD, SUB, SID, ROLE, TIME, "1800000061", EXP), TOKEN_EXPIRED },
	{ CLAIMS(ISS, AUD, SUB, SID, ROLE, "1800000060", TIME, EXP), TOKEN_VALID },
	{ CLAIMS(ISS, AUD, SUB, SID, ROLE, "1800000061", TIME, EXP), TOKEN_EXPIRED },
	{ CLAIMS(ISS, AUD, SUB, SID, ROLE, TIME, TIME, "1799999941"), TOKEN_VALID },
	{ CLAIMS(ISS, AUD, SUB, SID, ROLE, TIME, TIME, "1799999940"), TOKEN_EXPIRED },
	{ CLAIMS(ISS, AUD, SUB, SID, ROLE, TIME, TIME, "0"), TOKEN_EXPIRED },
	/* Not claims at all. */
	{ "", TOKEN_MALFORMED },
	{ "null", TOKEN_MALFORMED },
	{ "[]", TOKEN_MALFORMED },
	{ "\"x\"", TOKEN_MALFORMED },
	{ "{", TOKEN_MALFORMED },
	{ GOOD "x", TOKEN_MALFORMED },
	{ GOOD GOOD, TOKEN_MALFORMED },
	{ "{\"role\":\"courier\",\"iss\":" ISS ",\"aud\":" AUD ",\"sub\":" SUB ",\"sid\":" SID
	  ",\"role\":\"customer\",\"iat\":" TIME ",\"nbf\":" TIME ",\"exp\":" EXP "}",
	  TOKEN_MALFORMED },
	{ "{\"iss\":\"\xff\"}", TOKEN_MALFORMED },
};

static void test_each_claim(void **state)
{
	for (size_t i = 0; i < ARRAY_COUNT(claim_rows); i++) {
		struct str token = joined(STR(HEADER), str_from(claim_rows[i].claims), SECRET);
		enum token_verdict verdict = verdict_at(token, NOW);

		if (verdict != claim_rows[i].verdict)
			fail_msg("%d, not %d: %s", verdict, claim_rows[i].verdict, claim_rows[i].claims);
	}
}

static void test_a_missing_claim(void **state)
{
	static const char *const names[] = { "iss", "aud", "sub", "sid", "role", "iat", "nbf", "exp" };

	for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
		char *claims = str_cstr(arena, STR(GOOD));
		char *name = strstr(claims, names[i]);

		name[0] = 'X';
		enum token_verdict verdict = verdict_at(joined(STR(HEADER), str_from(claims), SECRET), NOW);

		assert_true(verdict == TOKEN_MALFORMED || verdict == TOKEN_FOREIGN);
	}
}

/* ---- Signatures ------------------------------------------------------------------------------- */

static void test_only_hs256_with_our_key(void **state)
{
	static const char *const headers[] = {
		"{\"alg\":\"none\"}",
		"{\"alg\":\"None\"}",
		"{\"alg\":\"hs256\"}",
		"{\"alg\":\"HS384\"}",
		"{\"alg\":\"HS512\"}",
		"{\"alg\":\"RS256\"}",
		"{\"alg\":\"ES256\"}",
		"{\"alg\":\"PS256\"}",
		"{\"alg\":\"\"}",
		"{\"alg\":null}",
		"{\"alg\":256}",
		"{\"alg\":[\"HS256\"]}",
		"{\"alg\":{}}",
		"{\"alg\":\"HS256\",\"crit\":[\"exp\"]}",
		"{\"alg\":\"HS256\",\"crit\":\"exp\"}",
		"{\"alg\":\"HS256\",\"crit\":true}",
		"{\"typ\":\"JWT\"}",
		"{\"alg\":\"HS256\",\"typ\":\"at+jwt\"}",
		"{\"alg\":\"HS256\",\"typ\":7}",
		"{}",
		"[]",
		"null",
		"\"HS256\"",
		"",
		"{",
	};

	for (size_t i = 0; i < ARRAY_COUNT(headers); i++) {
		enum token_verdict verdict = verdict_at(joined(str_from(headers[i]), STR(GOOD), SECRET), NOW);

		if (verdict != TOKEN_BAD_SIGNATURE && verdict != TOKEN_MALFORMED)
			fail_msg("%d for %s", verdict, headers[i]);
	}
	assert_int_equal(verdict_at(joined(STR(HEADER), STR(GOOD), OTHER_SECRET), NOW), TOKEN_BAD_SIGNATURE);
	assert_int_equal(verdict_at(joined(STR(HEADER), STR(GOOD), STR("")), NOW), TOKEN_BAD_SIGNATURE);
}

static void test_unsigned_tokens(void **state)
{
	struct str h = base64url_encode(arena, STR("{\"alg\":\"none\"}")), ours = base64url_encode(arena, STR(HEADER));
	struct str c = base64url_encode(arena, STR(GOOD));
	const struct str tokens[] = {
		str_printf(arena, "%.*s.%.*s.", STR_ARG(h), STR_ARG(c)),
		str_printf(arena, "%.*s.%.*s", STR_ARG(h), STR_ARG(c)),
		str_printf(arena, "%.*s.%.*s.", STR_ARG(ours), STR_ARG(c)),
		str_printf(arena, "%.*s.%.*s.AA", STR_ARG(ours), STR_ARG(c)),
		str_printf(arena, "%.*s.%.*s.%s", STR_ARG(ours), STR_ARG(c),
		           "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
		str_printf(arena, "%.*s.%.*s.%s", STR_ARG(ours), STR_ARG(c),
		           "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
	};

	for (size_t i = 0; i < ARRAY_COUNT(tokens); i++)
		assert_int_equal(verdict_at(tokens[i], NOW), TOKEN_MALFORMED);
	assert_int_equal(verdict_at(str_printf(arena, "%.*s.%.*s.%s", STR_ARG(ours), STR_ARG(c),
	                                       "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
	                            NOW),
	                 TOKEN_BAD_SIGNATURE);
}

/* The last character carries two bits of nothing, so it alone may have another spelling. */
static void test_no_other_byte_may_stand_anywhere(void **state)
{
	struct token_signer *signer = token_signer_new(AUDIENCE_PUBLIC, SECRET, permissions);
	struct str good = joined(STR(HEADER), STR(GOOD), SECRET);
	char *forged = str_cstr(arena, good);
	struct actor actor;

	/* The cache knows the good one. */
	assert_int_equal(token_verify(signer, good, NOW, &actor), TOKEN_VALID);
	for (size_t i = 0; i + 1 < good.len; i++) {
		static const char others[] = "Aa0-_.=+/ \n\xff";

		for (size_t k = 0; k < sizeof(others); k++) { /* its NUL too */
			if (others[k] == good.ptr[i])
				continue;
			forged[i] = others[k];
			if (token_verify(signer, (struct str){ forged, good.len }, NOW, &actor) == TOKEN_VALID)
				fail_msg("byte %zu may be %d", i, others[k]);
		}
		forged[i] = good.ptr[i];
	}
	assert_int_equal(token_verify(signer, (struct str){ forged, good.len }, NOW, &actor), TOKEN_VALID);
	token_signer_free(signer);
}

static void test_no_part_of_a_token_is_one(void **state)
{
	struct token_signer *signer = token_signer_new(AUDIENCE_PUBLIC, SECRET, permissions);
	struct str good = joined(STR(HEADER), STR(GOOD), SECRET);
	struct actor actor;

	for (size_t len = 0; len < good.len; len++) {
		/* Copies, so that the address sanitizer sees what is read beyond their end. */
		struct str head = str_dup(arena, str_slice(good, 0, len));
		struct str tail = str_dup(arena, str_slice(good, good.len - len, good.len));

		assert_int_not_equal(token_verify(signer, head, NOW, &actor), TOKEN_VALID);
		assert_int_not_equal(token_verify(signer, tail, NOW, &actor), TOKEN_VALID);
	}
	assert_int_not_equal(token_verify(signer, str_printf(arena, "%.*s.", STR_ARG(good)), NOW, &actor), TOKEN_VALID);
	assert_int_not_equal(token_verify(signer, str_printf(arena, "%.*sA", STR_ARG(good)), NOW, &actor), TOKEN_VALID);
	assert_int_not_equal(token_verify(signer, str_printf(arena, " %.*s", STR_ARG(good)), NOW, &actor), TOKEN_VALID);
	token_signer_free(signer);
}

static void test_garbage(void **state)
{
	static const struct str rows[] = {
		{ NULL, 0 },  STR(""),       STR("."),       STR(".."),       STR("..."),
		STR("a.b.c"), STR("Bearer"), STR("\0\0.\0"), STR("{}.{}.{}"), STR("\xff\xfe.\xff.\xff"),
	};
	static char dots[3000];

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		assert_int_equal(verdict_at(rows[i], NOW), TOKEN_MALFORMED);
	memset(dots, '.', sizeof(dots));
	assert_int_equal(verdict_at((struct str){ dots, 2048 }, NOW), TOKEN_MALFORMED);
	memset(dots, 'A', sizeof(dots));
	assert_int_equal(verdict_at((struct str){ dots, 2048 }, NOW), TOKEN_MALFORMED);
	assert_int_equal(verdict_at((struct str){ dots, 2049 }, NOW), TOKEN_MALFORMED);
}

/* Signed well and valid in every way, but longer than anything we sign. */
static void test_a_token_may_have_two_kilobytes(void **state)
{
	for (size_t fill = 1000; fill < 1500; fill++) {
		char *spaces = arena_alloc(arena, fill);

		memset(spaces, ' ', fill);
		struct str claims = str_printf(arena, "%.*s%s", (int)fill, spaces, GOOD);
		struct str token = joined(STR(HEADER), claims, SECRET);

		assert_int_equal(verdict_at(token, NOW), token.len <= 2048 ? TOKEN_VALID : TOKEN_MALFORMED);
	}
}

static void test_random_bytes(void **state)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
	uint64_t seed = 7;

	for (int run = 0; run < 5000; run++) {
		char text[200];

		for (size_t i = 0; i < sizeof(text); i++) {
			seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
			text[i] = alphabet[(seed >> 33) % (sizeof(alphabet) - 1)];
		}
		text[50] = '.';
		text[156] = '.';
		assert_int_not_equal(verdict_at((struct str){ text, sizeof(text) }, NOW), TOKEN_VALID);
	}
}

/* ---- Time and the cache ----------------------------------------------------------------------- */

static void test_leeway_ends_where_it_should(void **state)
{
	struct actor actor = customer();
	struct str token = signed_token(AUDIENCE_PUBLIC, SECRET, &actor);

	assert_int_equal(verdict_at(token, NOW - 60 * US_PER_S), TOKEN_VALID);
	assert_int_equal(verdict_at(token, NOW - 60 * US_PER_S - 1), TOKEN_EXPIRED);
	assert_int_equal(verdict_at(token, actor.expires_at), TOKEN_VALID);
	assert_int_equal(verdict_at(token, actor.expires_at + 60 * US_PER_S - 1), TOKEN_VALID);
	assert_int_equal(verdict_at(token, actor.expires_at + 60 * US_PER_S), TOKEN_EXPIRED);
}

static void test_a_cached_token_expires_all_the_same(void **state)
{
	struct token_signer *signer = token_signer_new(AUDIENCE_PUBLIC, SECRET, permissions);
	struct actor actor = customer(), got;
	struct str token = token_sign(signer, arena, &actor, NOW);
	static const struct {
		int64_t after_s;
		enum token_verdict verdict;
	} rows[] = { { 0, TOKEN_VALID },   { 1, TOKEN_VALID },     { 899, TOKEN_VALID },   { 900, TOKEN_VALID },
		     { 959, TOKEN_VALID }, { 960, TOKEN_EXPIRED }, { 5000, TOKEN_EXPIRED } };

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		assert_int_equal(token_verify(signer, token, NOW + rows[i].after_s * US_PER_S, &got), rows[i].verdict);
	token_signer_free(signer);
}

/* More tokens than the cache has room for: each is answered for its own actor, again and again. */
static void test_tokens_do_not_mix(void **state)
{
	enum { TOKENS = 6000 };
	struct token_signer *signer = token_signer_new(AUDIENCE_PUBLIC, SECRET, permissions);
	struct str *tokens = ARENA_ARRAY(arena, struct str, TOKENS);
	struct actor actor = customer(), got;

	for (int round = 0; round < 3; round++)
		for (int i = 0; i < TOKENS; i++) {
			actor.account_id.bytes[14] = (uint8_t)(i >> 8);
			actor.account_id.bytes[15] = (uint8_t)i;
			if (round == 0)
				tokens[i] = token_sign(signer, arena, &actor, NOW);
			assert_int_equal(token_verify(signer, tokens[i], NOW, &got), TOKEN_VALID);
			assert_true(uuid_eq(got.account_id, actor.account_id));
		}
	token_signer_free(signer);
}

/* ---- Opaque secrets --------------------------------------------------------------------------- */

static void test_opaque_secrets(void **state)
{
	struct str a = secret_new(arena), b = secret_new(arena), bytes;

	assert_int_equal(a.len, 43);
	assert_false(str_eq(a, b));
	assert_int_equal(base64url_decode(arena, a, &bytes), 0);
	assert_int_equal(bytes.len, 32);
	/* FIPS 180-2, appendix B.1. */
	assert_str(hex_encode(arena, secret_hash(arena, STR("abc"))),
	           STR("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
}

static void test_what_follows_a_secret(void **state)
{
	struct str first = secret_new(arena), next = secret_next(arena, STR("key"), first);

	(void)state;
	assert_int_equal(next.len, first.len);
	assert_true(str_eq(next, secret_next(arena, STR("key"), first)));
	assert_false(str_eq(next, secret_next(arena, STR("other"), first)));
	assert_false(str_eq(next, secret_next(arena, STR("key"), next)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_follows_a_secret),
		cmocka_unit_test(test_what_we_sign_another_library_signs_alike),
		cmocka_unit_test(test_a_token_comes_back_as_it_was_signed),
		cmocka_unit_test(test_one_audience_is_noise_to_the_other),
		cmocka_unit_test(test_each_claim),
		cmocka_unit_test(test_a_missing_claim),
		cmocka_unit_test(test_only_hs256_with_our_key),
		cmocka_unit_test(test_unsigned_tokens),
		cmocka_unit_test(test_no_other_byte_may_stand_anywhere),
		cmocka_unit_test(test_no_part_of_a_token_is_one),
		cmocka_unit_test(test_garbage),
		cmocka_unit_test(test_a_token_may_have_two_kilobytes),
		cmocka_unit_test(test_random_bytes),
		cmocka_unit_test(test_leeway_ends_where_it_should),
		cmocka_unit_test(test_a_cached_token_expires_all_the_same),
		cmocka_unit_test(test_tokens_do_not_mix),
		cmocka_unit_test(test_opaque_secrets),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
