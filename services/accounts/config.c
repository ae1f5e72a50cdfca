/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts/config.h"

#include <stdio.h>
#include <string.h>

#include "auth/jwks_source.h"
#include "config/row.h"

/* An outside provider is set up whole or not at all: half of one would let in nobody, or anybody's tokens. */
static int check_provider(const struct config *platform, const void *values, char *error, size_t size)
{
	const struct accounts_config *config = values;
	bool any = *config->oidc_issuer || *config->oidc_audience || *config->oidc_jwks_url;
	bool all = *config->oidc_issuer && *config->oidc_audience && *config->oidc_jwks_url;

	if (any != all) {
		snprintf(error, size, "OIDC_ISSUER, OIDC_AUDIENCE, OIDC_JWKS_URL: set all three or none");
		return -1;
	}
	if (all && !jwks_url_allowed(str_from(config->oidc_jwks_url))) {
		snprintf(error, size, "OIDC_JWKS_URL: got \"%.80s\", takes https, or http to this machine",
		         config->oidc_jwks_url);
		return -1;
	}
	return 0;
}

/* Where registering means answering a mail, mail must go somewhere: else nobody could ever register. */
static int check_values(const struct config *platform, const void *values, char *error, size_t size)
{
	const struct accounts_config *config = values;

	if (check_provider(platform, values, error, size))
		return -1;
	if (!strcmp(platform->environment, "production") && accounts_register_by_mail(config, platform) &&
	    !*config->mail_spool) {
		snprintf(error, size, "STOA_MAIL_SPOOL: set it, for STOA_REGISTER is by_mail");
		return -1;
	}
	return 0;
}

CONFIG_SECTION(accounts_config, ACCOUNTS_CONFIG, check_values);

bool accounts_register_by_mail(const struct accounts_config *config, const struct config *platform)
{
	if (!strcmp(config->registration, "auto"))
		return !strcmp(platform->environment, "production");
	return !strcmp(config->registration, "by_mail");
}
