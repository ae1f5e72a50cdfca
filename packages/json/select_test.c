/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"

#include "json/json.h"
#include "json/sample.h"

static struct sample_line lines[] = { { .quantity = 1, .on_short = SAMPLE_SHORTAGE_refund }, { .quantity = 2 } };
static const struct sample_address address = { .street = STR("A 1"), .city = STR("Rome") };
static struct sample_node leaves[] = { { .label = STR("leaf") } };
static const struct sample_node root = { .label = STR("root"), .children = { leaves, 1 } };
static const struct sample_order order = {
	.note = STR("hello"),
	.priority = 3,
	.address = &address,
	.lines = { lines, 2 },
	.tree = &root,
};

/* Names as ?fields= has them; the JSON, or of an unknown one its name. */
static const struct {
	struct str names;
	const char *json, *unknown;
} rows[] = {
	{ STR("priority"), "{\"priority\":3}", NULL },
	{ STR("gift,note,note"), "{\"note\":\"hello\",\"gift\":false}", NULL },
	{ STR("lines.quantity"), "{\"lines\":[{\"quantity\":1},{\"quantity\":2}]}", NULL },
	{ STR("lines.on_short"), "{\"lines\":[{\"on_short\":\"refund\"},{}]}", NULL },
	{ STR("address.city,priority"), "{\"priority\":3,\"address\":{\"city\":\"Rome\"}}", NULL },
	{ STR("address.city,address"), "{\"address\":{\"street\":\"A 1\",\"city\":\"Rome\",\"floor\":null}}", NULL },
	{ STR("address.city,address.street"), "{\"address\":{\"street\":\"A 1\",\"city\":\"Rome\"}}", NULL },
	{ STR("tree.children.label"), "{\"tree\":{\"children\":[{\"label\":\"leaf\"}]}}", NULL },
	{ STR("tree.children.children.children.label"), "{\"tree\":{\"children\":[{}]}}", NULL },
	{ STR("tip"), "{}", NULL },
	{ STR("colour"), NULL, "colour" },
	{ STR("note,lines.colour,colour"), NULL, "lines.colour" },
	{ STR("note.length"), NULL, "note.length" },
	{ STR("total.amount"), NULL, "total.amount" },
	{ STR("lines."), NULL, "lines." },
	{ STR(".lines"), NULL, ".lines" },
	{ STR(","), NULL, "" },
	{ STR("Note"), NULL, "Note" },
};

static void test_parts(void **state)
{
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct arena *arena = arena_new(4096, 1 << 20, NULL, NULL);
		struct str rest = rows[i].names, unknown = STR_NULL, items[8];
		struct str_list names = { items, 0 };
		struct buf buf;

		while (!str_is_null(rest))
			items[names.count++] = str_cut(&rest, ',');
		const struct schema *part = json_select(arena, &sample_order_schema, &names, &unknown);
		if (rows[i].unknown) {
			assert_null(part);
			assert_str(unknown, str_from(rows[i].unknown));
		} else {
			assert_non_null(part);
			buf_init_arena(&buf, arena, 1 << 16);
			json_write(&buf, part, &order);
			assert_str(buf_view(&buf), str_from(rows[i].json));
		}
		arena_free(arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_parts) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
