/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tree of path segments. Each node holds its literal children sorted by name, one child for a capture, and the values
 * of the templates that end there, one per method. Literals win; where a literal branch leads nowhere, the capture
 * beside it is tried, so "/products/by-sku/{sku}" and "/products/{id}/media" live together. Templates that
 * would match the same paths, such as "/products/{id}" and "/products/{sku}", are one node: they have the same names, or the
 * second is refused. Paths of more than SEGMENTS_MAX segments match nothing; with the tree's own depth that bounds the
 * walk.
 */
#include "base/check.h"
#include "base/encode.h"
#include "http/message.h"

enum { SEGMENTS_MAX = 16 };

struct node {
	struct str segment; /* owned; null for a capture */
	struct node **literals;
	size_t literal_count;
	struct node *capture;
	const void *values[HTTP_METHOD_COUNT];
	const char *path_template; /* borrowed; NULL: none ends here */
	struct str names[ROUTE_PARAMS_MAX];
	size_t name_count;
};

struct router {
	struct node root;
};

static void *must_alloc(void *ptr)
{
	CHECK(ptr);
	return ptr;
}

struct router *router_new(void)
{
	return must_alloc(calloc(1, sizeof(struct router)));
}

static void node_done(struct node *node)
{
	for (size_t i = 0; i < node->literal_count; i++) {
		node_done(node->literals[i]);
		free(node->literals[i]);
	}
	if (node->capture) {
		node_done(node->capture);
		free(node->capture);
	}
	free(node->literals);
	free((char *)node->segment.ptr);
}

void router_free(struct router *router)
{
	if (!router)
		return;
	node_done(&router->root);
	free(router);
}

/* Where `segment` stands or belongs among the literals. */
static size_t literal_place(const struct node *node, struct str segment, bool *ret_found)
{
	size_t low = 0;
	size_t high = node->literal_count;

	*ret_found = false;
	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = str_cmp(segment, node->literals[middle]->segment);

		if (!order) {
			*ret_found = true;
			return middle;
		}
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

static struct node *literal_find(const struct node *node, struct str segment)
{
	bool found;
	size_t place = literal_place(node, segment, &found);

	return found ? node->literals[place] : NULL;
}

static struct node *literal_add(struct node *node, struct str segment)
{
	bool found;
	size_t place = literal_place(node, segment, &found);
	struct node *child;

	if (found)
		return node->literals[place];
	child = must_alloc(calloc(1, sizeof(*child)));
	child->segment = (struct str){ must_alloc(strndup(segment.len ? segment.ptr : "", segment.len)), segment.len };
	node->literals = must_alloc(reallocarray(node->literals, node->literal_count + 1, sizeof(struct node *)));
	memmove(node->literals + place + 1, node->literals + place,
	        (node->literal_count - place) * sizeof(struct node *));
	node->literals[place] = child;
	node->literal_count++;
	return child;
}

static bool is_capture(struct str segment)
{
	return segment.len > 2 && segment.ptr[0] == '{' && segment.ptr[segment.len - 1] == '}';
}

static struct node *child_for(struct node *node, struct str segment)
{
	if (!is_capture(segment))
		return literal_add(node, segment);
	if (!node->capture)
		node->capture = must_alloc(calloc(1, sizeof(*node->capture)));
	return node->capture;
}

int router_add(struct router *router, enum http_method method, const char *path_template, const void *value)
{
	struct str rest = str_from(path_template);
	struct str names[ROUTE_PARAMS_MAX];
	size_t count = 0;
	size_t segments = 0;
	struct node *node = &router->root;

	CHECK(value && rest.len && rest.ptr[0] == '/');
	rest = str_slice(rest, 1, rest.len);
	while (!str_is_null(rest)) {
		struct str segment = str_cut(&rest, '/');

		CHECK(++segments <= SEGMENTS_MAX);
		node = child_for(node, segment);
		if (is_capture(segment)) {
			CHECK(count < ROUTE_PARAMS_MAX);
			names[count++] = str_slice(segment, 1, segment.len - 1);
		}
	}
	if (node->values[method] || (node->path_template && strcmp(node->path_template, path_template) != 0))
		return -1;
	node->values[method] = value;
	node->path_template = path_template;
	memcpy(node->names, names, count * sizeof(*names));
	node->name_count = count;
	return 0;
}

/* ---- Finding ---------------------------------------------------------------------------------- */

struct walk {
	struct str segments[SEGMENTS_MAX];
	size_t count;
	enum http_method method;
	unsigned int allowed; /* of the first node whose template fits */
	struct str captures[ROUTE_PARAMS_MAX];
};

static int split(struct str path, struct walk *walk)
{
	struct str rest;

	if (!path.len || path.ptr[0] != '/')
		return -1;
	rest = str_slice(path, 1, path.len);
	while (!str_is_null(rest)) {
		if (walk->count == SEGMENTS_MAX)
			return -1;
		walk->segments[walk->count++] = str_cut(&rest, '/');
	}
	return 0;
}

static const struct node *end_at(const struct node *node, struct walk *walk)
{
	unsigned int allowed = 0;

	for (unsigned int method = 0; method < HTTP_METHOD_COUNT; method++)
		if (node->values[method])
			allowed |= 1U << method;
	walk->allowed |= allowed;
	return allowed & (1U << walk->method) ? node : NULL;
}

/* An empty segment is never captured: "/orders/" is not an order. */
static const struct node *descend(const struct node *node, struct walk *walk, size_t depth, size_t captured)
{
	struct str segment;
	const struct node *child;
	const struct node *found;

	if (depth == walk->count)
		return end_at(node, walk);
	segment = walk->segments[depth];
	child = literal_find(node, segment);
	found = child ? descend(child, walk, depth + 1, captured) : NULL;
	if (found || !node->capture || !segment.len || captured == ROUTE_PARAMS_MAX)
		return found;
	walk->captures[captured] = segment;
	return descend(node->capture, walk, depth + 1, captured + 1);
}

const void *router_find(const struct router *router, struct arena *arena, enum http_method method, struct str path,
                        struct route_match *ret_match, unsigned *ret_allowed)
{
	struct walk walk = { .method = method };
	const struct node *node;
	struct route_match match = { 0 };

	*ret_allowed = 0;
	if (split(path, &walk))
		return NULL;
	node = descend(&router->root, &walk, 0, 0);
	if (!node) {
		*ret_allowed = walk.allowed;
		return NULL;
	}
	match.count = node->name_count;
	for (size_t i = 0; i < match.count; i++) {
		match.names[i] = node->names[i];
		if (percent_decode(arena, walk.captures[i], false, &match.values[i]))
			return NULL;
	}
	*ret_match = match;
	return node->values[method];
}
