/* SPDX-License-Identifier: Apache-2.0 */
#include "running.h"

#include "apps/stoa/files.h"
#include "base/str.h"
#include "process.h"

enum { PROCESSES_FILE_MAX = 8 * 1024, RUNNING_WORDS = 4 };

static bool parse_running(struct str line, struct running *ret)
{
	struct str words[RUNNING_WORDS];
	int64_t pid, started, port;

	if (line_words(line, words, RUNNING_WORDS) < RUNNING_WORDS || str_to_i64(words[1], &pid) < 0 ||
	    str_to_i64(words[2], &started) < 0 || str_to_i64(words[3], &port) < 0 || pid < 2 || pid > INT32_MAX ||
	    started <= 0)
		return false;
	*ret = (struct running){ .pid = (pid_t)pid, .started = (uint64_t)started, .port = (int)port };
	snprintf(ret->name, sizeof(ret->name), "%.*s", STR_ARG(words[0]));
	return true;
}

int running_list(const struct stack *stack, struct running *ret, int max)
{
	char text[PROCESSES_FILE_MAX];
	struct str rest;
	int count = 0;

	if (file_read(stack_path(stack, "processes").text, text, sizeof(text)) < 0)
		return 0;
	rest = str_from(text);
	while (!str_is_null(rest) && count < max)
		if (parse_running(str_cut(&rest, '\n'), &ret[count]) &&
		    process_started(ret[count].pid) == ret[count].started)
			count++;
	return count;
}
