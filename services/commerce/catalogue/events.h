/* SPDX-License-Identifier: Apache-2.0 */
/* The events of products; the version of a product numbers them. */
#ifndef STOA_COMMERCE_CATALOGUE_EVENTS_H
#define STOA_COMMERCE_CATALOGUE_EVENTS_H

#include "events/event.h"

#define PRODUCT_EVENT(X, T) \
	X(T, uuid, _, product_id, .doc = "Id of the product") \
	X(T, str, line, sku, .max = 64, .doc = "SKU (stock keeping unit) of the product") \
	X(T, str, line, name, .max = 200, .doc = "Name of the product") \
	X(T, uuid, _, category_id, .doc = "Id of the product's category") \
	X(T, opt_uuid, _, brand_id, .doc = "Id of the product's brand") \
	X(T, str, line, unit, .max = 64, .doc = "What one piece is, for example 500 g or 6 x 330 ml") \
	X(T, money, _, price, .doc = "Price of one piece, including tax") \
	X(T, i64, _, tax_rate_bp, .doc = "Tax rate contained in the price, in hundredths of a percent: 700 is 7 %") \
	X(T, boolean, _, featured, .doc = "Whether the shop shows the product on its front page")

#define CATALOGUE_EVENT_SHAPES(STRUCT, OVER) STRUCT(product_event_data, PRODUCT_EVENT, "A product after a change")
SCHEMA_DECLARE(CATALOGUE_EVENT_SHAPES)

#define CATALOGUE_EVENTS(X) \
	X(product_created, "product.created", product, 1, product_event_data, "A product was created") \
	X(product_changed, "product.changed", product, 1, product_event_data, "A product was changed or restored") \
	X(product_deleted, "product.deleted", product, 1, product_event_data, "A product was deleted")
CATALOGUE_EVENTS(EVENT_DECLARE)

#endif
