/* SPDX-License-Identifier: Apache-2.0 */
/* The shapes of deliveries and couriers for dispatch. */
#ifndef STOA_COMMERCE_DELIVERY_API_H
#define STOA_COMMERCE_DELIVERY_API_H

#include "commerce/couriers/api.h"
#include "commerce/delivery/delivery_sql.h"

#define ASSIGN_ORDER(X, T) \
	X(T, uuid, _, courier_id, .doc = "Id of the courier") \
	X(T, str, block, reason, .max = 500, .optional = true, \
	  .doc = "Reason, as text for people; required after the pick-up")

#define DISPATCH_COURIER(X, T) \
	COURIER_VIEW(X, T) \
	X(T, str, phone, phone, .max = 32, .nullable = true, .doc = "Phone number") \
	X(T, object, position_view, position, .nullable = true, .doc = "Last known position of the courier")

#define DISPATCH_COURIER_QUERY(X, T) \
	X(T, opt_boolean, _, filter_available, .doc = "true: only available couriers; false: only the others")

#define ADMIN_DELIVERY_ROW(X, T) \
	X(T, uuid, _, id, .doc = "Id of the delivery") \
	X(T, uuid, _, order_id, .doc = "Id of the order") \
	X(T, str, code, number, .max = 32, .doc = "Number of the order") \
	X(T, uuid, _, store_id, .doc = "Id of the store where the goods are picked up") \
	X(T, choice, delivery_state, state, .doc = "State of the delivery") \
	X(T, opt_uuid, _, courier_id, .nullable = true, \
	  .doc = "Id of the courier who has the delivery, or had it last") \
	X(T, str, line, courier_name, .max = 200, .nullable = true, .doc = "Name of the courier") \
	X(T, i64, _, attempts, .doc = "Number of delivery attempts") \
	X(T, str, block, failure, .max = 500, .nullable = true, .doc = "Reason why the last attempt failed") \
	X(T, i64, _, version, .doc = "Version: 1 at creation, one more with each change") \
	X(T, time, _, created_at, .doc = "Time at which the order was ready") \
	X(T, time, _, updated_at, .doc = "Time of the last change")

#define ADMIN_DELIVERY_QUERY(X, T) \
	X(T, strs, code, filter_state, .max = 12, .choice = &delivery_state_choice, .optional = true, \
	  .doc = "Only deliveries in one of these states") \
	X(T, opt_uuid, _, filter_courier_id, .doc = "Only deliveries that this courier has, or had last") \
	X(T, opt_uuid, _, filter_store_id, .doc = "Only deliveries of this store")

#define DELIVERY_HISTORY_VIEW(X, T) \
	X(T, i64, _, version, .doc = "Version of the delivery after the change") \
	X(T, str, code, from, .max = 32, .nullable = true, .doc = "State before the change; null for the first entry") \
	X(T, str, code, to, .max = 32, .doc = "State after the change") \
	X(T, str, code, step, .max = 32, .doc = "Step that was taken") \
	X(T, str, code, actor, .max = 64, .doc = "Who made the change, for example customer or staff:<id>") \
	X(T, str, block, reason, .max = 500, .nullable = true, .doc = "Reason, as text for people") \
	X(T, time, _, at, .doc = "Time")

#define DELIVERY_ASSIGNMENT_VIEW(X, T) \
	X(T, uuid, _, courier_id, .doc = "Id of the courier") \
	X(T, str, line, courier_name, .max = 200, .doc = "Name of the courier") \
	X(T, str, code, actor, .max = 64, .doc = "Who assigned the delivery") \
	X(T, time, _, started_at, .doc = "Start of the period") \
	X(T, opt_time, _, ended_at, .nullable = true, \
	  .doc = "End of the period; null while the courier has the delivery") \
	X(T, str, code, ended_by, .max = 32, .nullable = true, .doc = "Step that ended the period")

#define DELIVERY_PROOF_VIEW(X, T) \
	X(T, uuid, _, id, .doc = "Id of the proof") \
	X(T, uuid, _, courier_id, .doc = "Id of the courier who sent the proof") \
	X(T, str, code, step, .max = 16, .doc = "Step of the proof: deliver or fail") \
	X(T, choice, proof_kind, kind, .doc = "Kind of proof") \
	X(T, str, code, value, .max = 64, .nullable = true, .doc = "Scanned code") \
	X(T, str, code, content_type, .max = 64, .nullable = true, \
	  .doc = "Media type of the picture; null when there is none") \
	X(T, i64, _, size, .doc = "Size of the picture in bytes") \
	X(T, str, code, sha256, .max = 64, .doc = "SHA-256 of the picture, the PIN or the code, in hexadecimal") \
	X(T, object, sent_position, position, .nullable = true, .doc = "Position at which the proof was made") \
	X(T, str, block, reason, .max = 500, .nullable = true, .doc = "Reason why no better proof was possible") \
	X(T, time, _, at, .doc = "Time")

#define ADMIN_DELIVERY(X, T) \
	X(T, object, admin_delivery_row, delivery, .doc = "The delivery") \
	X(T, i64, _, pin_tries, .doc = "Number of wrong PINs") \
	X(T, list, delivery_history_view, history, .max = 1000, \
	  .doc = "History of the delivery: one entry per version, oldest first") \
	X(T, list, delivery_assignment_view, assignments, .max = 1000, \
	  .doc = "Couriers of the delivery, oldest first") \
	X(T, list, delivery_proof_view, proofs, .max = 100, .doc = "Proofs of the delivery, oldest first")

#define DELIVERY_SHAPES(STRUCT, OVER) \
	STRUCT(assign_order, ASSIGN_ORDER, "The courier for an order") \
	STRUCT(dispatch_courier, DISPATCH_COURIER, "A courier, as dispatch sees them") \
	STRUCT(dispatch_courier_query, DISPATCH_COURIER_QUERY, "Filter of a list of couriers") \
	OVER(admin_delivery_row, ADMIN_DELIVERY_ROW, struct sql_delivery_row, "A delivery in the list for staff") \
	STRUCT(admin_delivery_query, ADMIN_DELIVERY_QUERY, "Filter of a list of deliveries") \
	OVER(delivery_history_view, DELIVERY_HISTORY_VIEW, struct sql_delivery_history_row, \
	     "One entry of a delivery's history") \
	OVER(delivery_assignment_view, DELIVERY_ASSIGNMENT_VIEW, struct sql_delivery_assignments_row, \
	     "A period in which a courier had the delivery") \
	STRUCT(delivery_proof_view, DELIVERY_PROOF_VIEW, "A proof of delivery, or of a failed attempt") \
	STRUCT(admin_delivery, ADMIN_DELIVERY, "A delivery with its history, couriers and proofs")
SCHEMA_DECLARE(DELIVERY_SHAPES)

#define DELIVERY_PROBLEMS(X) \
	X(unknown_courier, 422, "There is no such courier") \
	X(courier_unavailable, 409, "The courier is not available") \
	X(courier_full, 409, "The courier has the maximum number of deliveries") \
	X(attempts_exhausted, 409, "The delivery has no attempts left; return the goods")
DELIVERY_PROBLEMS(PROBLEM_DECLARE)

#endif
