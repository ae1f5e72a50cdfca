/* SPDX-License-Identifier: Apache-2.0 */
#include "args.h"

#include "base/str.h"

static const struct arg *find_option(const struct arg *rows, struct str name)
{
	for (; rows->name; rows++)
		if (str_eq(str_from(rows->name), name))
			return rows;
	return NULL;
}

static int print_misuse(const char *what, const char *got)
{
	fprintf(stderr, "stoa: %s: %s\n", got, what);
	return -1;
}

static int set_option(const struct arg *row, const char *value, const char *word)
{
	int64_t number;

	if (!value)
		return print_misuse("needs a value", word);
	if (row->kind == ARG_TEXT) {
		*row->text = value;
		return 0;
	}
	if (str_to_i64(str_from(value), &number) < 0 || number < 0)
		return print_misuse("takes a whole number, 0 or more", word);
	*row->number = number;
	return 0;
}

/* Returns how many words the option used, or -1. */
static int parse_option(char **argv, const struct arg *rows)
{
	struct str value = str_from(argv[0] + 2), name = str_cut(&value, '=');
	const struct arg *row = find_option(rows, name);

	if (!row)
		return print_misuse("no such option", argv[0]);
	if (row->kind == ARG_FLAG) {
		if (!str_is_null(value))
			return print_misuse("takes no value", argv[0]);
		*row->flag = true;
		return 1;
	}
	if (!str_is_null(value))
		return set_option(row, value.ptr, argv[0]) < 0 ? -1 : 1;
	return set_option(row, argv[1], argv[0]) < 0 ? -1 : 2;
}

int args_parse(int argc, char **argv, const struct arg *rows, const char **words, int max)
{
	int count = 0;

	for (int i = 0; i < argc;) {
		if (strncmp(argv[i], "--", 2) == 0) {
			int used = parse_option(argv + i, rows);

			if (used < 0)
				return -1;
			i += used;
		} else if (count == max) {
			return print_misuse("unexpected argument", argv[i]);
		} else {
			words[count++] = argv[i++];
		}
	}
	if (words)
		words[count] = NULL;
	return count;
}

int args_none(int argc, char **argv)
{
	return args_parse(argc, argv, (const struct arg[]){ { NULL } }, NULL, 0);
}
