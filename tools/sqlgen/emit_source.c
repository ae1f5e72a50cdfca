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

void put_text(struct buf *out, struct str text)
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

void put_values(struct buf *out, struct str owner, const char *shape, const struct sqlgen_value *values, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct sqlgen_value *value = &values[i];

		buf_printf(out, "\t{ .name = \"%.*s\", .type = %s, %s", STR_ARG(value->name), value->type->constant,
		           value->nullable ? ".nullable = true, " : "");
		if (value->choice)
			buf_printf(out, ".choice = &%.*s_choice, ", STR_ARG(value->choice->table));
		buf_printf(out, ".offset = offsetof(struct sql_%.*s_%s, %.*s) },\n", STR_ARG(owner), shape,
		           STR_ARG(value->member));
	}
}

static void put_table(struct buf *out, const struct sqlgen_statement *statement, struct str owner, const char *shape,
                      const struct sqlgen_value *values, size_t count)
{
	const char *name = str_eq(str_from(shape), STR("row")) ? "row" : "params";

	if (!count)
		return;
	buf_printf(out, "static const struct sql_value %.*s_%s[] = {\n", STR_ARG(statement->name), name);
	put_values(out, owner, shape, values, count);
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

/* The row's name as people read it: "service key"; what staff see of a product, admin_product, is a "product". */
static void put_noun(struct buf *out, struct str row)
{
	size_t start = str_starts(row, STR("admin_")) ? STR("admin_").len : 0;

	buf_str(out, STR("\t.noun = \""));
	for (size_t i = start; i < row.len; i++)
		buf_char(out, row.ptr[i] == '_' ? ' ' : row.ptr[i]);
	buf_str(out, STR("\",\n"));
}

void put_statement(struct buf *out, const struct sqlgen_statement *statement, struct str name, struct str text,
                   size_t param_count)
{
	buf_printf(out, "static const struct sql_statement %.*s_statement = {\n\t.name = \"%.*s\",\n\t.text =\n",
	           STR_ARG(name), STR_ARG(name));
	put_text(out, text);
	if (!str_is_null(statement->batch)) {
		buf_str(out, STR(",\n\t.batch =\n"));
		put_text(out, statement->batch);
	}
	buf_printf(out, ",\n\t.use = %s,\n\t.rows = %s,\n", use_names[statement->use], rows_names[statement->rows]);
	if (statement->rows == SQL_GET)
		put_noun(out, statement->row);
	if (param_count)
		buf_printf(out, "\t.params = %.*s_params,\n\t.param_count = %zu,\n", STR_ARG(name), param_count);
	if (statement->column_count)
		buf_printf(
		        out,
		        "\t.columns = %.*s_row,\n\t.column_count = %zu,\n\t.row_size = sizeof(struct sql_%.*s_row),\n",
		        STR_ARG(statement->name), statement->column_count, STR_ARG(statement->row));
	buf_str(out, STR("};\n"));
}

static void put_list_body(struct buf *out, const struct sqlgen_statement *statement, const char *run)
{
	struct str name = statement->name;

	buf_printf(out, "{\n\tstruct sql_%.*s_rows found = { 0 };\n\n\tfound.rows = ", STR_ARG(statement->row));
	if (statement->order_count)
		buf_printf(out, "sql_read_page(db, &sql_%.*s_list, &params->page", STR_ARG(name));
	else
		buf_printf(out, "%s, &%.*s_statement", run, STR_ARG(name));
	buf_printf(out, ", %s, &found.count);\n\treturn found;\n}\n",
	           statement_has_params(statement) ? "params" : "NULL");
}

/* What is sent, from the row and from what was named, in one struct. */
static void put_sent_struct(struct buf *out, const struct sqlgen_statement *statement)
{
	buf_printf(out, "struct sql_%.*s_sent {\n", STR_ARG(statement->name));
	for (size_t i = 0; i < statement->param_count; i++) {
		if (is_first_of_member(statement->params, i))
			put_member(out, &statement->params[i]);
	}
	buf_str(out, STR("};\n"));
}

static void put_sent_body(struct buf *out, const struct sqlgen_statement *statement)
{
	buf_printf(out, "{\n\tconst struct sql_%.*s_sent sent = {\n", STR_ARG(statement->name));
	for (size_t i = 0; i < statement->param_count; i++) {
		const struct sqlgen_value *param = &statement->params[i];

		if (is_first_of_member(statement->params, i))
			buf_printf(out, "\t\t.%.*s = %s->%.*s,\n", STR_ARG(param->member),
			           param->of_row ? "row" : "params", STR_ARG(param->member));
	}
	buf_printf(out, "\t};\n\n\tsql_in_tx(tx, &%.*s_statement, &sent, NULL);\n}\n", STR_ARG(statement->name));
}

static void put_body(struct buf *out, const struct sqlgen_statement *statement)
{
	const char *run = statement_takes_tx(statement) ? "sql_in_tx(tx" : "sql_read(db";
	const char *params = statement->param_count ? "params" : "NULL";
	struct str name = statement->name;

	if (statement_takes_row(statement))
		put_sent_body(out, statement);
	else if (!statement_has_row(statement))
		buf_printf(out, "{\n\tsql_in_tx(tx, &%.*s_statement, %s, NULL);\n}\n", STR_ARG(name), params);
	else if (!statement_is_list(statement))
		buf_printf(out, "{\n\treturn %s, &%.*s_statement, %s, NULL);\n}\n", run, STR_ARG(name), params);
	else
		put_list_body(out, statement, run);
}

static void put_definition(struct buf *out, const struct sqlgen_statement *statement)
{
	struct str name = statement->name;

	buf_char(out, '\n');
	if (statement_takes_row(statement))
		put_sent_struct(out, statement);
	if (!statement->order_count)
		put_table(out, statement, name, statement_takes_row(statement) ? "sent" : "params", statement->params,
		          statement->param_count);
	put_table(out, statement, statement->row, "row", statement->columns, statement->column_count);
	if (statement->order_count) {
		put_page_statements(out, statement);
		put_page_list(out, statement);
	} else {
		put_statement(out, statement, name, statement->text, statement->param_count);
	}
	buf_char(out, '\n');
	put_signature(out, statement);
	buf_char(out, '\n');
	put_body(out, statement);
}

static size_t put_name(struct buf *out, const struct sqlgen_statement *statement)
{
	if (statement->order_count)
		return put_page_names(out, statement);
	buf_printf(out, "\t&%.*s_statement,\n", STR_ARG(statement->name));
	return 1;
}

static void put_module(struct buf *out, const struct sqlgen_module *module)
{
	const struct sqlgen_list *list = module->statements;
	size_t count = 0;

	buf_str(out, STR("\nstatic const struct sql_statement *const statements[] = {\n"));
	for (size_t i = 0; i < list->count; i++) {
		if (str_eq(list->items[i]->file, module->file))
			count += put_name(out, list->items[i]);
	}
	buf_printf(out,
	           "};\n\nconst struct sql_module sql_%.*s_module = {\n\t.name = \"%.*s\",\n"
	           "\t.statements = statements,\n\t.count = %zu,\n};\n",
	           STR_ARG(module->name), STR_ARG(module->name), count);
}

static bool is_first_of_table(const struct sqlgen_choices *choices, size_t at)
{
	for (size_t i = 0; i < at; i++) {
		if (str_eq(choices->items[i].table, choices->items[at].table))
			return false;
	}
	return true;
}

/* Declared here, so that a generated header needs none of a service. */
static void put_choices(struct buf *out, const struct sqlgen_module *module)
{
	const struct sqlgen_list *list = module->statements;
	const struct sqlgen_choices *choices = NULL;

	for (size_t i = 0; i < list->count; i++) {
		if (str_eq(list->items[i]->file, module->file))
			choices = list->items[i]->choices;
	}
	if (choices && choices->count)
		buf_char(out, '\n');
	for (size_t i = 0; choices && i < choices->count; i++) {
		if (is_first_of_table(choices, i))
			buf_printf(out, "extern const struct choice %.*s_choice;\n", STR_ARG(choices->items[i].table));
	}
}

static bool takes_row_of(const struct sqlgen_module *module, struct str file)
{
	const struct sqlgen_list *list = module->statements;

	for (size_t i = 0; i < list->count; i++) {
		const struct sqlgen_statement *statement = list->items[i];

		if (str_eq(statement->file, module->file) && statement_takes_row(statement) &&
		    str_eq(row_owner(list, statement->from)->file, file))
			return true;
	}
	return false;
}

/* The headers of the files that own the rows which statements of this one take. */
static void put_from_includes(struct buf *out, const struct sqlgen_module *module)
{
	const struct sqlgen_list *list = module->statements;
	struct str last = module->file;

	for (size_t i = 0; i < list->count; i++) {
		struct str file = list->items[i]->file;

		if (!str_eq(file, last) && !str_eq(file, module->file) && takes_row_of(module, file))
			put_include(out, file);
		last = file;
	}
}

void sqlgen_emit_source(const struct sqlgen_module *module, struct buf *out)
{
	const struct sqlgen_list *list = module->statements;

	put_notice(out, module);
	put_include(out, module->file);
	put_from_includes(out, module);
	put_choices(out, module);
	for (size_t i = 0; i < list->count; i++) {
		if (str_eq(list->items[i]->file, module->file))
			put_definition(out, list->items[i]);
	}
	put_module(out, module);
}
