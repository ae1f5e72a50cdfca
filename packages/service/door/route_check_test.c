/* SPDX-License-Identifier: Apache-2.0 */
/* Rows that contradict themselves: what is said of each, and that no process starts with one. */
#include "base/test.h"

#include <sys/wait.h>
#include <unistd.h>

#include "http/message.h"
#include "service/internal.h"
#include "service/probe.h"

HANDLER(make, new_thing, thing_view)
{
}

HANDLER(do_it, nothing, nothing)
{
}

static const struct sql_key odd_keys[] = { { .name = "tags", .type = SQL_TEXTS } };
static const struct sql_order odd_orders[] = { { .name = "tags", .keys = odd_keys, .key_count = 1 } };
static const struct sql_list odd_list = { .name = "odd", .orders = odd_orders, .order_count = 1 };
static const struct sql_list no_list = { .name = "none" };
static const struct sql_order keyless_orders[] = { { .name = "id" } };
static const struct sql_list keyless_list = { .name = "keyless", .orders = keyless_orders, .order_count = 1 };
static const struct sql_key many_keys[SQL_KEYS_MAX + 1] = { { .name = "id", .type = SQL_UUID } };
static const struct sql_order many_orders[] = {
	{ .name = "id", .keys = many_keys, .key_count = ARRAY_COUNT(many_keys) }
};
static const struct sql_list many_list = { .name = "many", .orders = many_orders, .order_count = 1 };
static const struct sql_order fine_orders[] = { { .name = "id", .keys = many_keys, .key_count = 1 } };
static const struct sql_list fine_list = { .name = "fine", .orders = fine_orders, .order_count = 1 };

/* Bodies and queries that no row goes with. */
#define OTHER_KIND(X, T)     X(T, str, line, amount, .max = 10, .optional = true, .doc = "An i64 in thing_view")
#define EMPTIES_NAME(X, T)   X(T, str, line, name, .max = 10, .optional = true, .nullable = true, .doc = "Never absent")
#define NULL_AS_ZERO(X, T)   X(T, i64, _, amount, .optional = true, .nullable = true, .doc = "Null reads as zero")
#define PAGES_ITSELF(X, T)   X(T, opt_i64, _, limit, .doc = "The door's")
#define FOLLOWS_ITSELF(X, T) X(T, str, code, cursor, .max = 10, .optional = true, .doc = "The door's")
#define SORTS_ITSELF(X, T)   X(T, str, code, sort, .max = 10, .optional = true, .doc = "The door's")
#define ODD_SHAPES(STRUCT, OVER) \
	STRUCT(other_kind, OTHER_KIND, "A test's") \
	STRUCT(empties_name, EMPTIES_NAME, "A test's") \
	STRUCT(null_as_zero, NULL_AS_ZERO, "A test's") \
	STRUCT(pages_itself, PAGES_ITSELF, "A test's") \
	STRUCT(follows_itself, FOLLOWS_ITSELF, "A test's") \
	STRUCT(sorts_itself, SORTS_ITSELF, "A test's")
SCHEMA_DECLARE(ODD_SHAPES)
SCHEMA_DEFINE(ODD_SHAPES)

HANDLER(amount_by_text, other_kind, thing_view)
{
}

HANDLER(name_emptied, empties_name, thing_view)
{
}

HANDLER(amount_emptied, null_as_zero, thing_view)
{
}

HANDLER(list_with_limit, pages_itself, thing_view)
{
}

HANDLER(list_with_cursor, follows_itself, thing_view)
{
}

HANDLER(list_with_sort, sorts_itself, thing_view)
{
}

#define DOC .doc = "A row", .needs = &permission_anyone

/* clang-format off */
static const struct bad_row {
	struct route row;
	const char *says;
} bad_rows[] = {
	{ { POST("/x", make), .doc = "A row" }, "lacks .needs; what anyone may is &permission_anyone" },
	{ { POST("/x", make), DOC, .status = 201 }, "gives 201 without .creates" },
	{ { POST("/x", make), DOC, .creates = "/x/{slug}" }, ".creates names {slug}, of which thing_view has no uuid, str or i64" },
	{ { POST("/x", make), DOC, .creates = "/x/{price}" }, ".creates names {price}, of which thing_view has no uuid, str or i64" },
	{ { POST("/x", do_it), DOC, .creates = "/x" }, ".creates without an answer that says what was made" },
	{ { POST("/x", make), DOC }, "gives thing_view with its id, by POST: .creates, or .status = 200 if it makes none" },
	{ { POST("/x", make), DOC, .media = "text/csv" }, "gives thing_view and .media" },
	{ { POST("/x", make), DOC, .raw_body = true }, "takes a .raw_body and a shape" },
	{ { PATCH("/x", make), DOC, .form = "Done." }, ".form is for a POST that takes a shape" },
	{ { POST("/x", do_it), DOC, .form = "Done." }, ".form is for a POST that takes a shape" },
	{ { POST("/x", make) }, "lacks a path or a .doc" },
	{ { POST("x", make), DOC }, "lacks a path or a .doc" },
	{ { .method = HTTP_POST, .path = "/x", .name = "x", DOC }, "lacks a .handler" },
	{ { POST("/x", do_it), DOC, .websocket = true }, "sockets and streams are opened by GET" },
	{ { DELETE("/x", do_it), DOC, .idempotency = IDEMPOTENCY_REQUIRED }, ".idempotency is for POST and PATCH" },
	{ { GET("/x", do_it), DOC, .if_match = IF_MATCH_ACCEPTED }, ".if_match is for changes" },
	{ { POST("/x", make), DOC, .creates = "/x/{id}", .conflicts = CONFLICTS({ "x_key", &problem_conflict }) },
	  ".conflicts has x_key without a problem or detail" },
	{ { GET("/x", do_it), DOC, .list = &odd_list }, ".list without a handler of GET that gives its items" },
	{ { GET("/x", make), DOC, .list = &no_list }, ".list has no order" },
	{ { POST("/x", make), DOC, .patches = &thing_part_schema }, ".patches: new_thing.name has no namesake in thing_part" },
	{ { PATCH("/x", do_it), DOC, .patches = &thing_view_schema }, ".patches without a body" },
	{ { PATCH("/x", make), DOC, .patches = &new_thing_schema },
	  ".patches: a change of nothing is answered with new_thing, not with thing_view" },
	{ { GET("/x", make), DOC, .list = &odd_list }, ".list orders tags by tags, which no cursor carries" },
	{ { GET("/x", make), DOC, .list = &keyless_list }, ".list orders id by 0 keys, of 1 to 4" },
	{ { GET("/x", make), DOC, .list = &many_list }, ".list orders id by 5 keys, of 1 to 4" },
	{ { POST("/x", make), DOC, .list = &fine_list }, ".list without a handler of GET that gives its items" },
	{ { GET("/x", list_with_limit), DOC, .list = &fine_list }, "takes limit, which the door reads" },
	{ { GET("/x", list_with_cursor), DOC, .list = &fine_list }, "takes cursor, which the door reads" },
	{ { GET("/x", list_with_sort), DOC, .list = &fine_list }, "takes sort, which the door reads" },
	{ { PATCH("/x", amount_by_text), DOC, .patches = &thing_view_schema },
	  ".patches: other_kind.amount is of another kind than its namesake in thing_view" },
	{ { PATCH("/x", name_emptied), DOC, .patches = &thing_view_schema },
	  ".patches: empties_name.name is nullable, and its namesake is never absent in thing_view" },
	{ { PATCH("/x", amount_emptied), DOC, .patches = &thing_view_schema },
	  ".patches: null_as_zero.amount is nullable, and its kind cannot tell null from zero in thing_view" },
	{ { DELETE("/x/{id}", amount_by_text), DOC, .patches = &thing_view_schema }, ".patches without a body" },
};

static const struct route good_rows[] = {
	{ POST("/x", make), DOC, .creates = "/x/{id}/{name}/{version}" },
	{ POST("/x", make), DOC, .status = 202 },
	{ POST("/x", make), DOC, .status = 200 },
	{ POST("/x/{id}/grab", make), DOC },
	{ PATCH("/x", make), DOC },
	{ DELETE("/x/{id}", do_it), DOC, .if_match = IF_MATCH_ACCEPTED },
	{ GET("/x", do_it), DOC, .media = "text/csv" },
	{ GET("/x", make), DOC, .list = &fine_list },
	{ POST("/x/{id}/grab", make), DOC, .patches = &new_thing_schema },
};
/* clang-format on */

static void rows_that_contradict_themselves_are_named(void **state)
{
	char why[256];

	for (size_t i = 0; i < ARRAY_COUNT(bad_rows); i++) {
		assert_int_equal(route_check(&bad_rows[i].row, why, sizeof(why)), -1);
		assert_string_equal(why, bad_rows[i].says);
	}
	for (size_t i = 0; i < ARRAY_COUNT(good_rows); i++)
		assert_int_equal(route_check(&good_rows[i], why, sizeof(why)), 0);
}

/* Starts with these rows in a process of its own: how it ended, and what it then had said. */
static int start_with(const struct route *rows, size_t count, char *said, size_t size)
{
	const struct routes routes = { rows, count };
	const struct app_kind kind = { .name = "test", .routes = LIST(const struct routes *const, &routes) };
	struct route_table table;
	size_t length = 0;
	int ends[2], status;

	assert_int_equal(pipe(ends), 0);
	pid_t child = fork();
	if (child == 0) {
		dup2(ends[1], STDERR_FILENO);
		route_table_init(&table, &kind, NULL);
		route_table_check_permissions(&table, permissions_new(NULL, 0, NULL, 0));
		route_table_check_yields(&table, (struct subscriptions){ 0 });
		_exit(0);
	}
	close(ends[1]);
	for (ssize_t got; (got = read(ends[0], said + length, size - 1 - length)) > 0;)
		length += (size_t)got;
	said[length] = '\0';
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void a_row_that_contradicts_itself_ends_the_start(void **state)
{
	static const struct route twice[] = { { POST("/x/{id}", do_it), DOC }, { POST("/x/{id}", make), DOC } };
	static const struct route renamed[] = { { POST("/x/{id}/y", do_it), DOC },
		                                { DELETE("/x/{slug}/y", do_it), DOC } };
	static const struct route literal[] = { { POST("/x/{id}/y", do_it), DOC },
		                                { POST("/x/by/{slug}", do_it), DOC } };
	static const struct permission unlisted = { .name = "things.count", .roles = "" };
	static const struct route yielding = { POST("/x/{id}", do_it), DOC, .yields_to = "things.count" };
	static const struct route closed = { POST("/x/{id}", do_it), .doc = "A row", .needs = &unlisted };
	char said[1024], line[512];

	for (size_t i = 0; i < ARRAY_COUNT(bad_rows); i++) {
		const struct route *row = &bad_rows[i].row;

		snprintf(line, sizeof(line), "route %s %s (%s): %s\n", http_method_name(row->method), row->path,
		         row->handler ? row->handler->name : row->name, bad_rows[i].says);
		assert_int_equal(start_with(row, 1, said, sizeof(said)), 2);
		assert_string_equal(said, line);
	}
	assert_int_equal(start_with(twice, 2, said, sizeof(said)), 2);
	assert_string_equal(
	        said, "route POST /x/{id} (make): is there twice, or a path of its shape has other names in braces\n");
	assert_int_equal(start_with(renamed, 2, said, sizeof(said)), 2);
	assert_string_equal(
	        said,
	        "route DELETE /x/{slug}/y (do_it): is there twice, or a path of its shape has other names in braces\n");
	assert_int_equal(start_with(literal, 2, said, sizeof(said)), 0);
	assert_int_equal(start_with(&closed, 1, said, sizeof(said)), 2);
	assert_string_equal(said, "route POST /x/{id} (do_it): its permission things.count is in no service's list\n");
	assert_int_equal(start_with(&yielding, 1, said, sizeof(said)), 2);
	assert_string_equal(said, "route POST /x/{id} (do_it): it yields to a consumer that no service has\n");
	assert_int_equal(start_with(twice, 1, said, sizeof(said)), 0);
	assert_string_equal(said, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_that_contradict_themselves_are_named),
		cmocka_unit_test(a_row_that_contradicts_itself_ends_the_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
