/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `stoa mail`: reads the mail spool, for developers. A file's name is a UUIDv7, so names are in the order in which the
 * mails were requested.
 */
#include <dirent.h>
#include <errno.h>

#include "accounts/config.h"
#include "apps/stoa/args.h"
#include "apps/stoa/cli.h"
#include "apps/stoa/files.h"
#include "apps/stoa/json_line.h"
#include "apps/stoa/stack/configure.h"
#include "base/check.h"
#include "config/config.h"

enum { NAMES_MAX = 10000, NAME_LEN_MAX = 64, FILE_MAX = 64 * 1024, LIST_DEFAULT = 20 };

struct spool {
	const char *folder;
	char (*names)[NAME_LEN_MAX];
	size_t count;
};

static int compare_names(const void *a, const void *b)
{
	return strcmp(a, b);
}

static bool is_mail(const char *name)
{
	return name[0] != '.' && strlen(name) < NAME_LEN_MAX && str_ends(str_from(name), STR(".eml"));
}

static int spool_read(struct spool *spool)
{
	DIR *folder = opendir(spool->folder);
	const struct dirent *entry;

	if (!folder) {
		fprintf(stderr, "stoa: %s: %s\n", *spool->folder ? spool->folder : "STOA_MAIL_SPOOL is not set",
		        strerror(errno));
		return -1;
	}
	while (spool->count < NAMES_MAX && (entry = readdir(folder)))
		if (is_mail(entry->d_name))
			memcpy(spool->names[spool->count++], entry->d_name, strlen(entry->d_name) + 1);
	closedir(folder);
	qsort(spool->names, spool->count, NAME_LEN_MAX, compare_names);
	return 0;
}

static bool mail_read(const struct spool *spool, const char *name, char text[FILE_MAX])
{
	char path[1024];

	snprintf(path, sizeof(path), "%s/%s", spool->folder, name);
	return file_read(path, text, FILE_MAX) >= 0;
}

static struct str mail_header(const char *text, const char *name)
{
	const char *found = strstr(text, name);

	if (!found)
		return STR("");
	found += strlen(name);
	return (struct str){ found, strcspn(found, "\r\n") };
}

static void print_mail(const char *name, const char *text)
{
	printf("%.36s  %.*s  %-32.*s  %.*s\n", name, STR_ARG(mail_header(text, "\r\nDate: ")),
	       STR_ARG(mail_header(text, "\r\nTo: ")), STR_ARG(mail_header(text, "\r\nSubject: ")));
}

static void print_mail_json(const char *name, const char *text)
{
	struct json_line line;

	json_line_begin(&line);
	json_line_text(&line, "id", str_slice(str_from(name), 0, strlen(name) - strlen(".eml")));
	json_line_text(&line, "date", mail_header(text, "\r\nDate: "));
	json_line_text(&line, "to", mail_header(text, "\r\nTo: "));
	json_line_text(&line, "subject", mail_header(text, "\r\nSubject: "));
	json_line_end(&line);
}

static int list_mails(const struct spool *spool, int64_t limit, bool json)
{
	static char text[FILE_MAX];
	size_t first = spool->count > (size_t)limit ? spool->count - (size_t)limit : 0;

	for (size_t i = first; i < spool->count; i++) {
		if (mail_read(spool, spool->names[i], text))
			(json ? print_mail_json : print_mail)(spool->names[i], text);
	}
	return EXIT_DONE;
}

/* The newest mail whose id starts with `id`; "last" is the newest of all. */
static int show_mail(const struct spool *spool, const char *id)
{
	static char text[FILE_MAX];

	for (size_t i = spool->count; i-- > 0;) {
		if (strcmp(id, "last") != 0 && !str_starts(str_from(spool->names[i]), str_from(id)))
			continue;
		if (!mail_read(spool, spool->names[i], text))
			break;
		printf("%s", text);
		return EXIT_DONE;
	}
	fprintf(stderr, "stoa: no mail %s in %s\n", id, spool->folder);
	return EXIT_FAILED;
}

static int run_mail(int argc, char **argv)
{
	static char names[NAMES_MAX][NAME_LEN_MAX];
	struct spool spool = { .names = names };
	struct config config;
	struct accounts_config accounts;
	const char *words[2], *dir = NULL;
	int64_t limit = LIST_DEFAULT;
	bool json = false;
	const struct arg rows[] = {
		{ "dir", ARG_TEXT, .text = &dir },
		{ "limit", ARG_NUMBER, .number = &limit },
		{ "json", ARG_FLAG, .flag = &json },
		{ NULL },
	};

	if (args_parse(argc, argv, rows, words, 1) < 0)
		return EXIT_USAGE;
	configure_connect(dir);
	config_load(&config, 0);
	config_load_section(&accounts_config_section, &config, &accounts);
	spool.folder = accounts.mail_spool;
	if (spool_read(&spool) < 0)
		return EXIT_FAILED;
	return words[0] ? show_mail(&spool, words[0]) : list_mails(&spool, limit, json);
}

const struct command command_mail = {
	.name = "mail",
	.words = "[last | ID]",
	.options = OPTIONS({ "limit", "N", "list at most so many; without it 20" }, OPTION_DIR,
	                   { "json", NULL, "list: print one JSON object a line, for programs" }),
	.help = "list the newest mails of the spool (20), or print one: the last, or that of an id or the start of an "
	        "id",
	.example = "stoa mail last",
	.run = run_mail,
};
