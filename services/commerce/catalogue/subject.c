/* SPDX-License-Identifier: Apache-2.0 */
#include "commerce/catalogue/api.h"
#include "commerce/catalogue/events.h"
#include "commerce/catalogue/routes.h"
#include "commerce/commerce.h"

CHOICE_TABLE(taxon_kind, TAXON_KINDS)
SCHEMA_DEFINE(CATALOGUE_SHAPES)
SCHEMA_DEFINE(CATALOGUE_EVENT_SHAPES)
CATALOGUE_PROBLEMS(PROBLEM_DEFINE)
CATALOGUE_EVENTS(EVENT_DEFINE)
static const struct event_types events = EVENT_TYPES(CATALOGUE_EVENTS);

const struct subject catalogue_subject = {
	.name = "catalogue",
	.sql = LIST(const struct sql_module *const, &sql_catalogue_admin_module, &sql_catalogue_module),
	.public_routes = LIST(const struct routes *const, &catalogue_routes),
	.admin_routes = LIST(const struct routes *const, &admin_product_routes, &admin_taxon_routes),
	.events = &events,
};
