/* SPDX-License-Identifier: Apache-2.0 */
/* An intrusive doubly linked list: the head is a node that points at itself when empty. A node out of any
 * list is zeroed or self-linked; removing it twice is harmless. */
#ifndef STOA_BASE_LIST_H
#define STOA_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/check.h"

struct list {
	struct list *next;
	struct list *prev;
};

static inline void list_init(struct list *head)
{
	head->next = head;
	head->prev = head;
}

static inline bool list_is_empty(const struct list *head)
{
	return head->next == head || !head->next;
}

static inline void list_push_back(struct list *head, struct list *node)
{
	node->prev = head->prev;
	node->next = head;
	head->prev->next = node;
	head->prev = node;
}

static inline void list_push_front(struct list *head, struct list *node)
{
	list_push_back(head->next, node);
}

static inline void list_remove(struct list *node)
{
	if (node->next) {
		node->prev->next = node->next;
		node->next->prev = node->prev;
	}
	list_init(node);
}

/* The first node taken out, or NULL. */
static inline struct list *list_pop_front(struct list *head)
{
	struct list *node = head->next;

	if (list_is_empty(head))
		return NULL;
	list_remove(node);
	return node;
}

/* Moves all of `from` to the end of `to`; `from` is empty afterwards. */
static inline void list_move_all(struct list *to, struct list *from)
{
	if (list_is_empty(from))
		return;
	from->next->prev = to->prev;
	to->prev->next = from->next;
	from->prev->next = to;
	to->prev = from->prev;
	list_init(from);
}

#define LIST_FOR(node, head) for (struct list *node = (head)->next; node != (head); node = node->next)
/* The body may remove `node`. */
#define LIST_FOR_SAFE(node, head) \
	for (struct list *node = (head)->next, *node##_next = node->next; node != (head); \
	     node = node##_next, node##_next = node->next)

#endif
