/* SPDX-License-Identifier: Apache-2.0 */
#include "apps/stoa/args.h"
#include "apps/stoa/cli.h"
#include "base/buf.h"
#include "base/check.h"
#include "service/app.h"

enum { DOCUMENT_MAX = 16 * 1024 * 1024 };

static int run_openapi(int argc, char **argv)
{
	static const struct app_kind *const kinds[] = { &app_public_api, &app_admin_api };
	static const char *const names[] = { "public", "admin" };
	const struct arg no_options[] = { { NULL } };
	const char *words[2];
	struct buf buf;

	if (args_parse(argc, argv, no_options, words, 1) < 0)
		return EXIT_USAGE;
	for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
		if (!words[0] || strcmp(words[0], names[i]) != 0)
			continue;
		buf_init(&buf, DOCUMENT_MAX);
		openapi_write(&buf, kinds[i], services_all);
		struct str text = buf_view(&buf);

		fwrite(text.ptr, 1, text.len, stdout);
		putchar('\n');
		buf_done(&buf);
		return EXIT_DONE;
	}
	fprintf(stderr, "stoa: openapi takes public or admin\n");
	return EXIT_USAGE;
}

const struct command command_openapi = {
	.name = "openapi",
	.words = "public | admin",
	.help = "print the OpenAPI 3.1 document of an API",
	.example = "stoa openapi public >openapi.json",
	.run = run_openapi,
};
