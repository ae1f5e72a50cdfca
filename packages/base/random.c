/* SPDX-License-Identifier: Apache-2.0 */
#include "base/random.h"

#include <errno.h>
#include <pthread.h>
#include <sys/random.h>

#include "base/check.h"

static _Thread_local struct {
	uint8_t bytes[512];
	size_t left; /* unused bytes, at the end of `bytes` */
} pool;

static pthread_once_t fork_guard = PTHREAD_ONCE_INIT;

static void kernel_bytes(uint8_t *out, size_t count)
{
	while (count > 0) {
		ssize_t got = getrandom(out, count, 0);

		if (got < 0) {
			CHECK(errno == EINTR);
			continue;
		}
		out += got;
		count -= (size_t)got;
	}
}

/* Parent and child must never hand out the same bytes. */
static void forget_pool(void)
{
	pool.left = 0;
}

static void install_fork_guard(void)
{
	CHECK(pthread_atfork(NULL, NULL, forget_pool) == 0);
}

static void refill(void)
{
	CHECK(pthread_once(&fork_guard, install_fork_guard) == 0);
	kernel_bytes(pool.bytes, sizeof(pool.bytes));
	pool.left = sizeof(pool.bytes);
}

void random_bytes(void *out, size_t count)
{
	uint8_t *from;

	if (count > sizeof(pool.bytes) / 2) {
		kernel_bytes(out, count);
		return;
	}
	if (count > pool.left)
		refill();
	from = pool.bytes + sizeof(pool.bytes) - pool.left;
	memcpy(out, from, count);
	explicit_bzero(from, count);
	pool.left -= count;
}

uint64_t random_u64(void)
{
	uint64_t value;

	random_bytes(&value, sizeof(value));
	return value;
}

uint64_t random_below(uint64_t bound)
{
	uint64_t value, unfair;

	CHECK(bound > 0);
	unfair = (UINT64_MAX % bound + 1) % bound; /* 2^64 mod bound: that many values would come up once too often */
	do {
		value = random_u64();
	} while (value < unfair);
	return value % bound;
}
