/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"

static void allocations_are_zeroed_aligned_and_apart(void **state)
{
	static const size_t sizes[] = { 0, 1, 15, 16, 17, 100, 5000, 3, 70000, 8, 300000, 0, 64 };
	struct arena *arena = arena_new(1024, 1 << 20, NULL, NULL);
	unsigned char *pieces[ARRAY_COUNT(sizes)];

	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < ARRAY_COUNT(sizes); i++) {
			pieces[i] = arena_alloc(arena, sizes[i]);
			assert_non_null(pieces[i]);
			assert_int_equal((uintptr_t)pieces[i] % 16, 0);
			for (size_t at = 0; at < sizes[i]; at++)
				assert_int_equal(pieces[i][at], 0);
			memset(pieces[i], (int)i + 1, sizes[i]);
		}
		for (size_t i = 0; i < ARRAY_COUNT(sizes); i++) {
			for (size_t at = 0; at < sizes[i]; at++)
				assert_int_equal(pieces[i][at], i + 1);
		}
		arena_reset(arena);
		assert_int_equal(arena_used(arena), 0);
	}
	arena_free(arena);
}

static void many_small_ones_span_blocks(void **state)
{
	struct arena *arena = arena_new(256, 1 << 20, NULL, NULL);
	uint64_t *numbers[5000];

	for (uint64_t i = 0; i < ARRAY_COUNT(numbers); i++) {
		numbers[i] = ARENA_NEW(arena, uint64_t);
		*numbers[i] = i;
	}
	for (uint64_t i = 0; i < ARRAY_COUNT(numbers); i++)
		assert_int_equal(*numbers[i], i);
	assert_int_equal(arena_used(arena), 16 * ARRAY_COUNT(numbers));
	arena_free(arena);
}

static void copies_and_arrays(void **state)
{
	struct arena *arena = arena_new(64, 4096, NULL, NULL);
	int *four = ARENA_ARRAY(arena, int, 4);

	assert_int_equal(four[3], 0);
	assert_memory_equal(arena_copy(arena, "hello", 6), "hello", 6);
	assert_non_null(arena_copy(arena, NULL, 0));
	arena_free(arena);
}

static void jump_out(void *arg)
{
	longjmp(*(jmp_buf *)arg, 1);
}

static void ceiling_calls_on_exhausted(void **state)
{
	jmp_buf out;
	struct arena *arena = arena_new(128, 1024, jump_out, &out);
	volatile int refused = 0;

	assert_non_null(arena_alloc(arena, 1024));
	if (setjmp(out) == 0)
		arena_alloc(arena, 1);
	else
		refused++;
	assert_int_equal(arena_used(arena), 1024);
	arena_reset(arena);

	if (setjmp(out) == 0)
		arena_alloc(arena, 1025);
	else
		refused++;
	if (setjmp(out) == 0)
		arena_alloc(arena, SIZE_MAX);
	else
		refused++;
	if (setjmp(out) == 0)
		arena_array(arena, SIZE_MAX / 2, 3);
	else
		refused++;
	assert_int_equal(refused, 4);
	assert_non_null(arena_alloc(arena, 1000));
	arena_free(arena);
}

static char alphabet[] = "abcdefghijklmnopqrstuvwxyz";
static char journal[16];

#define LETTER(letter) (&alphabet[(letter) - 'a'])

static void note(void *arg)
{
	size_t len = strlen(journal);

	journal[len] = *(const char *)arg;
	journal[len + 1] = '\0';
}

static void hooks_run_last_in_first_out_and_once(void **state)
{
	struct arena *arena = arena_new(64, 1024, NULL, NULL);

	journal[0] = '\0';
	arena_on_reset(arena, note, LETTER('a'));
	arena_on_reset(arena, note, LETTER('b'));
	arena_on_reset(arena, note, LETTER('c'));
	arena_reset(arena);
	assert_string_equal(journal, "cba");
	arena_reset(arena);
	assert_string_equal(journal, "cba");
	arena_on_reset(arena, note, LETTER('d'));
	arena_free(arena);
	assert_string_equal(journal, "cbad");
}

static void unhook_forgets_the_newest_of_the_pair(void **state)
{
	struct arena *arena = arena_new(64, 1024, NULL, NULL);

	journal[0] = '\0';
	arena_on_reset(arena, note, LETTER('a'));
	arena_on_reset(arena, note, LETTER('b'));
	arena_on_reset(arena, note, LETTER('a'));
	arena_unhook(arena, note, LETTER('a'));
	arena_unhook(arena, jump_out, LETTER('b'));
	arena_reset(arena);
	assert_string_equal(journal, "ba");
	arena_free(arena);
}

static void hooks_need_no_room_below_the_ceiling(void **state)
{
	struct arena *arena = arena_new(64, 64, NULL, NULL);

	journal[0] = '\0';
	arena_alloc(arena, 64);
	for (int i = 0; i < 1000; i++) {
		arena_on_reset(arena, note, LETTER('x'));
		arena_unhook(arena, note, LETTER('x'));
	}
	arena_on_reset(arena, note, LETTER('y'));
	assert_int_equal(arena_used(arena), 64);
	arena_free(arena);
	assert_string_equal(journal, "y");
}

static void allocate_and_hook(void *arg)
{
	struct arena *arena = arg;

	memset(arena_alloc(arena, 500), 1, 500);
	arena_on_reset(arena, note, LETTER('n'));
}

static void hooks_may_use_the_arena(void **state)
{
	struct arena *arena = arena_new(64, 1024, NULL, NULL);

	journal[0] = '\0';
	arena_on_reset(arena, allocate_and_hook, arena);
	arena_reset(arena);
	assert_string_equal(journal, "n");
	assert_int_equal(arena_used(arena), 0);
	arena_free(arena);
	arena_free(NULL);
}

static void without_a_handler_the_ceiling_aborts(void **state)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		close(STDERR_FILENO);
		signal(SIGABRT, SIG_DFL);
		arena_alloc(arena_new(64, 64, NULL, NULL), 65);
		_exit(0);
	}
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allocations_are_zeroed_aligned_and_apart),
		cmocka_unit_test(many_small_ones_span_blocks),
		cmocka_unit_test(copies_and_arrays),
		cmocka_unit_test(ceiling_calls_on_exhausted),
		cmocka_unit_test(hooks_run_last_in_first_out_and_once),
		cmocka_unit_test(unhook_forgets_the_newest_of_the_pair),
		cmocka_unit_test(hooks_need_no_room_below_the_ceiling),
		cmocka_unit_test(hooks_may_use_the_arena),
		cmocka_unit_test(without_a_handler_the_ceiling_aborts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
