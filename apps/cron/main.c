/* SPDX-License-Identifier: Apache-2.0 */
#include "service/app.h"

int main(int argc, char **argv)
{
	return app_main(argc, argv, &app_cron, services_all);
}
