/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"

#include <endian.h>
#include <pthread.h>

#include "base/check.h"
#include "base/random.h"

struct sip {
	uint64_t v0, v1, v2, v3;
};

static uint8_t process_key[16];
static pthread_once_t process_key_once = PTHREAD_ONCE_INIT;

static uint64_t load_le64(const uint8_t *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
	return le64toh(word);
}

static inline uint64_t rotate(uint64_t word, int bits)
{
	return word << bits | word >> (64 - bits);
}

static inline void sip_rounds(struct sip *s, int rounds)
{
	while (rounds-- > 0) {
		s->v0 += s->v1;
		s->v2 += s->v3;
		s->v1 = rotate(s->v1, 13) ^ s->v0;
		s->v3 = rotate(s->v3, 16) ^ s->v2;
		s->v0 = rotate(s->v0, 32) + s->v3;
		s->v2 += s->v1;
		s->v1 = rotate(s->v1, 17) ^ s->v2;
		s->v3 = rotate(s->v3, 21) ^ s->v0;
		s->v2 = rotate(s->v2, 32);
	}
}

static inline void sip_word(struct sip *s, uint64_t word, int rounds)
{
	s->v3 ^= word;
	sip_rounds(s, rounds);
	s->v0 ^= word;
}

static inline uint64_t siphash(const uint8_t key[16], const uint8_t *bytes, size_t count, int rounds, int last_rounds)
{
	uint64_t k0 = load_le64(key), k1 = load_le64(key + 8);
	struct sip s = {
		.v0 = k0 ^ UINT64_C(0x736f6d6570736575),
		.v1 = k1 ^ UINT64_C(0x646f72616e646f6d),
		.v2 = k0 ^ UINT64_C(0x6c7967656e657261),
		.v3 = k1 ^ UINT64_C(0x7465646279746573),
	};
	uint8_t tail[8] = { 0 };
	size_t whole = count & ~(size_t)7;

	for (size_t i = 0; i < whole; i += 8)
		sip_word(&s, load_le64(bytes + i), rounds);
	if (count > whole)
		memcpy(tail, bytes + whole, count - whole);
	tail[7] = (uint8_t)count;
	sip_word(&s, load_le64(tail), rounds);
	s.v2 ^= 0xff;
	sip_rounds(&s, last_rounds);
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

static void draw_process_key(void)
{
	random_bytes(process_key, sizeof(process_key));
}

uint64_t hash_bytes(const void *bytes, size_t count)
{
	CHECK(pthread_once(&process_key_once, draw_process_key) == 0);
	return siphash(process_key, bytes, count, 1, 3);
}

uint64_t hash_str(struct str s)
{
	return hash_bytes(s.ptr, s.len);
}

uint64_t hash_uuid(struct uuid id)
{
	return hash_bytes(id.bytes, sizeof(id.bytes));
}

uint64_t hash_keyed(const uint8_t key[16], const void *bytes, size_t count)
{
	return siphash(key, bytes, count, 2, 4);
}
