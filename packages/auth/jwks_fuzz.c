/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Key sets and ID tokens of an identity provider that is anybody's: no set and no token may end the process, and what is
 * let through must say everything that is asked for. The first byte chooses what the rest is:
 *
 *   s  a key set; a token under our own key never passes it
 *   t  a token, against our own set: it cannot be signed
 *   c  claims, signed here by the right key
 */
#include <cjose/cjose.h>
#include <jansson.h>
#include <stdlib.h>

#include "auth/jwks.h"
#include "base/arena.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/test_fuzz.h"

#define NOW_S    INT64_C(1800000000)
#define LEEWAY_S 60
#define ISSUER   "https://id.example"
#define AUDIENCE "shop"

static const struct id_rules rules = { STR(ISSUER), STR(AUDIENCE) };

static struct provider {
	cjose_jwk_t *key;
	struct jwks *jwks;
} provider;

static void provider_open(void)
{
	char *public;
	json_t *jwk;
	char *set;

	provider.key = cjose_jwk_create_EC_random(CJOSE_JWK_EC_P_256, NULL);
	CHECK(provider.key);
	public = cjose_jwk_to_json(provider.key, false, NULL);
	jwk = json_loads(public, 0, NULL);
	cjose_get_dealloc()(public);
	CHECK(jwk && !json_object_set_new(jwk, "kid", json_string("k")));
	jwk = json_pack("{s:[o]}", "keys", jwk);
	set = json_dumps(jwk, 0);
	provider.jwks = jwks_parse(str_from(set));
	CHECK(provider.jwks && jwks_has(provider.jwks, STR("k")));
	free(set);
	json_decref(jwk);
}

static struct str sign(struct arena *arena, struct str claims)
{
	cjose_header_t *header = cjose_header_new(NULL);
	const char *compact;

	CHECK(header && cjose_header_set(header, CJOSE_HDR_ALG, CJOSE_HDR_ALG_ES256, NULL) &&
	      cjose_header_set(header, CJOSE_HDR_KID, "k", NULL));
	cjose_jws_t *jws = cjose_jws_sign(provider.key, header, (const uint8_t *)claims.ptr, claims.len, NULL);

	CHECK(jws && cjose_jws_export(jws, &compact, NULL));
	struct str token = str_dup(arena, str_from(compact));

	cjose_jws_release(jws);
	cjose_header_release(header);
	return token;
}

static bool names_us(const json_t *audience)
{
	bool named = json_is_string(audience) && !strcmp(json_string_value(audience), AUDIENCE);

	for (size_t i = 0; i < json_array_size(audience); i++) {
		const char *one = json_string_value(json_array_get(audience, i));

		named |= one && !strcmp(one, AUDIENCE);
	}
	return named;
}

static void check_let_through(struct str claims, const struct id_claims *read)
{
	json_t *body = json_loadb(claims.ptr, claims.len, 0, NULL);
	const char *issuer = json_string_value(json_object_get(body, "iss"));
	const char *subject = json_string_value(json_object_get(body, "sub"));

	CHECK(issuer && !strcmp(issuer, ISSUER) && names_us(json_object_get(body, "aud")));
	CHECK(subject && read->subject.len && str_eq(read->subject, str_from(subject)));
	CHECK(json_integer_value(json_object_get(body, "exp")) > NOW_S - LEEWAY_S);
	CHECK(json_integer_value(json_object_get(body, "iat")) <= NOW_S + LEEWAY_S);
	CHECK(read->email_verified == json_is_true(json_object_get(body, "email_verified")));
	json_decref(body);
}

static void try_set(struct arena *arena, struct str text)
{
	struct jwks *set = jwks_parse(text);
	struct str token = sign(arena, STR("{\"iss\":\"" ISSUER "\",\"aud\":\"" AUDIENCE "\",\"sub\":\"1\","
	                                   "\"exp\":1800000300,\"iat\":1800000000}"));
	struct id_claims read;

	CHECK(id_token_verify(provider.jwks, &rules, arena, token, NOW_S * US_PER_S, &read) == TOKEN_VALID);
	if (set)
		CHECK(id_token_verify(set, &rules, arena, token, NOW_S * US_PER_S, &read) != TOKEN_VALID);
	jwks_free(set);
}

static void try_token(struct arena *arena, struct str text)
{
	struct id_claims read;
	struct str kid;

	if (id_token_kid(arena, text, &kid))
		CHECK(kid.len);
	CHECK(id_token_verify(provider.jwks, &rules, arena, text, NOW_S * US_PER_S, &read) != TOKEN_VALID);
}

static void try_claims(struct arena *arena, struct str text)
{
	struct id_claims read;

	if (id_token_verify(provider.jwks, &rules, arena, sign(arena, text), NOW_S * US_PER_S, &read) == TOKEN_VALID)
		check_let_through(text, &read);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena;
	struct str text;

	if (size < 2 || size > 16 * 1024)
		return 0;
	if (!provider.key)
		provider_open();
	arena = arena_new(4096, (size_t)4 << 20, NULL, NULL);
	text = (struct str){ (const char *)data + 1, size - 1 };
	if (data[0] == 's')
		try_set(arena, text);
	else if (data[0] == 't')
		try_token(arena, text);
	else
		try_claims(arena, text);
	arena_free(arena);
	return 0;
}
