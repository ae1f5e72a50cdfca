/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Access tokens: JWT (RFC 7519) signed with HS256 through cjose, one key and issuer per audience. Checked: exactly the
 * algorithm of the key, iss, aud, exp, nbf, iat, sub, with 60 s of leeway. Verified tokens are cached per loop by hash
 * until they expire, because a signature check costs more than the rest of a request.
 */
#ifndef STOA_AUTH_TOKEN_H
#define STOA_AUTH_TOKEN_H

#include "auth/permission.h"
#include "base/arena.h"
#include "base/attr.h"
#include "base/clock.h"
#include "base/opt.h"
#include "base/uuid.h"

struct actor {
	struct uuid account_id;
	const struct role *role; /* NULL with a key */
	enum audience audience;
	struct uuid session_id;    /* family of refresh tokens; of a key its id */
	struct opt_uuid scope;     /* the one store (or library) whose rows it may see; not set: all */
	int64_t expires_at;        /* us */
	struct str key;            /* name of the service key it came by (service_key.h); null: an account's token */
	struct permission_set can; /* of its role, or of its key */
};

bool actor_can(const struct actor *actor, const struct permission *permission);

struct token_signer; /* per loop */

/* Clocks may differ by this much: a token is accepted until expires_at plus this. */
#define TOKEN_LEEWAY_US (60 * US_PER_S)

/* `secret` at least 32 bytes, asserted (configuration checks it). `permissions` outlives the signer and its actors. */
struct token_signer *token_signer_new(enum audience audience, struct str secret, const struct permissions *permissions);
void token_signer_free(struct token_signer *signer);

struct str token_sign(struct token_signer *signer, struct arena *arena, const struct actor *actor, int64_t now_us);

enum token_verdict { TOKEN_VALID, TOKEN_MALFORMED, TOKEN_BAD_SIGNATURE, TOKEN_EXPIRED, TOKEN_FOREIGN };
/* *ret is set only when valid. Tokens longer than 2 KiB are malformed. Pure computation, a few us uncached. */
MUST_CHECK enum token_verdict token_verify(struct token_signer *signer, struct str token, int64_t now_us,
                                           struct actor *ret);

/* Refresh tokens and other opaque secrets: 32 random bytes as base64url; what is stored is the SHA-256. */
struct str secret_new(struct arena *arena);
struct str secret_hash(struct arena *arena, struct str secret); /* 32 raw bytes */
/* The secret that follows one under a key of the installation: always the same, so it need not be stored to be given
 * again, and neither of the two tells the other to a reader without the key. */
struct str secret_next(struct arena *arena, struct str key, struct str secret);

#endif
