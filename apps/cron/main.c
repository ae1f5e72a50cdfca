/* SPDX-License-Identifier: Apache-2.0 */
#include "service/app.h"

int main(int argc, char **argv)
{
	static const struct app_description description = {
		.name = "cron",
		.kind = APP_CRON,
		.port = 3003,
		.services = services_all,
	};

	return app_main(argc, argv, &description);
}
