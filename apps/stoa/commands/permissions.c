/* SPDX-License-Identifier: Apache-2.0 */
#include "apps/stoa/args.h"
#include "apps/stoa/cli.h"
#include "service/platform.h"

enum { NAME_WIDTH = 20 };

static int run_permissions(int argc, char **argv)
{
	if (args_none(argc, argv) < 0)
		return EXIT_USAGE;

	struct permissions *permissions = platform_permissions(services_all);
	struct permission_list rows = permissions_all(permissions);
	struct role_list roles = permissions_roles(permissions);

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
	permissions_free(permissions);
	return EXIT_DONE;
}

const struct command command_permissions = {
	.name = "permissions",
	.arguments = "",
	.help = "list the permissions and the roles that have them",
	.run = run_permissions,
};
