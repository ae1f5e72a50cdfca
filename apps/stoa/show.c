/* SPDX-License-Identifier: Apache-2.0 */
/* What can be told without asking anybody. */
#include "args.h"
#include "auth/permission.h"
#include "base/buf.h"
#include "base/check.h"
#include "cli.h"
#include "configure.h"
#include "service/app.h"

enum { DOCUMENT_MAX = 16 * 1024 * 1024, NAME_WIDTH = 20 };

static const struct arg no_options[] = { { NULL } };

int command_config(int argc, char **argv)
{
	struct config config;

	if (args_parse(argc, argv, no_options, NULL, 0) < 0)
		return EXIT_USAGE;
	configure_connect(NULL);
	config_load(&config, 0);
	config_print(&config);
	return EXIT_DONE;
}

int command_permissions(int argc, char **argv)
{
	if (args_parse(argc, argv, no_options, NULL, 0) < 0)
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

int command_openapi(int argc, char **argv)
{
	static const struct app_description apps[] = {
		{ .name = "public-api", .kind = APP_PUBLIC_API, .port = 3000, .services = services_all },
		{ .name = "admin-api", .kind = APP_ADMIN_API, .port = 3001, .services = services_all },
	};
	static const char *const names[] = { "public", "admin" };
	const char *words[2];
	struct buf buf;

	if (args_parse(argc, argv, no_options, words, 1) < 0)
		return EXIT_USAGE;
	for (size_t i = 0; i < ARRAY_COUNT(apps); i++) {
		if (!words[0] || strcmp(words[0], names[i]) != 0)
			continue;
		buf_init(&buf, DOCUMENT_MAX);
		openapi_write(&buf, &apps[i]);
		struct str text = buf_view(&buf);

		fwrite(text.ptr, 1, text.len, stdout);
		putchar('\n');
		buf_done(&buf);
		return EXIT_DONE;
	}
	fprintf(stderr, "stoa: openapi takes public or admin\n");
	return EXIT_USAGE;
}

int command_version(int argc, char **argv)
{
	if (args_parse(argc, argv, no_options, NULL, 0) < 0)
		return EXIT_USAGE;
	printf("stoa %s\n", STOA_VERSION);
	return EXIT_DONE;
}
