/* SPDX-License-Identifier: Apache-2.0 */
/* The tables that packages/db reads, and the functions that hand them over. */
#include "base/check.h"
#include "tools/sqlgen/emit_parts.h"

/* Inside a C string. A second question mark is escaped, or gcc sees a trigraph. */
static void put_c_char(struct buf *out, char c, char left)
{
	if (c == '"' || c == '\\' || (c == '?' && left == '?')) {
		buf_char(out, '\\');
		buf_char(out, c);
	} else if (c == '\t') {
		buf_str(out, STR("\\t"));
	} else if (c == '\n') {
		buf_str(out, STR("\\n"));
	} else if ((unsigned char)c < 0x20 || c == 0x7f) {
		buf_printf(out, "\\%03o", (unsigned)c);
	} else {
		buf_char(out, c);
	}
}

static void put_text(struct buf *out, struct str text)
{
	char left = '\0';

	buf_str(out, STR("\t\t\""));
	for (size_t i = 0; i < text.len; i++) {
		put_c_char(out, text.ptr[i], left);
		left = text.ptr[i];
		if (left == '\n' && i + 1 < text.len)
			buf_str(out, STR("\"\n\t\t\""));
	}
	buf_char(out, '"');
}

/* `shape` is "params" or "row", as in the struct's name; `owner` whose struct it is. */
static void put_values(struct buf *out, const struct sqlgen_statement *statement, struct str owner, const char *shape,
                       const struct sqlgen_value *values, size_t count)
{
	if (!count)
		return;
	buf_printf(out, "static const struct sql_value %.*s_%s[] = {\n", STR_ARG(statement->name), shape);
	for (size_t i = 0; i < count; i++) {
		const struct sqlgen_value *value = &values[i];

		buf_printf(out, "\t{ .name = \"%.*s\", .type = %s, %s.offset = offsetof(struct sql_%.*s_%s, %.*s) },\n",
		           STR_ARG(value->name), value->type->constant, value->nullable ? ".nullable = true, " : "",
		           STR_ARG(owner), shape, STR_ARG(value->name));
	}
	buf_str(out, STR("};\n"));
}

static const char *const use_names[] = {
	[SQL_READ] = "SQL_READ", [SQL_SLOW] = "SQL_SLOW", [SQL_WRITE] = "SQL_WRITE", [SQL_LOCK] = "SQL_LOCK"
};
static const char *const rows_names[] = { [SQL_GET] = "SQL_GET",
	                                  [SQL_FIND] = "SQL_FIND",
	                                  [SQL_MANY] = "SQL_MANY",
	                                  [SQL_EXEC] = "SQL_EXEC",
	                                  [SQL_EXPECT] = "SQL_EXPECT" };

/* The row's name as people read it: "service key". */
static void put_noun(struct buf *out, struct str row)
{
	buf_str(out, STR("\t.noun = \""));
	for (size_t i = 0; i < row.len; i++)
		buf_char(out, row.ptr[i] == '_' ? ' ' : row.ptr[i]);
	buf_str(out, STR("\",\n"));
}

static void put_statement(struct buf *out, const struct sqlgen_statement *statement)
{
	struct str name = statement->name;

	buf_printf(out, "static const struct sql_statement %.*s_statement = {\n\t.name = \"%.*s\",\n\t.text =\n",
	           STR_ARG(name), STR_ARG(name));
	put_text(out, statement->text);
	buf_printf(out, ",\n\t.use = %s,\n\t.rows = %s,\n", use_names[statement->use], rows_names[statement->rows]);
	if (statement->rows == SQL_GET)
		put_noun(out, statement->row);
	if (statement->param_count)
		buf_printf(out, "\t.params = %.*s_params,\n\t.param_count = %zu,\n", STR_ARG(name),
		           statement->param_count);
	if (statement->column_count)
		buf_printf(
		        out,
		        "\t.columns = %.*s_row,\n\t.column_count = %zu,\n\t.row_size = sizeof(struct sql_%.*s_row),\n",
		        STR_ARG(name), statement->column_count, STR_ARG(statement->row));
	buf_str(out, STR("};\n"));
}

static void put_body(struct buf *out, const struct sqlgen_statement *statement)
{
	const char *run = statement_takes_tx(statement) ? "sql_in_tx(tx" : "sql_read(db";
	const char *params = statement->param_count ? "params" : "NULL";
	struct str name = statement->name;

	if (!statement_has_row(statement))
		buf_printf(out, "{\n\tsql_in_tx(tx, &%.*s_statement, %s, NULL);\n}\n", STR_ARG(name), params);
	else if (!statement_is_list(statement))
		buf_printf(out, "{\n\treturn %s, &%.*s_statement, %s, NULL);\n}\n", run, STR_ARG(name), params);
	else
		buf_printf(out,
		           "{\n\tstruct sql_%.*s_rows found = { 0 };\n\n"
		           "\tfound.rows = %s, &%.*s_statement, %s, &found.count);\n\treturn found;\n}\n",
		           STR_ARG(statement->row), run, STR_ARG(name), params);
}

static void put_definition(struct buf *out, const struct sqlgen_statement *statement)
{
	buf_char(out, '\n');
	put_values(out, statement, statement->name, "params", statement->params, statement->param_count);
	put_values(out, statement, statement->row, "row", statement->columns, statement->column_count);
	put_statement(out, statement);
	buf_char(out, '\n');
	put_signature(out, statement);
	buf_char(out, '\n');
	put_body(out, statement);
}

static void put_module(struct buf *out, const struct sqlgen_module *module)
{
	const struct sqlgen_list *list = module->statements;
	size_t count = 0;

	buf_str(out, STR("\nstatic const struct sql_statement *const statements[] = {\n"));
	for (size_t i = 0; i < list->count; i++) {
		if (!str_eq(list->items[i]->file, module->file))
			continue;
		buf_printf(out, "\t&%.*s_statement,\n", STR_ARG(list->items[i]->name));
		count++;
	}
	buf_printf(out,
	           "};\n\nconst struct sql_module sql_%.*s_module = {\n\t.name = \"%.*s\",\n"
	           "\t.statements = statements,\n\t.count = %zu,\n};\n",
	           STR_ARG(module->name), STR_ARG(module->name), count);
}

void sqlgen_emit_source(const struct sqlgen_module *module, struct buf *out)
{
	const struct sqlgen_list *list = module->statements;

	put_notice(out, module);
	put_include(out, module->file);
	for (size_t i = 0; i < list->count; i++) {
		if (str_eq(list->items[i]->file, module->file))
			put_definition(out, list->items[i]);
	}
	put_module(out, module);
}
