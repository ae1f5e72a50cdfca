/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An arena owns the memory of one request, event or job and is reset, not freed piece by piece. What must
 * be closed (a PGresult, a descriptor, a half-sent query) registers a hook; hooks run last in, first out,
 * at reset and at free. Each arena has a ceiling chosen by its creator: past it `on_exhausted` is called,
 * which must not return (a task ends its attempt; without one the process aborts).
 *
 * Under the address sanitizer every allocation is a malloc of its own, so overruns and stale pointers are
 * seen. Not thread-safe: an arena belongs to one task.
 */
#ifndef STOA_BASE_ARENA_H
#define STOA_BASE_ARENA_H

#include <stddef.h>

struct arena;
typedef void arena_hook(void *arg);

/* First block of `block` bytes kept for ever; further blocks are returned at reset. Aborts without memory.
 * `on_exhausted` may be NULL. */
struct arena *arena_new(size_t block, size_t max, arena_hook *on_exhausted, void *arg);
void arena_free(struct arena *arena); /* runs the hooks; NULL is fine */

/* Runs the hooks, then forgets everything allocated. */
void arena_reset(struct arena *arena);

/* Zeroed, aligned for any type, never NULL. arena_alloc(a, 0) gives a valid pointer. */
void *arena_alloc(struct arena *arena, size_t size);
void *arena_array(struct arena *arena, size_t count, size_t size); /* multiplication checked */
void *arena_copy(struct arena *arena, const void *bytes, size_t size);
/* Not zeroed: for buffers about to be filled. */
void *arena_alloc_raw(struct arena *arena, size_t size);

#define ARENA_NEW(arena, type)          ((type *)arena_alloc((arena), sizeof(type)))
#define ARENA_ARRAY(arena, type, count) ((type *)arena_array((arena), (count), sizeof(type)))

/* `call(arg)` runs at the next reset or free, before memory goes. arena_unhook forgets the newest
 * registration of this pair, for things closed early. */
void arena_on_reset(struct arena *arena, arena_hook *call, void *arg);
void arena_unhook(struct arena *arena, arena_hook *call, void *arg);

size_t arena_used(const struct arena *arena); /* bytes handed out since the last reset */

#endif
