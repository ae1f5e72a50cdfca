/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config.h"
#include "apps/stoa/args.h"
#include "apps/stoa/cli.h"
#include "apps/stoa/json_line.h"
#include "apps/stoa/stack/configure.h"
#include "config/row.h"
#include "service/platform.h"

enum { SHOWN_MAX = 1024 };

static void print_json(const struct config_section *section, const void *values)
{
	for (size_t i = 0; i < section->row_count; i++) {
		const struct config_row *row = &section->rows[i];
		char value[SHOWN_MAX];
		struct json_line line;

		config_show(section, values, row->variable, value, sizeof(value));
		json_line_begin(&line);
		json_line_text(&line, "variable", str_from(row->variable));
		json_line_text(&line, "kind", str_from(config_kind_name(row->kind)));
		json_line_text(&line, "value", str_from(value));
		json_line_text(&line, "source", config_environment(row) ? STR("environment") : STR("default"));
		json_line_text(&line, "default", str_from(row->fallback));
		json_line_text(&line, "meaning", str_from(row->meaning));
		json_line_end(&line);
	}
}

static int run_config(int argc, char **argv)
{
	bool json = false;
	const struct arg options[] = { { "json", ARG_FLAG, .flag = &json }, { NULL } };
	struct config config;
	char error[512];

	if (args_parse(argc, argv, options, NULL, 0) < 0)
		return EXIT_USAGE;
	void (*const print)(const struct config_section *section, const void *values) =
	        json ? print_json : config_print;

	configure_connect(NULL);
	config_load(&config, 0);
	print(&config_section, &config);
	if (platform_configs(services_all, &config, print, error, sizeof(error))) {
		fprintf(stderr, "%s\n", error);
		return EXIT_USAGE;
	}
	return EXIT_DONE;
}

const struct command command_config = {
	.name = "config",
	.options = OPTIONS(OPTION_JSON),
	.help = "list the configuration: each variable with value, kind, source and meaning; secrets are masked",
	.example = "stoa config | grep DATABASE",
	.run = run_config,
};
