/* SPDX-License-Identifier: Apache-2.0 */
#include "commerce/delivery/api.h"

CHOICE_TABLE(delivery_failure, DELIVERY_FAILURES)

SCHEMA_TABLE(courier_view, COURIER_VIEW, "A courier at work")
SCHEMA_TABLE(set_availability, SET_AVAILABILITY, "How a courier works")
SCHEMA_TABLE(send_position, SEND_POSITION, "Where a courier is")
SCHEMA_TABLE(sent_position, SENT_POSITION, "A place on the earth")

SCHEMA_TABLE(courier_delivery, COURIER_DELIVERY, "A delivery as its courier sees it")
SCHEMA_TABLE(courier_delivery_page, COURIER_DELIVERY_PAGE, "A page of deliveries")
SCHEMA_TABLE(courier_delivery_query, COURIER_DELIVERY_QUERY, "Which deliveries")
SCHEMA_TABLE(take_step, TAKE_STEP, "A step of a delivery")
SCHEMA_TABLE(pick_up, PICK_UP, "The goods are taken over")
SCHEMA_TABLE(hand_over, HAND_OVER, "The goods are handed over, and what proves it")
SCHEMA_TABLE(fail_delivery, FAIL_DELIVERY, "Why the goods could not be handed over")

SCHEMA_TABLE(assign_order, ASSIGN_ORDER, "Who is to bring an order")
SCHEMA_TABLE(dispatch_courier, DISPATCH_COURIER, "A courier as dispatch sees them")
SCHEMA_TABLE(dispatch_courier_page, DISPATCH_COURIER_PAGE, "A page of couriers")
SCHEMA_TABLE(dispatch_courier_query, DISPATCH_COURIER_QUERY, "Which couriers")
SCHEMA_TABLE(admin_delivery_row, ADMIN_DELIVERY_ROW, "A delivery in the staff's list")
SCHEMA_TABLE(admin_delivery_page, ADMIN_DELIVERY_PAGE, "A page of the staff's list")
SCHEMA_TABLE(admin_delivery_query, ADMIN_DELIVERY_QUERY, "Which deliveries")
SCHEMA_TABLE(delivery_history_view, DELIVERY_HISTORY_VIEW, "One entry of a delivery's diary")
SCHEMA_TABLE(delivery_assignment_view, DELIVERY_ASSIGNMENT_VIEW, "A time in which a courier had a delivery")
SCHEMA_TABLE(delivery_proof_view, DELIVERY_PROOF_VIEW, "What shows how a delivery ended")
SCHEMA_TABLE(admin_delivery, ADMIN_DELIVERY, "A delivery with its diary, its couriers and its proofs")
