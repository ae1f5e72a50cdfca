/* SPDX-License-Identifier: Apache-2.0 */
#include "commerce/delivery/api.h"

SCHEMA_TABLE(assign_order, ASSIGN_ORDER, "The courier for an order")
SCHEMA_TABLE(dispatch_courier, DISPATCH_COURIER, "A courier, as dispatch sees them")
SCHEMA_TABLE(dispatch_courier_query, DISPATCH_COURIER_QUERY, "Filter and page of a list of couriers")
SCHEMA_TABLE(admin_delivery_row, ADMIN_DELIVERY_ROW, "A delivery in the list for staff")
SCHEMA_TABLE(admin_delivery_page, ADMIN_DELIVERY_PAGE, "A page of the list of deliveries for staff")
SCHEMA_TABLE(admin_delivery_query, ADMIN_DELIVERY_QUERY, "Filter and page of a list of deliveries")
SCHEMA_TABLE(delivery_history_view, DELIVERY_HISTORY_VIEW, "One entry of a delivery's history")
SCHEMA_TABLE(delivery_assignment_view, DELIVERY_ASSIGNMENT_VIEW, "A period in which a courier had the delivery")
SCHEMA_TABLE(delivery_proof_view, DELIVERY_PROOF_VIEW, "A proof of delivery, or of a failed attempt")
SCHEMA_TABLE(admin_delivery, ADMIN_DELIVERY, "A delivery with its history, couriers and proofs")
