/* SPDX-License-Identifier: Apache-2.0 */
#include "commerce/commerce.h"

#include "commerce/api.h"
#include "commerce/config.h"
#include "commerce/events.h"
#include "commerce/permissions.h"

extern const struct migration_set commerce_migrations;

const struct service commerce_service = {
	.name = "commerce",
	.doc = "Catalogue, stock and orders of a shop with picking and delivery",
	.migrations = &commerce_migrations,
	.subjects = LIST(const struct subject *const, COMMERCE_SUBJECTS(SUBJECT_ENTRY)),
	.events = &commerce_events,
	.config = &commerce_config_section,
	.permissions = &commerce_permissions,
	.roles = &commerce_roles,
	.seed = commerce_seed,
};
