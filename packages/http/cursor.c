/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cursors: base64url of version byte, payload and 16 bytes of HMAC-SHA256 over the scope's length, the scope, and the
 * payload. The length keeps a scope's end from being read as a payload's beginning.
 */
#include <sodium.h>

#include "base/check.h"
#include "base/encode.h"
#include "http/message.h"

enum { CURSOR_VERSION = 1, CURSOR_MAC_LEN = 16 };

_Static_assert(CURSOR_TEXT_MAX >= (1 + CURSOR_PAYLOAD_MAX + CURSOR_MAC_LEN) * 4 / 3 + 3, "the longest cursor");

_Static_assert(sizeof(((struct cursor_key *)0)->bytes) == crypto_auth_hmacsha256_KEYBYTES, "key size");

/* A key of its own out of a secret that has other uses as well. */
void cursor_key_init(struct cursor_key *key, struct str secret)
{
	static const char label[] = "stoa cursor key 1";
	crypto_auth_hmacsha256_state state;

	CHECK(sodium_init() >= 0);
	crypto_auth_hmacsha256_init(&state, (const unsigned char *)(secret.len ? secret.ptr : ""), secret.len);
	crypto_auth_hmacsha256_update(&state, (const unsigned char *)label, sizeof(label) - 1);
	crypto_auth_hmacsha256_final(&state, key->bytes);
}

static void update(crypto_auth_hmacsha256_state *state, struct str bytes)
{
	crypto_auth_hmacsha256_update(state, (const unsigned char *)(bytes.len ? bytes.ptr : ""), bytes.len);
}

static void mac_of(const struct cursor_key *key, struct str scope, struct str payload, uint8_t mac[CURSOR_MAC_LEN])
{
	uint8_t whole[crypto_auth_hmacsha256_BYTES];
	uint64_t scope_len = scope.len;
	crypto_auth_hmacsha256_state state;

	crypto_auth_hmacsha256_init(&state, key->bytes, sizeof(key->bytes));
	update(&state, (struct str){ (const char *)&scope_len, sizeof(scope_len) });
	update(&state, scope);
	update(&state, payload);
	crypto_auth_hmacsha256_final(&state, whole);
	memcpy(mac, whole, CURSOR_MAC_LEN);
}

struct str cursor_seal(struct arena *arena, const struct cursor_key *key, struct str scope, struct str payload)
{
	size_t len = 1 + payload.len + CURSOR_MAC_LEN;

	/* The payload may come out of somebody's data. */
	if (payload.len > CURSOR_PAYLOAD_MAX)
		fail("a cursor of %zu bytes: at most %d", payload.len, CURSOR_PAYLOAD_MAX);
	char *bytes = arena_alloc_raw(arena, len);

	bytes[0] = CURSOR_VERSION;
	if (payload.len)
		memcpy(bytes + 1, payload.ptr, payload.len);
	mac_of(key, scope, payload, (uint8_t *)bytes + 1 + payload.len);
	return base64url_encode(arena, (struct str){ bytes, len });
}

int cursor_open(struct arena *arena, const struct cursor_key *key, struct str scope, struct str text,
                struct str *ret_payload)
{
	struct str bytes;
	struct str payload;
	uint8_t mac[CURSOR_MAC_LEN];

	if (text.len > CURSOR_TEXT_MAX || base64url_decode(arena, text, &bytes))
		return -1;
	if (bytes.len < 1 + CURSOR_MAC_LEN || bytes.ptr[0] != CURSOR_VERSION)
		return -1;
	payload = str_slice(bytes, 1, bytes.len - CURSOR_MAC_LEN);
	if (payload.len > CURSOR_PAYLOAD_MAX)
		return -1;
	mac_of(key, scope, payload, mac);
	if (sodium_memcmp(mac, bytes.ptr + bytes.len - CURSOR_MAC_LEN, CURSOR_MAC_LEN) != 0)
		return -1;
	*ret_payload = payload;
	return 0;
}
