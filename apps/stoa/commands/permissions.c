/* SPDX-License-Identifier: Apache-2.0 */
#include "apps/stoa/args.h"
#include "apps/stoa/cli.h"
#include "apps/stoa/json_line.h"
#include "service/platform.h"

enum { NAME_WIDTH = 20 };

static void print_json(struct permissions *permissions, struct permission_list rows, struct role_list roles)
{
	for (size_t i = 0; i < rows.count; i++) {
		struct json_line line;

		json_line_begin(&line);
		json_line_text(&line, "name", str_from(rows.items[i]->name));
		json_line_text(&line, "meaning", str_from(rows.items[i]->meaning));
		json_line_list_begin(&line, "roles");
		for (size_t k = 0; k < roles.count; k++)
			if (role_can(permissions, roles.items[k], rows.items[i]))
				json_line_list_text(&line, str_from(roles.items[k]->name));
		json_line_list_end(&line);
		json_line_end(&line);
	}
}

static void print_matrix(struct permissions *permissions, struct permission_list rows, struct role_list roles)
{
	printf("%-*s", NAME_WIDTH, "");
	for (size_t i = 0; i < roles.count; i++)
		printf("  %s", roles.items[i]->name);
	printf("  meaning\n");
	for (size_t i = 0; i < rows.count; i++) {
		printf("%-*s", NAME_WIDTH, rows.items[i]->name);
		for (size_t k = 0; k < roles.count; k++)
			printf("  %-*s", (int)strlen(roles.items[k]->name),
			       role_can(permissions, roles.items[k], rows.items[i]) ? "yes" : "-");
		printf("  %s\n", rows.items[i]->meaning);
	}
}

static int run_permissions(int argc, char **argv)
{
	bool json = false;
	const struct arg options[] = { { "json", ARG_FLAG, .flag = &json }, { NULL } };

	if (args_parse(argc, argv, options, NULL, 0) < 0)
		return EXIT_USAGE;

	struct permissions *permissions = platform_permissions(services_all);

	(json ? print_json : print_matrix)(permissions, permissions_all(permissions), permissions_roles(permissions));
	permissions_free(permissions);
	return EXIT_DONE;
}

const struct command command_permissions = {
	.name = "permissions",
	.options = OPTIONS(OPTION_JSON),
	.help = "list the permissions and the roles that have them",
	.example = "stoa permissions",
	.run = run_permissions,
};
