/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlgen --conninfo C [--check] file.sql ..
 *
 * Reads the named statements of the files (format: packages/db/sql.h), has a freshly migrated database describe them
 * and writes beside each file.sql a file_sql.h and a file_sql.c; files that would not change are left alone. Statements
 * of all files of a run may share rows. With --check writes nothing and names the files that differ. Ends 0; 1 when
 * statements were refused or files differ; 2 when called wrongly or the database is away.
 */
#include <errno.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/check.h"
#include "tools/sqlgen/describe.h"
#include "tools/sqlgen/emit.h"
#include "tools/sqlgen/reader.h"

enum { OUTPUT_MAX = 4 << 20, ARENA_MAX = 1 << 30, STATUS_REFUSED = 1, STATUS_USAGE = 2 };

struct options {
	const char *conninfo;
	bool check;
	char **files; /* in the order of their paths */
	size_t count;
};

static int usage(void)
{
	fputs("usage: sqlgen --conninfo C [--check] file.sql ..\n", stderr);
	return STATUS_USAGE;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int parse_options(int argc, char **argv, struct options *ret)
{
	int at = 1;

	for (; at < argc && str_starts(str_from(argv[at]), STR("--")); at++) {
		if (str_eq(str_from(argv[at]), STR("--check")))
			ret->check = true;
		else if (str_eq(str_from(argv[at]), STR("--conninfo")) && at + 1 < argc)
			ret->conninfo = argv[++at];
		else
			return -1;
	}
	ret->files = argv + at;
	ret->count = (size_t)(argc - at);
	qsort(ret->files, ret->count, sizeof(*ret->files), compare);
	return ret->count && ret->conninfo ? 0 : -1;
}

static const struct str sql_suffix = { ".sql", 4 };

/* ---- Files -------------------------------------------------------------------------------------------------- */

/* Up to `max` bytes and one more, by which the reader sees that there are too many. Null when it cannot be read. */
static struct str read_file(struct arena *arena, const char *path, size_t max)
{
	FILE *file = fopen(path, "rb");
	struct str text = STR_NULL;

	if (!file)
		return text;
	char *bytes = arena_alloc_raw(arena, max + 1);
	size_t count = fread(bytes, 1, max + 1, file);
	if (!ferror(file))
		text = (struct str){ bytes, count };
	fclose(file);
	return text;
}

static int write_file(struct arena *arena, const char *path, struct str text)
{
	const char *scratch = str_printf(arena, "%s.new%c", path, '\0').ptr;
	FILE *file = fopen(scratch, "wb");

	if (!file) {
		fprintf(stderr, "%s: %s\n", scratch, strerror(errno));
		return STATUS_USAGE;
	}
	bool written = fwrite(text.ptr, 1, text.len, file) == text.len;
	written = fclose(file) == 0 && written;
	if (!written || rename(scratch, path) != 0) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		unlink(scratch);
		return STATUS_USAGE;
	}
	return 0;
}

/* Beside the .sql file: "orders.sql" makes "orders_sql.h". */
static int deliver(struct arena *arena, const struct options *options, struct str file, const char *suffix,
                   struct buf *text)
{
	struct str stem = str_slice(file, 0, file.len - sql_suffix.len);
	const char *path = str_printf(arena, "%.*s_sql.%s%c", STR_ARG(stem), suffix, '\0').ptr;
	struct str old = read_file(arena, path, OUTPUT_MAX);

	CHECK(!text->overflow);
	if (!str_is_null(old) && str_eq(old, buf_view(text)))
		return 0;
	if (!options->check)
		return write_file(arena, path, buf_view(text));
	fprintf(stderr, "%s: not what its statements generate\n", path);
	return STATUS_REFUSED;
}

/* ---- Steps -------------------------------------------------------------------------------------------------- */

static void report(struct str file, const struct sqlgen_error *error)
{
	fprintf(stderr, "%.*s:%d: %s\n", STR_ARG(file), error->line, error->message);
}

/* "orders" of "services/commerce/orders/orders.sql"; null when that cannot be part of a C name. */
static struct str module_name(struct str file)
{
	const char *slash = memrchr(file.ptr, '/', file.len);
	size_t start = slash ? (size_t)(slash + 1 - file.ptr) : 0;
	struct str name;

	if (!str_ends(file, sql_suffix))
		return STR_NULL;
	name = str_slice(file, start, file.len - sql_suffix.len);
	return sqlgen_name_ok(name) ? name : STR_NULL;
}

static int read_one(struct arena *arena, const char *path, struct sqlgen_list *list)
{
	struct str text = read_file(arena, path, SQLGEN_FILE_MAX);
	struct sqlgen_error error;
	size_t before = list->count;

	if (str_is_null(text) || str_is_null(module_name(str_from(path)))) {
		fprintf(stderr, "%s: %s\n", path,
		        str_is_null(text) ? "cannot be read" : "is not called name.sql with a name for C");
		return STATUS_USAGE;
	}
	if (sqlgen_read(arena, str_from(path), text, list, &error) != 0) {
		report(str_from(path), &error);
		return STATUS_REFUSED;
	}
	if (list->count == before) {
		fprintf(stderr, "%s: no statements\n", path);
		return STATUS_REFUSED;
	}
	return 0;
}

static int read_all(struct arena *arena, const struct options *options, struct sqlgen_list *list)
{
	int status = 0;

	for (size_t i = 0; i < options->count && status == 0; i++)
		status = read_one(arena, options->files[i], list);
	return status;
}

/* Goes on after a refusal: one run names them all. */
static int describe_all(struct arena *arena, PGconn *conn, const struct sqlgen_list *list)
{
	const struct sqlgen_statement *culprit;
	struct sqlgen_error error;
	int status = 0;

	for (size_t i = 0; i < list->count; i++) {
		if (sqlgen_describe(arena, conn, list->items[i], &error) == 0)
			continue;
		report(list->items[i]->file, &error);
		status = STATUS_REFUSED;
	}
	if (status == 0 &&
	    (sqlgen_check_choices(list, &culprit, &error) != 0 || sqlgen_check_rows(list, &culprit, &error) != 0 ||
	     sqlgen_check_from(list, &culprit, &error) != 0)) {
		report(culprit->file, &error);
		status = STATUS_REFUSED;
	}
	return status;
}

static int describe_by_server(struct arena *arena, const struct options *options, const struct sqlgen_list *list)
{
	PGconn *conn = PQconnectdb(options->conninfo);
	int status = STATUS_USAGE;

	if (PQstatus(conn) != CONNECTION_OK || PQsetClientEncoding(conn, "UTF8") != 0)
		fprintf(stderr, "sqlgen: %s", PQerrorMessage(conn));
	else
		status = describe_all(arena, conn, list);
	PQfinish(conn);
	return status;
}

static int emit_one(struct arena *arena, const struct options *options, const char *path,
                    const struct sqlgen_list *list)
{
	struct str file = str_from(path);
	struct sqlgen_module module = { .name = module_name(file), .file = file, .statements = list };
	struct buf header, source;

	buf_init_arena(&header, arena, OUTPUT_MAX);
	buf_init_arena(&source, arena, OUTPUT_MAX);
	sqlgen_emit_header(&module, &header);
	sqlgen_emit_source(&module, &source);
	int header_status = deliver(arena, options, file, "h", &header);
	int source_status = deliver(arena, options, file, "c", &source);
	return header_status ? header_status : source_status;
}

/* Goes on after a difference: one run names them all. */
static int emit_all(struct arena *arena, const struct options *options, const struct sqlgen_list *list)
{
	int status = 0;

	for (size_t i = 0; i < options->count; i++) {
		int one = emit_one(arena, options, options->files[i], list);

		status = status ? status : one;
	}
	return status;
}

static int run(struct arena *arena, const struct options *options)
{
	struct sqlgen_list list = { 0 };
	int status = read_all(arena, options, &list);

	if (status == 0)
		status = describe_by_server(arena, options, &list);
	if (status == 0)
		status = emit_all(arena, options, &list);
	return status;
}

int main(int argc, char **argv)
{
	struct options options = { 0 };

	if (parse_options(argc, argv, &options) != 0)
		return usage();
	struct arena *arena = arena_new(1 << 20, ARENA_MAX, NULL, NULL);
	int status = run(arena, &options);
	arena_free(arena);
	return status;
}
