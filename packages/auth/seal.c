/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/seal.h"

#include <sodium.h>

#include "base/encode.h"
#include "base/random.h"

enum {
	KEY_LEN = crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
	NONCE_LEN = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
	TAG_LEN = crypto_aead_xchacha20poly1305_ietf_ABYTES,
};

/* The secret signs tokens as well: the key is another one, and no token has a space. */
static void key_of(struct str secret, unsigned char ret[KEY_LEN])
{
	static const unsigned char use[] = "stored and sealed";
	crypto_auth_hmacsha256_state state;

	crypto_auth_hmacsha256_init(&state, (const unsigned char *)secret.ptr, secret.len);
	crypto_auth_hmacsha256_update(&state, use, sizeof(use) - 1);
	crypto_auth_hmacsha256_final(&state, ret);
}

struct str seal(struct arena *arena, struct str secret, struct str place, struct str text)
{
	unsigned char key[KEY_LEN], *out = arena_alloc(arena, NONCE_LEN + text.len + TAG_LEN);
	unsigned long long len;

	key_of(secret, key);
	random_bytes(out, NONCE_LEN);
	crypto_aead_xchacha20poly1305_ietf_encrypt(out + NONCE_LEN, &len, (const unsigned char *)text.ptr, text.len,
	                                           (const unsigned char *)place.ptr, place.len, NULL, out, key);
	sodium_memzero(key, sizeof(key));
	return base64url_encode(arena, (struct str){ (const char *)out, NONCE_LEN + (size_t)len });
}

struct str unseal(struct arena *arena, struct str secret, struct str place, struct str sealed)
{
	unsigned char key[KEY_LEN], *out;
	struct str bytes;
	unsigned long long len;
	int refused;

	if (base64url_decode(arena, sealed, &bytes) || bytes.len < NONCE_LEN + TAG_LEN)
		return STR_NULL;
	out = arena_alloc(arena, bytes.len - NONCE_LEN);
	key_of(secret, key);
	refused = crypto_aead_xchacha20poly1305_ietf_decrypt(
	        out, &len, NULL, (const unsigned char *)bytes.ptr + NONCE_LEN, bytes.len - NONCE_LEN,
	        (const unsigned char *)place.ptr, place.len, (const unsigned char *)bytes.ptr, key);
	sodium_memzero(key, sizeof(key));
	return refused ? STR_NULL : (struct str){ (const char *)out, (size_t)len };
}
