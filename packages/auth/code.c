/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/code.h"

#include <sodium.h>

#include "base/random.h"

enum { CODES = 1000000 };

struct str code_new(struct arena *arena)
{
	return str_printf(arena, "%0*u", CODE_DIGITS, (unsigned)random_below(CODES));
}

struct str code_hash(struct arena *arena, struct str key, struct uuid id, struct str code)
{
	unsigned char *hash = arena_alloc(arena, crypto_auth_hmacsha256_BYTES);
	crypto_auth_hmacsha256_state state;

	crypto_auth_hmacsha256_init(&state, (const unsigned char *)key.ptr, key.len);
	crypto_auth_hmacsha256_update(&state, id.bytes, sizeof(id.bytes));
	crypto_auth_hmacsha256_update(&state, (const unsigned char *)code.ptr, code.len);
	crypto_auth_hmacsha256_final(&state, hash);
	return (struct str){ (const char *)hash, crypto_auth_hmacsha256_BYTES };
}

bool code_hash_eq(struct str a, struct str b)
{
	return a.len == crypto_auth_hmacsha256_BYTES && b.len == a.len && !sodium_memcmp(a.ptr, b.ptr, a.len);
}
