/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens from strangers: any text is refused, and so is anything under a good signature that is not a token of ours in
 * every claim. The second kind is what the input is mostly used for: a header and claims, signed here by the right key.
 */
#include <jansson.h>
#include <sodium.h>

#include "auth/test_roles.h"
#include "auth/token.h"
#include "base/arena.h"
#include "base/check.h"
#include "base/encode.h"
#include "base/test_fuzz.h"

#define SECRET "0123456789abcdef0123456789abcdef"
#define NOW_US INT64_C(1795245600000000)
#define DAY_US INT64_C(86400000000)

static struct str sign(struct arena *arena, struct str header, struct str claims)
{
	struct str signed_text = str_printf(arena, "%.*s.%.*s", STR_ARG(base64url_encode(arena, header)),
	                                    STR_ARG(base64url_encode(arena, claims)));
	uint8_t mac[crypto_auth_hmacsha256_BYTES];
	crypto_auth_hmacsha256_state state;

	crypto_auth_hmacsha256_init(&state, (const uint8_t *)SECRET, strlen(SECRET));
	crypto_auth_hmacsha256_update(&state, (const uint8_t *)signed_text.ptr, signed_text.len);
	crypto_auth_hmacsha256_final(&state, mac);
	return str_printf(arena, "%.*s.%.*s", STR_ARG(signed_text),
	                  STR_ARG(base64url_encode(arena, (struct str){ (const char *)mac, sizeof(mac) })));
}

static bool member_is(const json_t *object, const char *name, const char *wanted)
{
	const char *value = json_string_value(json_object_get(object, name));

	return value && !strcmp(value, wanted);
}

/* What was let through says so itself, read by another's parser. */
static void check_let_through(struct str header, struct str claims, const struct actor *actor)
{
	json_t *head = json_loadb(header.ptr, header.len, 0, NULL), *body = json_loadb(claims.ptr, claims.len, 0, NULL);

	CHECK(json_is_object(head) && json_is_object(body));
	CHECK(member_is(head, "alg", "HS256") && !json_object_get(head, "crit"));
	CHECK(!json_object_get(head, "typ") ||
	      str_eq_nocase(str_from(json_string_value(json_object_get(head, "typ"))), STR("JWT")));
	CHECK(member_is(body, "iss", "stoa-public") && member_is(body, "aud", "public"));
	CHECK(actor->audience == AUDIENCE_PUBLIC && actor->role->audience == AUDIENCE_PUBLIC);
	CHECK(strcmp(actor->role->name, "super_admin") != 0);
	CHECK(actor->expires_at > NOW_US - DAY_US);
	json_decref(head);
	json_decref(body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(4096, (size_t)4 << 20, NULL, NULL);
	struct permissions *permissions = test_permissions();
	struct token_signer *signer = token_signer_new(AUDIENCE_PUBLIC, STR(SECRET), permissions);
	struct str claims = { size ? (const char *)data : "", size };
	struct str header, token;
	struct actor actor;

	if (size <= 4096) {
		CHECK(token_verify(signer, claims, NOW_US, &actor) != TOKEN_VALID);
		header = str_cut(&claims, '\n');
		if (str_is_null(claims))
			claims = STR("");
		token = sign(arena, header, claims);
		if (token_verify(signer, token, NOW_US, &actor) == TOKEN_VALID) {
			check_let_through(header, claims, &actor);
			CHECK(token_verify(signer, token, NOW_US, &actor) == TOKEN_VALID);
		}
	}
	token_signer_free(signer);
	permissions_free(permissions);
	arena_free(arena);
	return 0;
}
