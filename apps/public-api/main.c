/* SPDX-License-Identifier: Apache-2.0 */
#include "service/app.h"

int main(int argc, char **argv)
{
	static const struct app_description description = {
		.name = "public-api",
		.kind = APP_PUBLIC_API,
		.port = 3000,
		.services = services_all,
	};

	return app_main(argc, argv, &description);
}
