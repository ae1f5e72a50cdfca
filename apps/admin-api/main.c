/* SPDX-License-Identifier: Apache-2.0 */
#include "service/app.h"

int main(int argc, char **argv)
{
	static const struct app_description description = {
		.name = "admin-api",
		.kind = APP_ADMIN_API,
		.port = 3001,
		.services = services_all,
	};

	return app_main(argc, argv, &description);
}
