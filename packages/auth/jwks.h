/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ID tokens of outside identity providers (OpenID Connect Core 1.0 section 2) and the key sets they are checked with
 * (RFC 7517). A key decides its algorithm, RS256 or ES256, and a token that names another one is refused: so neither
 * "none" nor a public key used as an HMAC secret is accepted. Checked: signature by the key its kid names, iss, aud,
 * exp, iat, nbf where there is one, sub, with 60 s of leeway. Nothing in a token's header is followed: no jku, no jwk.
 */
#ifndef STOA_AUTH_JWKS_H
#define STOA_AUTH_JWKS_H

#include "auth/token.h"
#include "base/arena.h"
#include "base/attr.h"
#include "base/str.h"

enum { JWKS_KEYS_MAX = 32, JWKS_TEXT_MAX = 128 * 1024 };

struct jwks;

/* The usable keys of a set: RSA of 2048 to 4096 bits or P-256, for signatures, with a kid. Others are left out, and so
 * is what exceeds JWKS_KEYS_MAX. NULL when it is no key set, or none of its keys is usable. Needs no task. */
struct jwks *jwks_parse(struct str json);
void jwks_free(struct jwks *jwks);
bool jwks_has(const struct jwks *jwks, struct str kid);

/* The kid a token names, read before the token is verified. False: it cannot be a token of a provider. */
bool id_token_kid(struct arena *arena, struct str token, struct str *ret);

struct id_rules {
	struct str issuer, audience;
};

struct id_claims {
	struct str subject;
	struct str email; /* null: none */
	struct str name;  /* null: none */
	bool email_verified;
};

/* *ret is set only when valid, in the arena. Longer tokens than JOSE_TOKEN_MAX are malformed. */
MUST_CHECK enum token_verdict id_token_verify(const struct jwks *jwks, const struct id_rules *rules,
                                              struct arena *arena, struct str token, int64_t now_us,
                                              struct id_claims *ret);

#endif
