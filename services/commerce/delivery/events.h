/* SPDX-License-Identifier: Apache-2.0 */
/* The events of deliveries: the steps that other systems want to know of. */
#ifndef STOA_COMMERCE_DELIVERY_EVENTS_H
#define STOA_COMMERCE_DELIVERY_EVENTS_H

#include "events/event.h"

#define DELIVERY_STEP_DATA(X, T) \
	X(T, uuid, _, delivery_id, .doc = "Id of the delivery") \
	X(T, uuid, _, order_id, .doc = "Id of the order") \
	X(T, str, code, number, .max = 32, .doc = "Number of the order") \
	X(T, uuid, _, courier_id, .doc = "Id of the courier who has the delivery, or had it until now") \
	X(T, i64, _, attempts, .doc = "Number of delivery attempts so far") \
	X(T, str, code, actor, .max = 64, .doc = "Who took the step: staff, courier or customer") \
	X(T, str, code, proof, .max = 16, .optional = true, \
	  .doc = "Kind of proof; only when the goods were handed over") \
	X(T, str, block, reason, .max = 500, .optional = true, .doc = "Reason, as text for people")

#define DELIVERY_EVENT_SHAPES(STRUCT, OVER) STRUCT(delivery_step_data, DELIVERY_STEP_DATA, "A delivery took a step")
SCHEMA_DECLARE(DELIVERY_EVENT_SHAPES)

#define DELIVERY_EVENTS(X) \
	X(delivery_assigned, "delivery.assigned", delivery, 1, delivery_step_data, \
	  "A delivery was assigned to a courier; after the pick-up, to another one than before") \
	X(delivery_unassigned, "delivery.unassigned", delivery, 1, delivery_step_data, \
	  "A delivery was taken from its courier: dropped, unassigned or cancelled") \
	X(delivery_picked_up, "delivery.picked_up", delivery, 1, delivery_step_data, \
	  "A courier picked up the goods of an order") \
	X(delivery_completed, "delivery.completed", delivery, 1, delivery_step_data, "An order was delivered") \
	X(delivery_failed, "delivery.failed", delivery, 1, delivery_step_data, "A delivery attempt failed") \
	X(delivery_returned, "delivery.returned", delivery, 1, delivery_step_data, \
	  "The goods of a failed delivery were returned to the store") \
	X(delivery_lost, "delivery.lost", delivery, 1, delivery_step_data, \
	  "The goods of a delivery were lost after the pick-up")
DELIVERY_EVENTS(EVENT_DECLARE)

#endif
