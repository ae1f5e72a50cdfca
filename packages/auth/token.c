/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A token's life: claims, signed by cjose under one key and one algorithm; on the way back signature first, then
 * claims. A token that verified is remembered under its 128-bit hash, seeded per signer, with what it said, so the
 * second request costs a look-up. The cache is a fixed table: a slot holds one token and the newest wins.
 */
#include "auth/token.h"

#include <cjose/cjose.h>
#include <jansson.h>
#include <sodium.h>
#include <stdlib.h>

#include "auth/jose.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/encode.h"
#include "base/random.h"

enum { TOKEN_MAX = 2048, CACHE_SLOTS = 4096, HASH_LEN = 16, SIGNATURE_LEN = 43, SECRET_MIN = 32, SECRET_LEN = 32 };

struct cached {
	uint8_t hash[HASH_LEN];
	struct actor actor;
};

struct token_signer {
	enum audience audience;
	const struct permissions *permissions;
	cjose_jwk_t *key;
	uint8_t hash_key[crypto_generichash_KEYBYTES];
	struct cached *cache; /* CACHE_SLOTS of them, made when the first token verifies */
};

/* Issuer and audience are one word each: a token of one audience is noise to the other. */
static const char *issuer_of(enum audience audience)
{
	return audience == AUDIENCE_PUBLIC ? "stoa-public" : "stoa-admin";
}

static const char *audience_name(enum audience audience)
{
	return audience == AUDIENCE_PUBLIC ? "public" : "admin";
}

bool actor_can(const struct actor *actor, const struct permission *permission)
{
	if (permission == &permission_anyone)
		return true;
	if (permission == &permission_signed_in)
		return str_is_null(actor->key);
	return permission_set_has(actor->can, permission);
}

struct token_signer *token_signer_new(enum audience audience, struct str secret, const struct permissions *permissions)
{
	struct token_signer *signer = calloc(1, sizeof(*signer));
	cjose_err error;

	CHECK(signer && secret.len >= SECRET_MIN);
	signer->audience = audience;
	signer->permissions = permissions;
	signer->key = cjose_jwk_create_oct_spec((const uint8_t *)secret.ptr, secret.len, &error);
	CHECK(signer->key);
	random_bytes(signer->hash_key, sizeof(signer->hash_key));
	return signer;
}

void token_signer_free(struct token_signer *signer)
{
	if (!signer)
		return;
	cjose_jwk_release(signer->key);
	sodium_memzero(signer->hash_key, sizeof(signer->hash_key));
	free(signer->cache);
	free(signer);
}

/* ---- Signing ---------------------------------------------------------------------------------- */

static json_t *uuid_claim(struct uuid id)
{
	char text[UUID_TEXT_LEN];

	uuid_format(id, text);
	return json_stringn(text, UUID_TEXT_LEN);
}

static char *claims_text(const struct token_signer *signer, const struct actor *actor, int64_t now_us)
{
	struct str role = str_from(actor->role->name);
	json_int_t now_s = now_us / US_PER_S;
	json_t *claims = json_pack("{s:s, s:s, s:o, s:o, s:s%, s:I, s:I, s:I}", "iss", issuer_of(signer->audience),
	                           "aud", audience_name(signer->audience), "sub", uuid_claim(actor->account_id), "sid",
	                           uuid_claim(actor->session_id), "role", role.ptr, role.len, "iat", now_s, "nbf",
	                           now_s, "exp", (json_int_t)(actor->expires_at / US_PER_S));

	CHECK(claims);
	if (actor->scope.set)
		CHECK(!json_object_set_new(claims, "scope_id", uuid_claim(actor->scope.value)));
	char *text = json_dumps(claims, JSON_COMPACT);

	json_decref(claims);
	CHECK(text);
	return text;
}

struct str token_sign(struct token_signer *signer, struct arena *arena, const struct actor *actor, int64_t now_us)
{
	char *claims = claims_text(signer, actor, now_us);
	cjose_header_t *header = cjose_header_new(NULL);
	const char *compact = NULL;

	CHECK(header && cjose_header_set(header, CJOSE_HDR_ALG, CJOSE_HDR_ALG_HS256, NULL));
	CHECK(cjose_header_set(header, "typ", "JWT", NULL));
	cjose_jws_t *jws = cjose_jws_sign(signer->key, header, (const uint8_t *)claims, strlen(claims), NULL);

	CHECK(jws && cjose_jws_export(jws, &compact, NULL)); /* the text belongs to jws */
	struct str token = str_dup(arena, str_from(compact));

	cjose_jws_release(jws);
	cjose_header_release(header);
	free(claims);
	return token;
}

/* ---- Verifying -------------------------------------------------------------------------------- */

static bool claim_is(const json_t *claims, const char *name, const char *wanted)
{
	const char *value = json_string_value(json_object_get(claims, name));

	return value && !strcmp(value, wanted);
}

static bool claim_uuid(const json_t *claims, const char *name, struct uuid *ret)
{
	return !uuid_parse(str_from(json_string_value(json_object_get(claims, name))), ret);
}

/* Seconds of a NumericDate we issue: a whole number within the years we can write. */
static bool claim_time(const json_t *claims, const char *name, int64_t *ret_us)
{
	const json_t *value = json_object_get(claims, name);
	json_int_t seconds = json_integer_value(value);

	if (!json_is_integer(value) || seconds < 0 || seconds > INT64_C(253402300799))
		return false;
	*ret_us = seconds * US_PER_S;
	return true;
}

static enum token_verdict read_claims(const struct token_signer *signer, const json_t *claims, int64_t now_us,
                                      struct actor *ret)
{
	struct actor actor = { .audience = signer->audience };
	int64_t not_before, issued;

	if (!claim_is(claims, "iss", issuer_of(signer->audience)) ||
	    !claim_is(claims, "aud", audience_name(signer->audience)))
		return TOKEN_FOREIGN;
	actor.role = role_find(signer->permissions, str_from(json_string_value(json_object_get(claims, "role"))));
	if (!actor.role || actor.role->audience != signer->audience)
		return TOKEN_FOREIGN;
	actor.can = role_permissions(signer->permissions, actor.role);
	actor.scope.set = json_object_get(claims, "scope_id");
	if (actor.scope.set && !claim_uuid(claims, "scope_id", &actor.scope.value))
		return TOKEN_MALFORMED;
	if (!claim_uuid(claims, "sub", &actor.account_id) || !claim_uuid(claims, "sid", &actor.session_id) ||
	    !claim_time(claims, "exp", &actor.expires_at) || !claim_time(claims, "nbf", &not_before) ||
	    !claim_time(claims, "iat", &issued))
		return TOKEN_MALFORMED;
	if (now_us >= actor.expires_at + TOKEN_LEEWAY_US || now_us < not_before - TOKEN_LEEWAY_US ||
	    now_us < issued - TOKEN_LEEWAY_US)
		return TOKEN_EXPIRED;
	*ret = actor;
	return TOKEN_VALID;
}

/* Our algorithm, no other kind of token (RFC 8725 section 3.11), and nothing we would have to understand (RFC 7515
 * section 4.1.11), which cjose does not look at. */
static bool is_header_ours(struct str token)
{
	struct str part = str_cut(&token, '.');
	unsigned char text[TOKEN_MAX];
	size_t len = 0;

	if (sodium_base642bin(text, sizeof(text), part.ptr, part.len, NULL, &len, NULL,
	                      sodium_base64_VARIANT_URLSAFE_NO_PADDING))
		return false;
	json_t *header = json_loadb((const char *)text, len, JSON_REJECT_DUPLICATES, NULL);
	const json_t *type = json_object_get(header, "typ");
	bool ours = claim_is(header, "alg", CJOSE_HDR_ALG_HS256) && !json_object_get(header, "crit") &&
	            (!type || str_eq_nocase(str_from(json_string_value(type)), STR("JWT")));

	json_decref(header);
	return ours;
}

static enum token_verdict verify_parsed(const struct token_signer *signer, cjose_jws_t *jws, int64_t now_us,
                                        struct actor *ret)
{
	uint8_t *payload = NULL;
	size_t payload_len = 0;

	/* The key decides the algorithm, never the token. */
	if (!cjose_jws_verify(jws, signer->key, NULL))
		return TOKEN_BAD_SIGNATURE;
	if (!cjose_jws_get_plaintext(jws, &payload, &payload_len, NULL))
		return TOKEN_MALFORMED;
	json_t *claims = json_loadb((const char *)payload, payload_len, JSON_REJECT_DUPLICATES, NULL);
	enum token_verdict verdict =
	        json_is_object(claims) ? read_claims(signer, claims, now_us, ret) : TOKEN_MALFORMED;

	json_decref(claims);
	return verdict;
}

/* What the libraries must not be shown (jose.h); cjose also compares a signature before it knows how long that is. */
static bool has_our_shape(struct str token)
{
	struct str header = str_cut(&token, '.'), payload = str_cut(&token, '.');

	return jose_is_base64url(header) && jose_is_base64url(payload) && jose_is_base64url(token) &&
	       token.len == SIGNATURE_LEN && jose_is_shallow(header);
}

static enum token_verdict verify_slowly(const struct token_signer *signer, struct str token, int64_t now_us,
                                        struct actor *ret)
{
	cjose_jws_t *jws =
	        has_our_shape(token) && is_header_ours(token) ? cjose_jws_import(token.ptr, token.len, NULL) : NULL;

	if (!jws)
		return TOKEN_MALFORMED;
	enum token_verdict verdict = verify_parsed(signer, jws, now_us, ret);

	cjose_jws_release(jws);
	return verdict;
}

static struct cached *cache_slot(struct token_signer *signer, const uint8_t hash[HASH_LEN])
{
	uint32_t index;

	if (!signer->cache)
		signer->cache = calloc(CACHE_SLOTS, sizeof(*signer->cache));
	CHECK(signer->cache);
	memcpy(&index, hash, sizeof(index));
	return &signer->cache[index % CACHE_SLOTS];
}

enum token_verdict token_verify(struct token_signer *signer, struct str token, int64_t now_us, struct actor *ret)
{
	uint8_t hash[HASH_LEN];

	if (!token.len || token.len > TOKEN_MAX)
		return TOKEN_MALFORMED;
	crypto_generichash(hash, sizeof(hash), (const uint8_t *)token.ptr, token.len, signer->hash_key,
	                   sizeof(signer->hash_key));
	struct cached *cached = cache_slot(signer, hash);

	if (!memcmp(cached->hash, hash, HASH_LEN) && now_us < cached->actor.expires_at) {
		*ret = cached->actor;
		return TOKEN_VALID;
	}
	enum token_verdict verdict = verify_slowly(signer, token, now_us, ret);

	if (verdict == TOKEN_VALID) {
		memcpy(cached->hash, hash, HASH_LEN);
		cached->actor = *ret;
	}
	return verdict;
}

/* ---- Opaque secrets --------------------------------------------------------------------------- */

struct str secret_new(struct arena *arena)
{
	char bytes[SECRET_LEN];

	random_bytes(bytes, sizeof(bytes));
	return base64url_encode(arena, (struct str){ bytes, sizeof(bytes) });
}

struct str secret_hash(struct arena *arena, struct str secret)
{
	char *hash = arena_alloc(arena, crypto_hash_sha256_BYTES);

	crypto_hash_sha256((uint8_t *)hash, (const uint8_t *)secret.ptr, secret.len);
	return (struct str){ hash, crypto_hash_sha256_BYTES };
}

struct str secret_next(struct arena *arena, struct str key, struct str secret)
{
	unsigned char bytes[crypto_auth_hmacsha256_BYTES];
	crypto_auth_hmacsha256_state state;

	/* The same key signs access tokens; no text of theirs has a space. */
	crypto_auth_hmacsha256_init(&state, (const unsigned char *)key.ptr, key.len);
	crypto_auth_hmacsha256_update(&state, (const unsigned char *)"next secret ", 12);
	crypto_auth_hmacsha256_update(&state, (const unsigned char *)secret.ptr, secret.len);
	crypto_auth_hmacsha256_final(&state, bytes);
	return base64url_encode(arena, (struct str){ (const char *)bytes, SECRET_LEN });
}
