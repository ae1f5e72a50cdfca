/* SPDX-License-Identifier: Apache-2.0 */
#include "commerce/config.h"

#include <string.h>

#include "config/row.h"

CONFIG_SECTION(commerce_config, COMMERCE_CONFIG, NULL);

bool commerce_payment_manual(const struct commerce_config *config, const struct config *platform)
{
	if (!strcmp(config->payment_provider, "auto"))
		return !strcmp(platform->environment, "production");
	return !strcmp(config->payment_provider, "manual");
}
