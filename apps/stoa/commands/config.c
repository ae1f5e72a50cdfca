/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config.h"
#include "apps/stoa/args.h"
#include "apps/stoa/cli.h"
#include "apps/stoa/stack/configure.h"
#include "service/platform.h"

static int run_config(int argc, char **argv)
{
	struct config config;
	char error[512];

	if (args_none(argc, argv) < 0)
		return EXIT_USAGE;
	configure_connect(NULL);
	config_load(&config, 0);
	config_print(&config_section, &config);
	if (platform_configs(services_all, &config, config_print, error, sizeof(error))) {
		fprintf(stderr, "%s\n", error);
		return EXIT_USAGE;
	}
	return EXIT_DONE;
}

const struct command command_config = {
	.name = "config",
	.arguments = "",
	.help = "list the configuration: each variable with value, source and meaning; secrets are masked",
	.run = run_config,
};
