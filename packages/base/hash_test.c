/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"

#include <sys/wait.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/random.h"

static void the_papers_vectors(void **state)
{
	/* Key 00..0f, message 00, 00 01, ...: appendix A of the paper has length 15, its authors' list the others. */
	static const struct {
		size_t len;
		uint64_t hash;
	} cases[] = {
		{ 0, UINT64_C(0x726fdb47dd0e0e31) },
		{ 1, UINT64_C(0x74f839c593dc67fd) },
		{ 8, UINT64_C(0x93f5f5799a932462) },
		{ 15, UINT64_C(0xa129ca6149be45e5) },
	};
	uint8_t key[16], message[16];

	for (uint8_t i = 0; i < 16; i++)
		key[i] = message[i] = i;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
		assert_int_equal(hash_keyed(key, message, cases[i].len), cases[i].hash);
}

static void equal_bytes_hash_alike(void **state)
{
	assert_int_equal(hash_str(STR("name")), hash_bytes("name", 4));
	assert_int_not_equal(hash_str(STR("name")), hash_str(STR("nams")));
	assert_int_equal(hash_str(STR_NULL), hash_str(STR("")));
	assert_int_not_equal(hash_str(STR("")), hash_bytes("\0", 1));
	assert_int_equal(hash_uuid((struct uuid){ { 1 } }), hash_uuid((struct uuid){ { 1 } }));
}

static void low_bits_are_spread(void **state)
{
	unsigned buckets[64] = { 0 };

	for (uint64_t i = 0; i < 64000; i++)
		buckets[hash_bytes(&i, sizeof(i)) % 64]++;
	/* Twelve standard deviations either side of a thousand. */
	for (size_t i = 0; i < ARRAY_COUNT(buckets); i++)
		assert_in_range(buckets[i], 620, 1380);
}

static void random_bytes_fill_all_and_nothing_more(void **state)
{
	uint8_t first[1002], second[1002];

	for (size_t len = 16; len <= 1000; len += 41) {
		memset(first, 0xaa, sizeof(first));
		random_bytes(first + 1, len);
		random_bytes(second + 1, len);
		assert_int_equal(first[0], 0xaa);
		assert_int_equal(first[len + 1], 0xaa);
		assert_memory_not_equal(first + 1, second + 1, 16);
		assert_memory_not_equal(first + len - 15, second + len - 15, 16);
	}
	random_bytes(first, 0);
}

static void below_its_bound(void **state)
{
	unsigned seen[10] = { 0 };

	for (int i = 0; i < 10000; i++)
		seen[random_below(10)]++;
	for (size_t i = 0; i < ARRAY_COUNT(seen); i++)
		assert_in_range(seen[i], 600, 1400);
	assert_int_equal(random_below(1), 0);
	assert_true(random_below(UINT64_MAX) < UINT64_MAX);
}

static void a_child_draws_its_own(void **state)
{
	uint8_t ours[16], theirs[16] = { 0 };
	int ends[2], status;
	pid_t child;

	random_bytes(ours, sizeof(ours)); /* so that there is a block to inherit */
	assert_int_equal(pipe(ends), 0);
	child = fork();
	random_bytes(ours, sizeof(ours));
	if (child == 0)
		_exit(write(ends[1], ours, sizeof(ours)) == sizeof(ours) ? 0 : 1);
	assert_true(child > 0);
	assert_int_equal(read(ends[0], theirs, sizeof(theirs)), sizeof(theirs));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	close(ends[0]);
	close(ends[1]);
	assert_memory_not_equal(ours, theirs, sizeof(ours));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_papers_vectors),  cmocka_unit_test(equal_bytes_hash_alike),
		cmocka_unit_test(low_bits_are_spread), cmocka_unit_test(random_bytes_fill_all_and_nothing_more),
		cmocka_unit_test(below_its_bound),     cmocka_unit_test(a_child_draws_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
