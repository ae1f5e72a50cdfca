/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/jwks.h"

#include <cjose/cjose.h>
#include <jansson.h>
#include <stdlib.h>

#include "auth/jose.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/encode.h"

enum { KID_MAX = 200, SUBJECT_MAX = 255, RSA_LEN_MIN = 342, RSA_LEN_MAX = 683, P256_LEN = 43, ES256_LEN = 86 };
#define LEEWAY_US (60 * US_PER_S)

struct jwk {
	char kid[KID_MAX + 1];
	const char *algorithm;
	cjose_jwk_t *key;
};

struct jwks {
	struct jwk keys[JWKS_KEYS_MAX];
	size_t count;
};

/* ---- Key sets ----------------------------------------------------------------------------------- */

static const struct family {
	const char *type, *algorithm;
	const char *members[3]; /* public ones: nothing else is handed on */
	const char *curve;      /* NULL: not a curve */
} families[] = {
	{ .type = "RSA", .algorithm = "RS256", .members = { "n", "e" } },
	{ .type = "EC", .algorithm = "ES256", .members = { "x", "y" }, .curve = "P-256" },
};

static const char *text_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static bool is_or_absent(const json_t *object, const char *name, const char *wanted)
{
	const char *text = text_of(object, name);

	return !json_object_get(object, name) || (text && !strcmp(text, wanted));
}

static const struct family *family_of(const json_t *jwk)
{
	const char *type = text_of(jwk, "kty");

	for (size_t i = 0; type && i < ARRAY_COUNT(families); i++)
		if (!strcmp(type, families[i].type))
			return &families[i];
	return NULL;
}

/* A coordinate of P-256, or a modulus of a size that is neither weak nor a burden. */
static bool has_good_size(const struct family *family, const json_t *jwk)
{
	struct str first = str_from(text_of(jwk, family->members[0])),
	           second = str_from(text_of(jwk, family->members[1]));

	if (!jose_is_base64url(first) || !jose_is_base64url(second))
		return false;
	if (family->curve)
		return first.len == P256_LEN && second.len == P256_LEN;
	return first.len >= RSA_LEN_MIN && first.len <= RSA_LEN_MAX && second.len <= 8;
}

static cjose_jwk_t *import(const struct family *family, const json_t *jwk)
{
	json_t *clean = json_pack("{s:s}", "kty", family->type);

	CHECK(clean);
	for (const char *const *member = family->members; *member; member++)
		CHECK(!json_object_set_new(clean, *member, json_string(text_of(jwk, *member))));
	if (family->curve)
		CHECK(!json_object_set_new(clean, "crv", json_string(family->curve)));
	char *text = json_dumps(clean, JSON_COMPACT);

	json_decref(clean);
	CHECK(text);
	cjose_jwk_t *key = cjose_jwk_import(text, strlen(text), NULL);

	free(text);
	return key;
}

static void add(struct jwks *jwks, const json_t *jwk)
{
	const struct family *family = family_of(jwk);
	const char *kid = text_of(jwk, "kid");

	if (!family || !kid || !*kid || strlen(kid) > KID_MAX || jwks->count == JWKS_KEYS_MAX ||
	    jwks_has(jwks, str_from(kid)) || !is_or_absent(jwk, "use", "sig") ||
	    !is_or_absent(jwk, "alg", family->algorithm) || !has_good_size(family, jwk))
		return;
	if (family->curve && (!text_of(jwk, "crv") || strcmp(text_of(jwk, "crv"), family->curve) != 0))
		return;
	struct jwk *slot = &jwks->keys[jwks->count];

	slot->key = import(family, jwk);
	if (!slot->key)
		return;
	slot->algorithm = family->algorithm;
	snprintf(slot->kid, sizeof(slot->kid), "%s", kid);
	jwks->count++;
}

struct jwks *jwks_parse(struct str json)
{
	json_t *set = json.len <= JWKS_TEXT_MAX && jose_text_is_shallow(json)
	                      ? json_loadb(json.ptr, json.len, JSON_REJECT_DUPLICATES, NULL)
	                      : NULL;
	const json_t *keys = json_object_get(set, "keys");
	struct jwks *jwks = calloc(1, sizeof(*jwks));

	CHECK(jwks);
	for (size_t i = 0; i < json_array_size(keys); i++)
		add(jwks, json_array_get(keys, i));
	json_decref(set);
	if (jwks->count)
		return jwks;
	jwks_free(jwks);
	return NULL;
}

void jwks_free(struct jwks *jwks)
{
	if (!jwks)
		return;
	for (size_t i = 0; i < jwks->count; i++)
		cjose_jwk_release(jwks->keys[i].key);
	free(jwks);
}

static const struct jwk *key_find(const struct jwks *jwks, struct str kid)
{
	for (size_t i = 0; i < jwks->count; i++)
		if (str_eq(str_from(jwks->keys[i].kid), kid))
			return &jwks->keys[i];
	return NULL;
}

bool jwks_has(const struct jwks *jwks, struct str kid)
{
	return key_find(jwks, kid);
}

/* ---- Tokens ------------------------------------------------------------------------------------- */

static bool has_shape(struct str token)
{
	struct str header = str_cut(&token, '.'), payload = str_cut(&token, '.');

	return header.len + payload.len + token.len <= JOSE_TOKEN_MAX && jose_is_base64url(header) &&
	       jose_is_base64url(payload) && jose_is_base64url(token) && jose_is_shallow(header) &&
	       jose_is_shallow(payload) &&
	       (token.len == ES256_LEN || (token.len >= RSA_LEN_MIN && token.len <= RSA_LEN_MAX));
}

static json_t *part_load(struct arena *arena, struct str part)
{
	struct str json;

	if (base64url_decode(arena, part, &json))
		return NULL;
	return json_loadb(json.ptr, json.len, JSON_REJECT_DUPLICATES, NULL);
}

static bool header_read(struct arena *arena, struct str token, struct str *ret_kid, struct str *ret_algorithm)
{
	json_t *header = has_shape(token) ? part_load(arena, str_cut(&token, '.')) : NULL;
	const char *kid = text_of(header, "kid"), *algorithm = text_of(header, "alg");
	/* What we would have to understand and do not (RFC 7515 section 4.1.11). */
	bool good = kid && *kid && strlen(kid) <= KID_MAX && algorithm && !json_object_get(header, "crit");

	if (good) {
		*ret_kid = str_dup(arena, str_from(kid));
		*ret_algorithm = str_dup(arena, str_from(algorithm));
	}
	json_decref(header);
	return good;
}

bool id_token_kid(struct arena *arena, struct str token, struct str *ret)
{
	struct str algorithm;

	return header_read(arena, token, ret, &algorithm);
}

static bool claim_time(const json_t *claims, const char *name, int64_t *ret_us)
{
	const json_t *value = json_object_get(claims, name);
	json_int_t seconds = json_integer_value(value);

	if (!json_is_integer(value) || seconds < 0 || seconds > INT64_C(253402300799))
		return false;
	*ret_us = seconds * US_PER_S;
	return true;
}

/* One audience, or a list with ours in it; then the party it was made for has to be us as well (section 3.1.3.7). */
static bool is_for_us(const json_t *claims, struct str audience)
{
	const json_t *value = json_object_get(claims, "aud");

	if (json_is_string(value))
		return str_eq(str_from(json_string_value(value)), audience);
	if (json_object_get(claims, "azp") && !str_eq(str_from(text_of(claims, "azp")), audience))
		return false;
	for (size_t i = 0; i < json_array_size(value); i++)
		if (str_eq(str_from(json_string_value(json_array_get(value, i))), audience))
			return true;
	return false;
}

static enum token_verdict check_times(const json_t *claims, int64_t now_us)
{
	int64_t expires, issued, not_before = 0;

	if (!claim_time(claims, "exp", &expires) || !claim_time(claims, "iat", &issued) ||
	    (json_object_get(claims, "nbf") && !claim_time(claims, "nbf", &not_before)))
		return TOKEN_MALFORMED;
	if (now_us >= expires + LEEWAY_US || now_us < not_before - LEEWAY_US || now_us < issued - LEEWAY_US)
		return TOKEN_EXPIRED;
	return TOKEN_VALID;
}

static enum token_verdict claims_read(const json_t *claims, const struct id_rules *rules, struct arena *arena,
                                      int64_t now_us, struct id_claims *ret)
{
	struct str subject = str_from(text_of(claims, "sub"));
	enum token_verdict verdict = check_times(claims, now_us);

	if (verdict != TOKEN_VALID)
		return verdict;
	if (!str_eq(str_from(text_of(claims, "iss")), rules->issuer) || !is_for_us(claims, rules->audience))
		return TOKEN_FOREIGN;
	if (!subject.len || subject.len > SUBJECT_MAX)
		return TOKEN_MALFORMED;
	*ret = (struct id_claims){
		.subject = str_dup(arena, subject),
		.email = str_dup(arena, str_from(text_of(claims, "email"))),
		.name = str_dup(arena, str_from(text_of(claims, "name"))),
		.email_verified = json_is_true(json_object_get(claims, "email_verified")),
	};
	return TOKEN_VALID;
}

static bool is_signed(const struct jwk *key, struct str token)
{
	cjose_jws_t *jws = cjose_jws_import(token.ptr, token.len, NULL);
	bool good = jws && cjose_jws_verify(jws, key->key, NULL);

	cjose_jws_release(jws);
	return good;
}

enum token_verdict id_token_verify(const struct jwks *jwks, const struct id_rules *rules, struct arena *arena,
                                   struct str token, int64_t now_us, struct id_claims *ret)
{
	struct str kid, algorithm, rest = token;

	if (!header_read(arena, token, &kid, &algorithm))
		return TOKEN_MALFORMED;
	const struct jwk *key = key_find(jwks, kid);

	/* The key decides the algorithm, never the token. */
	if (!key || !str_eq(str_from(key->algorithm), algorithm) || !is_signed(key, token))
		return TOKEN_BAD_SIGNATURE;
	(void)str_cut(&rest, '.');
	json_t *claims = part_load(arena, str_cut(&rest, '.'));
	enum token_verdict verdict =
	        json_is_object(claims) ? claims_read(claims, rules, arena, now_us, ret) : TOKEN_MALFORMED;

	json_decref(claims);
	return verdict;
}
