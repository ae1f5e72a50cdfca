/* SPDX-License-Identifier: Apache-2.0 */
/* Of a :page statement: two statements an order, its keys, the statement that counts, and the struct sql_list that ties them together. */
#include <stdio.h>

#include "base/check.h"
#include "tools/sqlgen/body.h"
#include "tools/sqlgen/emit_parts.h"

static void put_page_member(struct buf *out, const struct sqlgen_statement *statement, struct str name,
                            const char *type)
{
	buf_printf(out, "\t{ .name = \"%.*s\", .type = %s, .offset = offsetof(struct sql_%.*s_params, page.",
	           STR_ARG(name), type, STR_ARG(statement->name));
}

/* The statement's own parameters, the keys of the row before, how many rows. */
static void put_params(struct buf *out, const struct sqlgen_statement *statement, const struct sqlgen_order *order,
                       bool after)
{
	buf_printf(out, "static const struct sql_value %.*s%s_params[] = {\n", STR_ARG(order->stem),
	           after ? "_after" : "");
	put_values(out, statement->name, "params", statement->params, statement->param_count);
	for (size_t i = 0; after && i < order->key_count; i++) {
		const struct sqlgen_value *column = order->keys[i].column;

		put_page_member(out, statement, column->name, sqlgen_key_type(column));
		buf_printf(out, "after[%zu].%s) },\n", i, column->type->key);
	}
	put_page_member(out, statement, STR("page.limit"), "SQL_I64");
	buf_str(out, STR("limit) },\n};\n"));
}

static void put_order(struct buf *out, const struct sqlgen_statement *statement, const struct sqlgen_order *order,
                      bool after)
{
	char name[SQLGEN_NAME_MAX + 1];
	int len = snprintf(name, sizeof(name), "%.*s%s", STR_ARG(order->stem), after ? "_after" : "");

	CHECK(len > 0 && len < (int)sizeof(name));
	put_params(out, statement, order, after);
	put_statement(out, statement, str_from(name), after ? order->after : order->first,
	              statement->param_count + (after ? order->key_count : 0) + 1);
}

static void put_keys(struct buf *out, const struct sqlgen_statement *statement, const struct sqlgen_order *order)
{
	buf_printf(out, "static const struct sql_key %.*s_keys[] = {\n", STR_ARG(order->stem));
	for (size_t i = 0; i < order->key_count; i++) {
		const struct sqlgen_value *column = order->keys[i].column;

		buf_printf(out, "\t{ .name = \"%.*s\", .type = %s, .offset = offsetof(struct sql_%.*s_row, %.*s) },\n",
		           STR_ARG(column->name), sqlgen_key_type(column), STR_ARG(statement->row),
		           STR_ARG(column->name));
	}
	buf_str(out, STR("};\n"));
}

static void put_total(struct buf *out, const struct sqlgen_statement *statement)
{
	struct str name = statement->name;

	if (statement->param_count) {
		buf_printf(out, "static const struct sql_value %.*s_total_params[] = {\n", STR_ARG(name));
		put_values(out, name, "params", statement->params, statement->param_count);
		buf_str(out, STR("};\n"));
	}
	buf_printf(out,
	           "static const struct sql_statement %.*s_total_statement = {\n\t.name = \"%.*s_total\",\n\t.text =\n",
	           STR_ARG(name), STR_ARG(name));
	put_text(out, statement->total);
	buf_str(out, STR(",\n\t.use = SQL_SLOW,\n\t.rows = SQL_FIND,\n"));
	if (statement->param_count)
		buf_printf(out, "\t.params = %.*s_total_params,\n\t.param_count = %zu,\n", STR_ARG(name),
		           statement->param_count);
	buf_str(out, STR("\t.columns = sql_total_columns,\n\t.column_count = 1,\n"
	                 "\t.row_size = sizeof(struct sql_total_row),\n};\n"));
}

/* Their plans are kept, whatever those of the others are. */
static void put_given(struct buf *out, const struct sqlgen_statement *statement, const struct sqlgen_given *given)
{
	struct sqlgen_statement kept = *statement;

	kept.use = SQL_READ;
	kept.batch = given->order.first_batch;
	put_order(out, &kept, &given->order, false);
	kept.batch = given->order.after_batch;
	put_order(out, &kept, &given->order, true);
}

void put_page_statements(struct buf *out, const struct sqlgen_statement *statement)
{
	for (size_t i = 0; i < statement->order_count; i++) {
		put_order(out, statement, &statement->orders[i], false);
		put_order(out, statement, &statement->orders[i], true);
		put_keys(out, statement, &statement->orders[i]);
	}
	for (size_t i = 0; i < statement->given_count; i++)
		put_given(out, statement, &statement->givens[i]);
	put_total(out, statement);
}

static void put_givens(struct buf *out, const struct sqlgen_statement *statement)
{
	buf_printf(out, "static const struct sql_given %.*s_givens[] = {\n", STR_ARG(statement->name));
	for (size_t i = 0; i < statement->given_count; i++) {
		const struct sqlgen_given *given = &statement->givens[i];
		uint64_t params = 0;

		for (size_t k = 0; k < statement->param_count && k < SQL_GIVEN_PARAMS; k++)
			params |= (uint64_t)sqlgen_gives(given, statement->params[k].name) << k;
		buf_printf(out, "\t{ .params = 0x%llx, .first = &%.*s_statement, .after = &%.*s_after_statement },\n",
		           (unsigned long long)params, STR_ARG(given->order.stem), STR_ARG(given->order.stem));
	}
	buf_str(out, STR("};\n"));
}

void put_page_list(struct buf *out, const struct sqlgen_statement *statement)
{
	struct str name = statement->name;

	buf_printf(out, "static const struct sql_order %.*s_orders[] = {\n", STR_ARG(name));
	for (size_t i = 0; i < statement->order_count; i++) {
		const struct sqlgen_order *order = &statement->orders[i];

		buf_printf(out,
		           "\t{ .name = \"%.*s\", .keys = %.*s_keys, .key_count = %zu, .first = &%.*s_statement, "
		           ".after = &%.*s_after_statement },\n",
		           STR_ARG(order->name), STR_ARG(order->stem), order->key_count, STR_ARG(order->stem),
		           STR_ARG(order->stem));
	}
	buf_str(out, STR("};\n"));
	if (statement->given_count)
		put_givens(out, statement);
	buf_printf(out,
	           "\nconst struct sql_list sql_%.*s_list = {\n\t.name = \"%.*s\",\n\t.orders = %.*s_orders,\n"
	           "\t.order_count = %zu,\n\t.total = &%.*s_total_statement,\n\t.row_size = sizeof(struct "
	           "sql_%.*s_row),\n",
	           STR_ARG(name), STR_ARG(name), STR_ARG(name), statement->order_count, STR_ARG(name),
	           STR_ARG(statement->row));
	if (statement->given_count)
		buf_printf(out, "\t.givens = %.*s_givens,\n\t.given_count = %zu,\n", STR_ARG(name),
		           statement->given_count);
	buf_str(out, STR("};\n"));
}

static void put_names(struct buf *out, const struct sqlgen_order *order)
{
	buf_printf(out, "\t&%.*s_statement,\n\t&%.*s_after_statement,\n", STR_ARG(order->stem), STR_ARG(order->stem));
}

size_t put_page_names(struct buf *out, const struct sqlgen_statement *statement)
{
	for (size_t i = 0; i < statement->order_count; i++)
		put_names(out, &statement->orders[i]);
	for (size_t i = 0; i < statement->given_count; i++)
		put_names(out, &statement->givens[i].order);
	buf_printf(out, "\t&%.*s_total_statement,\n", STR_ARG(statement->name));
	return (statement->order_count + statement->given_count) * 2 + 1;
}
