/* SPDX-License-Identifier: Apache-2.0 */
#include "service/app.h"

int main(int argc, char **argv)
{
	static const struct app_description description = {
		.name = "worker",
		.kind = APP_WORKER,
		.port = 3002,
		.services = services_all,
	};

	return app_main(argc, argv, &description);
}
