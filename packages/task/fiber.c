/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Boost.Context's two assembly routines do the switch; they are plain C symbols of its static library and need no
 * C++ runtime. Stacks are mapped without reserve, so an untouched page costs nothing, with a guard below that kills
 * the process on overflow instead of letting it write into a neighbour. The guard is as large as a stack: a frame that
 * leaps over it could not have run on a stack at all.
 *
 * Stacks all begin at the same offset in a page; without the colouring in fiber_open the hot top lines of thousands
 * of waiting tasks would share a handful of cache sets.
 */
#include "task/fiber.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>

#include "base/check.h"

#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#define HAVE_VALGRIND 1
#else
#define HAVE_VALGRIND 0
#endif

#if defined(__SANITIZE_ADDRESS__)
#define HAVE_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAVE_ASAN 1
#endif
#endif
#ifndef HAVE_ASAN
#define HAVE_ASAN 0
#endif

#if defined(__SANITIZE_THREAD__)
#define HAVE_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define HAVE_TSAN 1
#endif
#endif
#ifndef HAVE_TSAN
#define HAVE_TSAN 0
#endif

#if HAVE_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#if HAVE_TSAN
#include <sanitizer/tsan_interface.h>
#endif

#define STACK_SIZE ((size_t)64 * 1024 * (HAVE_ASAN || HAVE_TSAN ? 4 : 1))
#define PAINT      0x5a

enum { COLOURS = 16, COLOUR_STEP = 256 };

/* Boost.Context's C interface (boost/context/detail/fcontext.hpp). */
typedef void *fcontext_t;
struct transfer {
	fcontext_t fctx;
	void *data;
};
struct transfer jump_fcontext(fcontext_t to, void *vp);
fcontext_t make_fcontext(void *sp, size_t size, void (*fn)(struct transfer));

/* ---- The sanitizers' books: each does nothing in an ordinary build ----------------------------- */

/* About to jump away. `save` keeps the fake stack of the one who leaves; NULL when it never comes back. */
static inline void announce(void **save, const void *bottom, size_t size, void *tsan)
{
#if HAVE_ASAN
	__sanitizer_start_switch_fiber(save, bottom, size);
#endif
#if HAVE_TSAN
	__tsan_switch_to_fiber(tsan, 0);
#endif
	(void)save, (void)bottom, (void)size, (void)tsan;
}

/* Arrived. `from` learns the bounds of the stack we came from. */
static inline void arrived(void *fake_stack, struct fiber_home *from)
{
#if HAVE_ASAN
	__sanitizer_finish_switch_fiber(fake_stack, from ? &from->bottom : NULL, from ? &from->size : NULL);
#endif
	(void)fake_stack, (void)from;
}

/* Frames that never returned leave their red zones in the shadow memory. */
static void forget_frames(const struct fiber *fiber)
{
#if HAVE_ASAN
	__asan_unpoison_memory_region(fiber->bottom, fiber->size);
#endif
	(void)fiber;
}

static void forget_calls(struct fiber *fiber)
{
#if HAVE_TSAN
	if (fiber->tsan)
		__tsan_destroy_fiber(fiber->tsan);
	fiber->tsan = NULL;
#endif
	(void)fiber;
}

/* A stack that is used again begins without the calls of its last use, which never returned. */
static void begin_calls(struct fiber *fiber)
{
	forget_calls(fiber);
#if HAVE_TSAN
	fiber->tsan = __tsan_create_fiber(0);
#endif
}

/* Loops are made on one thread and may run on another: home is where the fiber is entered from. */
static inline void note_home(struct fiber_home *home)
{
#if HAVE_TSAN
	home->tsan = __tsan_get_current_fiber();
#endif
	(void)home;
}

static void register_stack(struct fiber *fiber)
{
#if HAVE_VALGRIND
	fiber->valgrind = VALGRIND_STACK_REGISTER(fiber->bottom, fiber->bottom + fiber->size);
#endif
	(void)fiber;
}

static void unregister_stack(struct fiber *fiber)
{
#if HAVE_VALGRIND
	VALGRIND_STACK_DEREGISTER(fiber->valgrind);
#endif
	forget_calls(fiber);
	(void)fiber;
}

/* ---- Depth ------------------------------------------------------------------------------------ */

static atomic_size_t deepest;

size_t fiber_high_water(void)
{
	return atomic_load_explicit(&deepest, memory_order_relaxed);
}

#ifdef STOA_STACK_PAINT
static void paint(struct fiber *fiber)
{
	memset(fiber->bottom, PAINT, fiber->size);
}

static void measure(const struct fiber *fiber)
{
	size_t untouched = 0;
	size_t seen = fiber_high_water();

	while (untouched < fiber->size && fiber->bottom[untouched] == PAINT)
		untouched++;
	while (fiber->size - untouched > seen &&
	       !atomic_compare_exchange_weak(&deepest, &seen, fiber->size - untouched))
		;
}
#else
static void paint(struct fiber *fiber)
{
	(void)fiber;
}

static void measure(const struct fiber *fiber)
{
	(void)fiber;
}
#endif

/* ---- Stacks ----------------------------------------------------------------------------------- */

static size_t guard_size(void)
{
	return STACK_SIZE;
}

int fiber_open(struct fiber *fiber, struct fiber_home *home)
{
	size_t guard = guard_size();
	char *map = mmap(NULL, guard + STACK_SIZE, PROT_READ | PROT_WRITE,
	                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);

	if (map == MAP_FAILED)
		return -1;
	if (mprotect(map, guard, PROT_NONE)) {
		munmap(map, guard + STACK_SIZE);
		return -1;
	}
	*fiber = (struct fiber){ .home = home, .bottom = map + guard, .size = STACK_SIZE };
	register_stack(fiber);
	paint(fiber);
	return 0;
}

void fiber_close(struct fiber *fiber)
{
	size_t guard = guard_size();

	if (!fiber->bottom)
		return;
	unregister_stack(fiber);
	forget_frames(fiber);
	munmap(fiber->bottom - guard, guard + fiber->size);
	fiber->bottom = NULL;
}

/* ---- Switching -------------------------------------------------------------------------------- */

static void fiber_main(struct transfer from)
{
	struct fiber *fiber = from.data;

	fiber->home->context = from.fctx;
	arrived(NULL, fiber->home);
	fiber->run(fiber);
	CHECK(!"a fiber's function returned");
}

/* Where a stack begins inside its mapping: every address gets one of the colours, always the same. */
static char *stack_top(const struct fiber *fiber)
{
	size_t colour = ((uintptr_t)fiber->bottom / (STACK_SIZE + guard_size())) % COLOURS;

	return fiber->bottom + fiber->size - colour * COLOUR_STEP;
}

void fiber_start(struct fiber *fiber, void (*run)(struct fiber *fiber))
{
	char *top = stack_top(fiber);

	begin_calls(fiber);
	fiber->run = run;
	fiber->context = make_fcontext(top, (size_t)(top - fiber->bottom), fiber_main);
}

void fiber_enter(struct fiber *fiber)
{
	struct fiber_home *home = fiber->home;
	int saved_errno = errno;

	note_home(home);
	announce(&home->fake_stack, fiber->bottom, fiber->size, fiber->tsan);
	struct transfer back = jump_fcontext(fiber->context, fiber);
	arrived(home->fake_stack, NULL);
	fiber->context = back.fctx;
	errno = saved_errno;
}

void fiber_leave(struct fiber *fiber)
{
	struct fiber_home *home = fiber->home;
	int saved_errno = errno;

	announce(&fiber->fake_stack, home->bottom, home->size, home->tsan);
	struct transfer again = jump_fcontext(home->context, NULL);
	arrived(fiber->fake_stack, home);
	home->context = again.fctx;
	errno = saved_errno;
}

void fiber_exit(struct fiber *fiber)
{
	struct fiber_home *home = fiber->home;

	measure(fiber);
	forget_frames(fiber);
	announce(NULL, home->bottom, home->size, home->tsan);
	jump_fcontext(home->context, NULL);
	CHECK(!"an ended fiber was entered");
	__builtin_unreachable();
}
