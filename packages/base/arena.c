/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory comes from a chain of blocks, the newest in front; the first one lives in the same malloc as the
 * arena itself. Blocks double up to BLOCK_LIMIT, and a request too big to share gets a block of its own
 * behind the front one, whose rest stays in use.
 *
 * Hook records are not held against the ceiling: a resource that has just been opened must never be lost
 * because there was no room to write it down.
 */
#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>

#include "base/check.h"

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_EMULATED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_EMULATED 1
#endif
#endif
#ifndef ARENA_EMULATED
#define ARENA_EMULATED 0
#endif

enum { ALIGNMENT = 16, BLOCK_LIMIT = 256 * 1024 };

struct hook {
	struct hook *next;
	arena_hook *call;
	void *arg;
};

struct block {
	struct block *next;
	char *free;
	char *end;
	_Alignas(ALIGNMENT) char bytes[];
};

struct arena {
	size_t used;
	size_t max;
	size_t block_size; /* of the next block */
	size_t first_size;
	arena_hook *on_exhausted;
	void *exhausted_arg;
	struct hook *hooks;
	struct hook *spare_hooks;
	struct block *blocks;
#if ARENA_EMULATED
	void **pieces;
	size_t piece_count;
	size_t piece_cap;
#endif
	struct block first; /* must stay last */
};

_Static_assert(_Alignof(max_align_t) <= ALIGNMENT, "arena memory suits any type");

static void *must_malloc(size_t size)
{
	void *memory = malloc(size);

	CHECK(memory);
	return memory;
}

static void block_init(struct block *block, size_t size)
{
	block->next = NULL;
	block->free = block->bytes;
	block->end = block->bytes + size;
}

static size_t rounded(size_t size)
{
	return size ? (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1) : ALIGNMENT;
}

#if ARENA_EMULATED

static void *take(struct arena *arena, size_t size)
{
	void *piece = must_malloc(size ? size : 1);

	if (arena->piece_count == arena->piece_cap) {
		arena->piece_cap = arena->piece_cap ? arena->piece_cap * 2 : 64;
		arena->pieces = realloc(arena->pieces, arena->piece_cap * sizeof(*arena->pieces));
		CHECK(arena->pieces);
	}
	arena->pieces[arena->piece_count++] = piece;
	return piece;
}

static void give_back(struct arena *arena)
{
	while (arena->piece_count > 0)
		free(arena->pieces[--arena->piece_count]);
	free(arena->pieces);
	arena->pieces = NULL;
	arena->piece_cap = 0;
}

#else

static void *take_from_new_block(struct arena *arena, size_t size)
{
	bool alone = size > arena->block_size / 2;
	size_t capacity = alone ? size : arena->block_size;
	struct block *block = must_malloc(sizeof(*block) + capacity);

	block_init(block, capacity);
	block->free += size;
	if (alone) {
		block->next = arena->blocks->next;
		arena->blocks->next = block;
	} else {
		block->next = arena->blocks;
		arena->blocks = block;
		if (arena->block_size < BLOCK_LIMIT)
			arena->block_size *= 2;
	}
	return block->bytes;
}

static void *take(struct arena *arena, size_t size)
{
	struct block *block = arena->blocks;
	char *piece = block->free;

	size = rounded(size);
	if (size > (size_t)(block->end - piece))
		return take_from_new_block(arena, size);
	block->free = piece + size;
	return piece;
}

static void give_back(struct arena *arena)
{
	struct block *block = arena->blocks;

	/* The first block may stand anywhere: blocks of their own are put behind the front one. */
	while (block) {
		struct block *next = block->next;

		if (block != &arena->first)
			free(block);
		block = next;
	}
	arena->first.next = NULL;
	arena->first.free = arena->first.bytes;
	arena->blocks = &arena->first;
	arena->block_size = arena->first_size;
}

#endif

struct arena *arena_new(size_t block, size_t max, arena_hook *on_exhausted, void *arg)
{
	struct arena *arena;

	CHECK(max <= PTRDIFF_MAX && block <= PTRDIFF_MAX - sizeof(*arena) - ALIGNMENT);
	block = rounded(block);
	arena = must_malloc(sizeof(*arena) + (ARENA_EMULATED ? 0 : block));
	memset(arena, 0, sizeof(*arena));
	block_init(&arena->first, ARENA_EMULATED ? 0 : block);
	arena->blocks = &arena->first;
	arena->block_size = block;
	arena->first_size = block;
	arena->max = max;
	arena->on_exhausted = on_exhausted;
	arena->exhausted_arg = arg;
	return arena;
}

void arena_reset(struct arena *arena)
{
	/* A hook may allocate, and may register or forget hooks, so each is taken off before it runs. */
	while (arena->hooks) {
		struct hook *hook = arena->hooks;

		arena->hooks = hook->next;
		hook->call(hook->arg);
	}
	arena->spare_hooks = NULL;
	arena->used = 0;
	give_back(arena);
}

void arena_free(struct arena *arena)
{
	if (!arena)
		return;
	arena_reset(arena);
	free(arena);
}

static NORETURN void exhausted(struct arena *arena)
{
	if (arena->on_exhausted)
		arena->on_exhausted(arena->exhausted_arg);
	check_failed(__FILE__, __LINE__, "arena ceiling");
}

void *arena_alloc_raw(struct arena *arena, size_t size)
{
	if (size > arena->max || rounded(size) > arena->max - arena->used)
		exhausted(arena);
	arena->used += rounded(size);
	return take(arena, size);
}

void *arena_alloc(struct arena *arena, size_t size)
{
	return memset(arena_alloc_raw(arena, size), 0, size);
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(count, size, &total))
		exhausted(arena);
	return arena_alloc(arena, total);
}

void *arena_copy(struct arena *arena, const void *bytes, size_t size)
{
	void *copy = arena_alloc_raw(arena, size);

	return size ? memcpy(copy, bytes, size) : copy;
}

void arena_on_reset(struct arena *arena, arena_hook *call, void *arg)
{
	struct hook *hook = arena->spare_hooks;

	if (hook)
		arena->spare_hooks = hook->next;
	else
		hook = take(arena, sizeof(*hook));
	*hook = (struct hook){ .next = arena->hooks, .call = call, .arg = arg };
	arena->hooks = hook;
}

void arena_unhook(struct arena *arena, arena_hook *call, void *arg)
{
	for (struct hook **at = &arena->hooks; *at; at = &(*at)->next) {
		struct hook *hook = *at;

		if (hook->call == call && hook->arg == arg) {
			*at = hook->next;
			hook->next = arena->spare_hooks;
			arena->spare_hooks = hook;
			return;
		}
	}
}

size_t arena_used(const struct arena *arena)
{
	return arena->used;
}
