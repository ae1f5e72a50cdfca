/* SPDX-License-Identifier: Apache-2.0 */
#include "commerce/delivery/api.h"

CHOICE_TABLE(delivery_failure, DELIVERY_FAILURES)

SCHEMA_TABLE(courier_view, COURIER_VIEW, "A courier")
SCHEMA_TABLE(set_availability, SET_AVAILABILITY, "Whether a courier is available, and how many deliveries they take")
SCHEMA_TABLE(send_position, SEND_POSITION, "Position of a courier")
SCHEMA_TABLE(sent_position, SENT_POSITION, "A position on the earth")

SCHEMA_TABLE(courier_delivery, COURIER_DELIVERY, "A delivery, as its courier sees it")
SCHEMA_TABLE(courier_delivery_page, COURIER_DELIVERY_PAGE, "A page of deliveries")
SCHEMA_TABLE(courier_delivery_query, COURIER_DELIVERY_QUERY, "Filter and page of a list of deliveries")
SCHEMA_TABLE(take_step, TAKE_STEP, "A step of a delivery")
SCHEMA_TABLE(pick_up, PICK_UP, "The courier takes the goods")
SCHEMA_TABLE(hand_over, HAND_OVER, "The courier hands the goods over, with a proof of delivery")
SCHEMA_TABLE(fail_delivery, FAIL_DELIVERY, "A failed delivery attempt and its reason")

SCHEMA_TABLE(assign_order, ASSIGN_ORDER, "The courier for an order")
SCHEMA_TABLE(dispatch_courier, DISPATCH_COURIER, "A courier, as dispatch sees them")
SCHEMA_TABLE(dispatch_courier_page, DISPATCH_COURIER_PAGE, "A page of couriers")
SCHEMA_TABLE(dispatch_courier_query, DISPATCH_COURIER_QUERY, "Filter and page of a list of couriers")
SCHEMA_TABLE(admin_delivery_row, ADMIN_DELIVERY_ROW, "A delivery in the list for staff")
SCHEMA_TABLE(admin_delivery_page, ADMIN_DELIVERY_PAGE, "A page of the list of deliveries for staff")
SCHEMA_TABLE(admin_delivery_query, ADMIN_DELIVERY_QUERY, "Filter and page of a list of deliveries")
SCHEMA_TABLE(delivery_history_view, DELIVERY_HISTORY_VIEW, "One entry of a delivery's history")
SCHEMA_TABLE(delivery_assignment_view, DELIVERY_ASSIGNMENT_VIEW, "A period in which a courier had the delivery")
SCHEMA_TABLE(delivery_proof_view, DELIVERY_PROOF_VIEW, "A proof of delivery, or of a failed attempt")
SCHEMA_TABLE(admin_delivery, ADMIN_DELIVERY, "A delivery with its history, couriers and proofs")
