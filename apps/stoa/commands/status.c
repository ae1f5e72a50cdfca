/* SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>

#include "apps/stoa/args.h"
#include "apps/stoa/cli.h"
#include "apps/stoa/json_line.h"
#include "apps/stoa/stack/parts.h"
#include "apps/stoa/stack/probe.h"
#include "apps/stoa/stack/process.h"
#include "apps/stoa/stack/running.h"
#include "apps/stoa/stack/stack.h"

enum { ROWS_MAX = 128 };

/* Good for the small answers of our own /ready: no escapes, no nesting. */
static void json_text_member(const char *body, const char *name, char *out, size_t size)
{
	char key[32];
	const char *at;

	snprintf(key, sizeof(key), "\"%s\":\"", name);
	at = strstr(body, key);
	snprintf(out, size, "%.*s", at ? (int)strcspn(at + strlen(key), "\"") : 0, at ? at + strlen(key) : "");
}

static void print_json(const struct running *row, const char *status, int64_t pss_kib, const char *reason)
{
	struct json_line line;

	json_line_begin(&line);
	json_line_text(&line, "process", str_from(row->name));
	json_line_number(&line, "pid", row->pid);
	if (row->port)
		json_line_number(&line, "port", row->port);
	json_line_text(&line, "status", str_from(status));
	if (pss_kib >= 0)
		json_line_number(&line, "memory_bytes", pss_kib * 1024);
	if (*reason)
		json_line_text(&line, "reason", str_from(reason));
	json_line_end(&line);
}

static bool print_process(const struct running *row, bool json)
{
	char body[2048] = "", status[32] = "running", reason[128] = "", memory[32] = "-", port[16] = "-";
	bool is_app = false, ok = true;
	int64_t pss = process_pss_kib(row->pid);

	for (int part = 0; part < PART_COUNT; part++)
		is_app |= part_rows[part].app && strncmp(row->name, part_name(part), strlen(part_name(part))) == 0;
	if (row->port)
		snprintf(port, sizeof(port), "%d", row->port);
	if (pss >= 0)
		snprintf(memory, sizeof(memory), "%.1f MB", (double)pss / 1024);
	if (is_app) {
		int code = probe_http(row->port, "/ready", body, sizeof(body));

		json_text_member(body, "status", status, sizeof(status));
		json_text_member(body, "reason", reason, sizeof(reason));
		if (code < 0)
			snprintf(status, sizeof(status), "no answer");
		ok = code == 200;
	}
	if (json)
		print_json(row, status, pss, reason);
	else
		printf("%-16s %8d  %5s  %-10s %9s  %s\n", row->name, (int)row->pid, port, status, memory, reason);
	return ok;
}

static int run_status(int argc, char **argv)
{
	const char *dir = NULL;
	bool json = false;
	const struct arg rows[] = { { "dir", ARG_TEXT, .text = &dir }, { "json", ARG_FLAG, .flag = &json }, { NULL } };
	struct running list[ROWS_MAX];
	struct stack stack;
	bool ok = true;
	int count;

	if (args_parse(argc, argv, rows, NULL, 0) < 0 || stack_locate(&stack, dir))
		return EXIT_USAGE;
	count = running_list(&stack, list, ROWS_MAX);
	if (count == 0) {
		fprintf(json ? stderr : stdout, "no stack runs from %s\n", stack.dir);
		return EXIT_FAILED;
	}
	if (!json)
		printf("%-16s %8s  %5s  %-10s %9s  %s\n", "process", "pid", "port", "status", "memory", "reason");
	for (int i = 0; i < count; i++)
		ok &= print_process(&list[i], json);
	return ok ? EXIT_DONE : EXIT_FAILED;
}

const struct command command_status = {
	.name = "status",
	.options = OPTIONS(OPTION_DIR, OPTION_JSON),
	.help = "list the running processes: port, readiness, memory (PSS); exit status 1 when one is not ready",
	.example = "stoa status",
	.run = run_status,
};
