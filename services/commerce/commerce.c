/* SPDX-License-Identifier: Apache-2.0 */
#include "commerce/commerce.h"

#include "commerce/api.h"
#include "commerce/config.h"
#include "commerce/customers/person.h"
#include "commerce/events.h"
#include "commerce/permissions.h"

extern const struct migration_set commerce_migrations;

SCHEMA_DEFINE(COMMERCE_SHAPES)
SCHEMA_DEFINE(COMMERCE_EVENT_SHAPES)
COMMERCE_PROBLEMS(PROBLEM_DEFINE)
COMMERCE_EVENTS_HEARD(EVENT_DEFINE)

const struct order_part_list order_parts = LIST(const struct order_part *const, COMMERCE_ORDER_PARTS(ORDER_PART_ENTRY));
_Static_assert(sizeof((const struct order_part *const[]){ COMMERCE_ORDER_PARTS(ORDER_PART_ENTRY) }) <=
                       ORDER_PARTS_MAX * sizeof(void *),
               "more parts than a change has shares");

const struct service commerce_service = {
	.name = "commerce",
	.doc = "Catalogue, stock and orders of a shop with picking and delivery",
	.migrations = &commerce_migrations,
	.subjects = LIST(const struct subject *const, COMMERCE_SUBJECTS(SUBJECT_ENTRY)),
	.config = &commerce_config_section,
	.permissions = &commerce_permissions,
	.roles = &commerce_roles,
	.person = &commerce_person,
	.seed = commerce_seed,
};
