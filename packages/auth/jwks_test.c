/* SPDX-License-Identifier: Apache-2.0 */
/* Key sets and the tokens they check; when keys are fetched. */
#include "base/test.h"

#include <cjose/cjose.h>
#include <jansson.h>
#include <stdlib.h>

#include "auth/jose.h"
#include "auth/jwks.h"
#include "auth/jwks_source.h"
#include "base/clock.h"
#include "base/encode.h"

#define NOW_S     INT64_C(1800000000)
#define NOW_US    (NOW_S * US_PER_S)
#define ISSUER    "https://id.example"
#define AUDIENCE  "shop"
#define MINUTE_US (60 * US_PER_S)
#define HOUR_US   (60 * MINUTE_US)

static const struct id_rules rules = { STR(ISSUER), STR(AUDIENCE) };
static struct arena *arena;
static cjose_jwk_t *rsa, *ec, *other_ec;
static struct jwks *jwks;

static json_t *public_jwk(cjose_jwk_t *key, const char *kid)
{
	char *text = cjose_jwk_to_json(key, false, NULL);
	json_t *jwk = json_loads(text, 0, NULL);

	cjose_get_dealloc()(text);
	assert_non_null(jwk);
	json_object_set_new(jwk, "kid", json_string(kid));
	return jwk;
}

static struct str dumped(json_t *set)
{
	char *text = json_dumps(set, 0);
	struct str json = str_dup(arena, str_from(text));

	free(text);
	json_decref(set);
	return json;
}

static int start(void **state)
{
	static const uint8_t exponent[] = { 1, 0, 1 };

	arena = arena_new(64 * 1024, 8 * 1024 * 1024, NULL, NULL);
	rsa = cjose_jwk_create_RSA_random(2048, exponent, sizeof(exponent), NULL);
	ec = cjose_jwk_create_EC_random(CJOSE_JWK_EC_P_256, NULL);
	other_ec = cjose_jwk_create_EC_random(CJOSE_JWK_EC_P_256, NULL);
	jwks = jwks_parse(dumped(json_pack("{s:[o,o]}", "keys", public_jwk(rsa, "r"), public_jwk(ec, "e"))));
	return !jwks;
}

static int stop(void **state)
{
	jwks_free(jwks);
	cjose_jwk_release(rsa);
	cjose_jwk_release(ec);
	cjose_jwk_release(other_ec);
	arena_free(arena);
	return 0;
}

/* ---- Key sets ----------------------------------------------------------------------------------- */

static bool is_usable(json_t *jwk)
{
	struct jwks *set = jwks_parse(dumped(json_pack("{s:[o]}", "keys", jwk)));
	bool usable = set && jwks_has(set, STR("k"));

	jwks_free(set);
	return usable;
}

static void test_which_keys_are_usable(void **state)
{
	static const struct {
		const char *name, *value; /* NULL: taken away */
		bool rsa, ec;
	} rows[] = {
		{ "use", "sig", true, true },    { "use", "enc", false, false },     { "alg", "RS256", true, false },
		{ "alg", "ES256", false, true }, { "alg", "HS256", false, false },   { "alg", "none", false, false },
		{ "kty", "oct", false, false },  { "kty", "OKP", false, false },     { "kty", NULL, false, false },
		{ "kid", NULL, false, false },   { "kid", "", false, false },        { "crv", "P-384", true, false },
		{ "crv", NULL, true, false },    { "x", "AA", true, false },         { "y", NULL, true, false },
		{ "n", "AQAB", false, true },    { "n", "not/base64", false, true }, { "e", NULL, false, true },
		{ "d", "AQAB", true, true }, /* a secret that ought not to be there is not looked at */
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		json_t *keys[] = { public_jwk(rsa, "k"), public_jwk(ec, "k") };

		for (int k = 0; k < 2; k++) {
			if (rows[i].value)
				json_object_set_new(keys[k], rows[i].name, json_string(rows[i].value));
			else
				json_object_del(keys[k], rows[i].name);
			if (is_usable(keys[k]) != (k ? rows[i].ec : rows[i].rsa))
				fail_msg("%s=%s, key %d", rows[i].name, rows[i].value ? rows[i].value : "-", k);
		}
	}
}

static void test_what_is_no_key_set(void **state)
{
	static const char *const texts[] = { "",
		                             "{}",
		                             "[]",
		                             "null",
		                             "{",
		                             "{\"keys\":{}}",
		                             "{\"keys\":[]}",
		                             "{\"keys\":[1,null,[],{}]}",
		                             "<html>",
		                             "[[[[[[[[[[[[[[[[" };
	char *deep = malloc(100 * 1000);

	for (size_t i = 0; i < ARRAY_COUNT(texts); i++)
		assert_null(jwks_parse(str_from(texts[i])));
	memset(deep, '[', 100 * 1000);
	assert_null(jwks_parse((struct str){ deep, 100 * 1000 }));
	free(deep);
}

static void test_a_set_is_bounded(void **state)
{
	json_t *keys = json_array();
	char kid[16];

	for (int i = 0; i < JWKS_KEYS_MAX + 5; i++) {
		snprintf(kid, sizeof(kid), "k%d", i);
		json_array_append_new(keys, public_jwk(ec, kid));
	}
	struct jwks *set = jwks_parse(dumped(json_pack("{s:o}", "keys", keys)));

	assert_true(jwks_has(set, STR("k0")) && jwks_has(set, STR("k31")));
	assert_false(jwks_has(set, STR("k32")));
	jwks_free(set);
}

/* ---- Tokens ------------------------------------------------------------------------------------- */

static struct str sign(cjose_jwk_t *key, const char *algorithm, const char *kid, json_t *claims)
{
	cjose_header_t *header = cjose_header_new(NULL);
	char *text = json_dumps(claims, JSON_COMPACT);
	const char *compact = NULL;

	assert_true(cjose_header_set(header, CJOSE_HDR_ALG, algorithm, NULL));
	if (kid)
		assert_true(cjose_header_set(header, CJOSE_HDR_KID, kid, NULL));
	cjose_jws_t *jws = cjose_jws_sign(key, header, (const uint8_t *)text, strlen(text), NULL);

	assert_true(jws && cjose_jws_export(jws, &compact, NULL));
	struct str token = str_dup(arena, str_from(compact));

	cjose_jws_release(jws);
	cjose_header_release(header);
	free(text);
	json_decref(claims);
	return token;
}

static json_t *good_claims(void)
{
	return json_pack("{s:s, s:s, s:s, s:I, s:I, s:s, s:b, s:s}", "iss", ISSUER, "aud", AUDIENCE, "sub", "u-1",
	                 "iat", (json_int_t)NOW_S, "exp", (json_int_t)NOW_S + 300, "email", "kim@example.com",
	                 "email_verified", 1, "name", "Kim");
}

static enum token_verdict verdict_of(struct str token)
{
	struct id_claims claims;

	return id_token_verify(jwks, &rules, arena, token, NOW_US, &claims);
}

static void test_good_tokens(void **state)
{
	const struct {
		cjose_jwk_t *key;
		const char *algorithm, *kid;
	} rows[] = { { rsa, "RS256", "r" }, { ec, "ES256", "e" } };

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct str token = sign(rows[i].key, rows[i].algorithm, rows[i].kid, good_claims()), kid;
		struct id_claims claims;

		assert_true(id_token_kid(arena, token, &kid));
		assert_str(kid, str_from(rows[i].kid));
		assert_int_equal(id_token_verify(jwks, &rules, arena, token, NOW_US, &claims), TOKEN_VALID);
		assert_str(claims.subject, STR("u-1"));
		assert_str(claims.email, STR("kim@example.com"));
		assert_str(claims.name, STR("Kim"));
		assert_true(claims.email_verified);
	}
}

static void test_the_key_decides(void **state)
{
	assert_int_equal(verdict_of(sign(other_ec, "ES256", "e", good_claims())), TOKEN_BAD_SIGNATURE);
	assert_int_equal(verdict_of(sign(ec, "ES256", "r", good_claims())), TOKEN_BAD_SIGNATURE);
	assert_int_equal(verdict_of(sign(rsa, "RS256", "e", good_claims())), TOKEN_BAD_SIGNATURE);
	assert_int_equal(verdict_of(sign(rsa, "RS384", "r", good_claims())), TOKEN_BAD_SIGNATURE);
	assert_int_equal(verdict_of(sign(rsa, "PS256", "r", good_claims())), TOKEN_BAD_SIGNATURE);
	assert_int_equal(verdict_of(sign(ec, "ES256", "nobody", good_claims())), TOKEN_BAD_SIGNATURE);
	assert_int_equal(verdict_of(sign(ec, "ES256", NULL, good_claims())), TOKEN_MALFORMED);
}

static void test_a_bit_of_difference(void **state)
{
	struct str token = sign(rsa, "RS256", "r", good_claims());
	char *bytes = arena_alloc(arena, token.len);

	for (size_t i = 0; i < token.len; i += 7) {
		memcpy(bytes, token.ptr, token.len);
		bytes[i] = bytes[i] == 'A' ? 'B' : 'A';
		assert_int_not_equal(verdict_of((struct str){ bytes, token.len }), TOKEN_VALID);
	}
	for (size_t len = 0; len < token.len; len += 5)
		assert_int_not_equal(verdict_of(str_slice(token, 0, len)), TOKEN_VALID);
}

static void test_claims(void **state)
{
	static const struct {
		const char *name;
		const char *json; /* NULL: taken away */
		enum token_verdict verdict;
	} rows[] = {
		{ "iss", "\"https://id.example/\"", TOKEN_FOREIGN },
		{ "iss", NULL, TOKEN_FOREIGN },
		{ "iss", "[\"" ISSUER "\"]", TOKEN_FOREIGN },
		{ "aud", "\"other\"", TOKEN_FOREIGN },
		{ "aud", NULL, TOKEN_FOREIGN },
		{ "aud", "[]", TOKEN_FOREIGN },
		{ "aud", "[\"other\"]", TOKEN_FOREIGN },
		{ "aud", "[\"other\",\"" AUDIENCE "\"]", TOKEN_VALID },
		{ "aud", "{\"" AUDIENCE "\":1}", TOKEN_FOREIGN },
		{ "sub", NULL, TOKEN_MALFORMED },
		{ "sub", "\"\"", TOKEN_MALFORMED },
		{ "sub", "7", TOKEN_MALFORMED },
		{ "exp", "1799999941", TOKEN_VALID }, /* 59 s ago */
		{ "exp", "1799999940", TOKEN_EXPIRED },
		{ "exp", "\"1800000300\"", TOKEN_MALFORMED },
		{ "exp", "1800000300.5", TOKEN_MALFORMED },
		{ "exp", "-1", TOKEN_MALFORMED },
		{ "exp", "9223372036854775807", TOKEN_MALFORMED },
		{ "exp", NULL, TOKEN_MALFORMED },
		{ "iat", "1800000060", TOKEN_VALID },
		{ "iat", "1800000061", TOKEN_EXPIRED },
		{ "iat", NULL, TOKEN_MALFORMED },
		{ "nbf", "1800000060", TOKEN_VALID },
		{ "nbf", "1800000061", TOKEN_EXPIRED },
		{ "nbf", "null", TOKEN_MALFORMED },
		{ "email", NULL, TOKEN_VALID },
		{ "email", "7", TOKEN_VALID },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		json_t *claims = good_claims();

		if (rows[i].json)
			json_object_set_new(claims, rows[i].name, json_loads(rows[i].json, JSON_DECODE_ANY, NULL));
		else
			json_object_del(claims, rows[i].name);
		enum token_verdict verdict = verdict_of(sign(ec, "ES256", "e", claims));

		if (verdict != rows[i].verdict)
			fail_msg("%s=%s: %d", rows[i].name, rows[i].json ? rows[i].json : "-", verdict);
	}
}

/* Only true is true. */
static void test_a_verified_address(void **state)
{
	static const char *const no[] = { "false", "null", "\"true\"", "1", "[true]" };

	for (size_t i = 0; i < ARRAY_COUNT(no); i++) {
		json_t *claims = good_claims();
		struct id_claims read;

		json_object_set_new(claims, "email_verified", json_loads(no[i], JSON_DECODE_ANY, NULL));
		assert_int_equal(id_token_verify(jwks, &rules, arena, sign(ec, "ES256", "e", claims), NOW_US, &read),
		                 TOKEN_VALID);
		assert_false(read.email_verified);
	}
}

static void test_what_is_no_token(void **state)
{
	char *deep = malloc(JOSE_TOKEN_MAX);
	char signature[87] = { 0 };
	struct str kid;

	memset(signature, 'A', 86);
	memset(deep, '[', JOSE_TOKEN_MAX / 2);
	struct str brackets = base64url_encode(arena, (struct str){ deep, JOSE_TOKEN_MAX / 2 });
	struct str tokens[] = {
		STR(""),
		STR(".."),
		STR("e30.e30."),
		STR("nonsense"),
		str_printf(arena, "e30.e30.%s", signature),
		str_printf(arena, "e30.e30.%s.e30", signature),
		str_printf(arena, "%.*s.e30.%s", STR_ARG(brackets), signature),
		str_printf(arena, "e30.%.*s.%s", STR_ARG(brackets), signature),
		str_printf(arena, "A.e30.%s", signature),
	};

	free(deep);
	for (size_t i = 0; i < ARRAY_COUNT(tokens); i++) {
		assert_false(id_token_kid(arena, tokens[i], &kid));
		assert_int_equal(verdict_of(tokens[i]), TOKEN_MALFORMED);
	}
}

/* ---- When keys are fetched ------------------------------------------------------------------------ */

static void test_when_keys_are_fetched(void **state)
{
	static const struct {
		const char *what;
		int64_t fetched, expires, tried, missed; /* us from now; 0: never */
		bool known;
		enum jwks_step step;
	} rows[] = {
		{ "never had", 0, 0, 0, 0, false, JWKS_FETCH },
		{ "failed just now", 0, 0, -4 * US_PER_S, 0, false, JWKS_AWAY },
		{ "failed some seconds ago", 0, 0, -5 * US_PER_S, 0, false, JWKS_FETCH },
		{ "fresh and known", -HOUR_US, 1, -HOUR_US, 0, true, JWKS_USE },
		{ "fresh and missing", -1, HOUR_US, -1, 0, false, JWKS_FETCH },
		{ "missing again", -HOUR_US, 1, -HOUR_US, 1 - MINUTE_US, false, JWKS_USE },
		{ "missing a minute later", -HOUR_US, 1, -HOUR_US, -MINUTE_US, false, JWKS_FETCH },
		{ "expired", -HOUR_US, -1, -HOUR_US, 0, true, JWKS_FETCH },
		{ "expired, and the provider away", -HOUR_US, -1, 1 - MINUTE_US, 0, true, JWKS_USE },
		{ "expired, away and missing", -HOUR_US, -1, 1 - MINUTE_US, 0, false, JWKS_USE },
		{ "a day old", -24 * HOUR_US, -1, -MINUTE_US, 0, true, JWKS_FETCH },
		{ "a day old, and the provider away", -24 * HOUR_US, -1, -1, 0, true, JWKS_AWAY },
	};
	const int64_t now = 100 * HOUR_US;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct jwks_age age = {
			.fetched_at = rows[i].fetched ? now + rows[i].fetched : 0,
			.expires_at = now + rows[i].expires,
			.tried_at = rows[i].tried ? now + rows[i].tried : 0,
			.missed_at = rows[i].missed ? now + rows[i].missed : 0,
		};

		if (jwks_next(&age, rows[i].known, now) != rows[i].step)
			fail_msg("%s", rows[i].what);
	}
}

static void test_how_long_keys_are_kept(void **state)
{
	static const struct {
		struct str header;
		int64_t life_us;
	} rows[] = {
		{ STR_NULL, HOUR_US },
		{ STR(""), HOUR_US },
		{ STR("public, max-age=7200, must-revalidate"), 2 * HOUR_US },
		{ STR("Max-Age=600"), 10 * MINUTE_US },
		{ STR("max-age=0"), 5 * MINUTE_US },
		{ STR("max-age=-5"), 5 * MINUTE_US },
		{ STR("max-age=99999999999999"), 24 * HOUR_US },
		{ STR("max-age=99999999999999999999"), HOUR_US },
		{ STR("max-age"), HOUR_US },
		{ STR("no-store"), HOUR_US },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		assert_int_equal(jwks_life(rows[i].header), rows[i].life_us);
}

static void test_where_keys_may_come_from(void **state)
{
	assert_true(jwks_url_allowed(STR("https://id.example/jwks")));
	assert_true(jwks_url_allowed(STR("http://127.0.0.1:8080/jwks")));
	assert_true(jwks_url_allowed(STR("https://id.example/jwk/system@id.example")));
	assert_true(jwks_url_allowed(STR("http://localhost/jwks@1")));
	assert_true(jwks_url_allowed(STR("http://[::1]:8080/jwks")));
	assert_false(jwks_url_allowed(STR("http://id.example/jwks")));
	assert_false(jwks_url_allowed(STR("http://127.0.0.1.example/jwks")));
	assert_false(jwks_url_allowed(STR("http://localhost:80@id.example/jwks")));
	assert_false(jwks_url_allowed(STR("http://localhost@id.example/jwks")));
	assert_false(jwks_url_allowed(STR("file:///etc/passwd")));
	assert_false(jwks_url_allowed(STR("")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_which_keys_are_usable),
		cmocka_unit_test(test_what_is_no_key_set),
		cmocka_unit_test(test_a_set_is_bounded),
		cmocka_unit_test(test_good_tokens),
		cmocka_unit_test(test_the_key_decides),
		cmocka_unit_test(test_a_bit_of_difference),
		cmocka_unit_test(test_claims),
		cmocka_unit_test(test_a_verified_address),
		cmocka_unit_test(test_what_is_no_token),
		cmocka_unit_test(test_when_keys_are_fetched),
		cmocka_unit_test(test_how_long_keys_are_kept),
		cmocka_unit_test(test_where_keys_may_come_from),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
