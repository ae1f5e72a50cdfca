/* SPDX-License-Identifier: Apache-2.0 */
#include "apps/stoa/args.h"
#include "apps/stoa/cli.h"
#include "auth/permission.h"

enum { NAME_WIDTH = 20 };

static int run_permissions(int argc, char **argv)
{
	if (args_none(argc, argv) < 0)
		return EXIT_USAGE;
	printf("%-*s", NAME_WIDTH, "");
	for (int role = ROLE_NONE + 1; role < ROLE_COUNT; role++)
		printf("  %.*s", STR_ARG(role_name((enum role)role)));
	printf("  meaning\n");
	for (int permission = 0; permission < PERMISSION_COUNT; permission++) {
		printf("%-*.*s", NAME_WIDTH, STR_ARG(permission_name((enum permission)permission)));
		for (int role = ROLE_NONE + 1; role < ROLE_COUNT; role++)
			printf("  %-*s", (int)role_name((enum role)role).len,
			       role_can((enum role)role, (enum permission)permission) ? "yes" : "-");
		printf("  %.*s\n", STR_ARG(permission_meaning((enum permission)permission)));
	}
	return EXIT_DONE;
}

const struct command command_permissions = {
	.name = "permissions",
	.arguments = "",
	.help = "list the permissions and the roles that have them",
	.run = run_permissions,
};
