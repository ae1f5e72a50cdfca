/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"

#include "base/list.h"

struct item {
	char name;
	struct list node;
};

static void expect(struct list *head, const char *names)
{
	size_t count = 0;

	LIST_FOR (node, head) {
		assert_int_equal(CONTAINER_OF(node, struct item, node)->name, names[count]);
		count++;
	}
	assert_int_equal(count, strlen(names));
	assert_int_equal(list_is_empty(head), count == 0);
}

static void push_pop_remove(void **state)
{
	struct item items[] = { { .name = 'a' }, { .name = 'b' }, { .name = 'c' } };
	struct list head = { 0 };

	assert_true(list_is_empty(&head));
	list_init(&head);
	assert_null(list_pop_front(&head));
	list_push_back(&head, &items[1].node);
	list_push_back(&head, &items[2].node);
	list_push_front(&head, &items[0].node);
	expect(&head, "abc");
	list_remove(&items[1].node);
	list_remove(&items[1].node);
	expect(&head, "ac");
	assert_ptr_equal(list_pop_front(&head), &items[0].node);
	expect(&head, "c");
	list_remove(&items[2].node);
	expect(&head, "");
	list_remove(&(struct list){ 0 });
}

static void move_and_walk(void **state)
{
	struct item items[] = { { .name = 'a' }, { .name = 'b' }, { .name = 'c' }, { .name = 'd' } };
	struct list to, from;

	list_init(&to);
	list_init(&from);
	list_push_back(&to, &items[0].node);
	list_move_all(&to, &from);
	expect(&to, "a");
	for (int i = 1; i < 4; i++)
		list_push_back(&from, &items[i].node);
	list_move_all(&to, &from);
	expect(&to, "abcd");
	expect(&from, "");
	LIST_FOR_SAFE (node, &to) {
		if (CONTAINER_OF(node, struct item, node)->name != 'c')
			list_remove(node);
	}
	expect(&to, "c");
	list_move_all(&from, &to);
	expect(&from, "c");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(push_pop_remove),
		cmocka_unit_test(move_and_walk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
