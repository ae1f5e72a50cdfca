/* SPDX-License-Identifier: Apache-2.0 */
/* The shapes of couriers, and of deliveries as their couriers see them. */
#ifndef STOA_COMMERCE_COURIERS_API_H
#define STOA_COMMERCE_COURIERS_API_H

#include "commerce/api.h"
#include "commerce/couriers/couriers_sql.h"
#include "commerce/domain/delivery.h"
#include "commerce/domain/position.h"
#include "commerce/domain/proof.h"

#define DELIVERY_FAILURES(X) \
	X(FAILURE_IS, nobody_home) \
	X(FAILURE_IS, wrong_address) \
	X(FAILURE_IS, no_access) \
	X(FAILURE_IS, refused) \
	X(FAILURE_IS, damaged) \
	X(FAILURE_IS, other)
CHOICE_ENUM(delivery_failure, DELIVERY_FAILURES)

/* ---- Couriers --------------------------------------------------------------------------------- */

#define COURIER_VIEW(X, T) \
	X(T, uuid, _, id, .doc = "Id of the courier") \
	X(T, str, line, name, .max = 200, .doc = "Name of the person") \
	X(T, boolean, _, available, .doc = "Whether the courier accepts deliveries now") \
	X(T, i64, _, capacity, .doc = "Maximum number of deliveries at the same time") \
	X(T, i64, _, load, .doc = "Number of deliveries the courier has now") \
	X(T, i64, _, version, .doc = "Version: one more with each change of available or capacity")

#define SET_AVAILABILITY(X, T) \
	X(T, boolean, _, available, .doc = "Whether the courier accepts deliveries") \
	X(T, opt_i64, _, capacity, .min = 1, .max = COURIER_CAPACITY_MAX, \
	  .doc = "Maximum number of deliveries at the same time; default: unchanged")

#define SENT_POSITION(X, T) \
	X(T, f64, _, latitude, .min = -90, .max = 90, .doc = "Latitude in degrees, -90 to 90, north is positive") \
	X(T, f64, _, longitude, .min = -180, .max = 180, .doc = "Longitude in degrees, -180 to 180, east is positive")

#define SEND_POSITION(X, T) \
	SENT_POSITION(X, T) \
	X(T, f64, _, accuracy, .min = 0, .max = 100000, .optional = true, \
	  .doc = "Accuracy of the position in metres; left out when it is not known")

/* ---- A courier's deliveries ------------------------------------------------------------------- */

#define COURIER_DELIVERY(X, T) \
	X(T, uuid, _, id, .doc = "Id of the delivery") \
	X(T, uuid, _, order_id, .doc = "Id of the order; its events are at /ws/orders/{id}") \
	X(T, str, code, number, .max = 32, .doc = "Number of the order, as on the label of the goods") \
	X(T, uuid, _, store_id, .doc = "Id of the store where the goods are picked up") \
	X(T, choice, delivery_state, state, .doc = "State of the delivery") \
	X(T, i64, _, attempts, .doc = "Number of delivery attempts, 0 to 3") \
	X(T, i64, _, pin_tries_left, .doc = "Number of PIN tries that are left, 0 to 5") \
	X(T, str, block, failure, .max = 500, .nullable = true, .doc = "Reason why the last attempt failed") \
	X(T, object, order_address, address, .nullable = true, \
	  .doc = "Delivery address; only while the courier has the delivery") \
	X(T, money, _, to_collect, .nullable = true, \
	  .doc = "Cash to collect at the door; null when the order is not paid in cash") \
	X(T, strs, code, allowed_steps, .max = 16, .doc = "Steps that the courier may take next") \
	X(T, i64, _, version, .doc = "Version: 1 at creation, one more with each change; also the ETag") \
	X(T, time, _, created_at, .doc = "Time at which the order was ready") \
	X(T, time, _, updated_at, .doc = "Time of the last change")

#define COURIER_DELIVERY_QUERY(X, T) \
	X(T, strs, code, filter_state, .max = 12, .choice = &delivery_state_choice, .optional = true, \
	  .doc = "Only deliveries in one of these states; default: the states in which the courier has the delivery")

#define TAKE_STEP(X, T) \
	X(T, str, block, reason, .min = 1, .max = 500, .optional = true, .doc = "Note, as text for people")

#define PICK_UP(X, T) \
	X(T, str, line, scanned, .min = 1, .max = 64, .optional = true, \
	  .doc = "Code scanned from the label of the goods; must be the number of the order")

/* The length of PROOF_CONTENT_MAX bytes in base64. */
enum { PROOF_TEXT_MAX = (PROOF_CONTENT_MAX + 2) / 3 * 4 };

#define HAND_OVER(X, T) \
	X(T, choice, proof_kind, kind, .doc = "Kind of proof") \
	X(T, str, line, value, .min = 1, .max = 64, .optional = true, \
	  .doc = "pin: the customer's PIN; barcode: the scanned code of the label") \
	X(T, str, code, content, .min = 4, .max = PROOF_TEXT_MAX, .optional = true, \
	  .doc = "photo and signature: a JPEG or PNG of at most 512 KiB, in base64") \
	X(T, object, sent_position, position, .optional = true, .doc = "Position at which the goods were handed over") \
	X(T, str, block, reason, .min = 1, .max = 500, .optional = true, \
	  .doc = "Reason why no better proof was possible")

#define FAIL_DELIVERY(X, T) \
	X(T, choice, delivery_failure, reason, .doc = "Reason why the goods could not be handed over") \
	X(T, str, block, note, .min = 1, .max = 400, .optional = true, .doc = "Note, as text for people") \
	X(T, str, code, photo, .min = 4, .max = PROOF_TEXT_MAX, .optional = true, \
	  .doc = "Photo: a JPEG or PNG of at most 512 KiB, in base64") \
	X(T, object, sent_position, position, .optional = true, .doc = "Position of the courier")

#define COURIERS_SHAPES(STRUCT, OVER) \
	OVER(courier_view, COURIER_VIEW, struct sql_courier_row, "A courier") \
	STRUCT(set_availability, SET_AVAILABILITY, \
	       "Whether a courier is available, and how many deliveries they take") \
	OVER(sent_position, SENT_POSITION, struct position, "A position on the earth") \
	STRUCT(send_position, SEND_POSITION, "Position of a courier") \
	STRUCT(courier_delivery, COURIER_DELIVERY, "A delivery, as its courier sees it") \
	STRUCT(courier_delivery_query, COURIER_DELIVERY_QUERY, "Filter of a list of deliveries") \
	STRUCT(take_step, TAKE_STEP, "A step of a delivery") \
	STRUCT(pick_up, PICK_UP, "The courier takes the goods") \
	STRUCT(hand_over, HAND_OVER, "The courier hands the goods over, with a proof of delivery") \
	STRUCT(fail_delivery, FAIL_DELIVERY, "A failed delivery attempt and its reason")
SCHEMA_DECLARE(COURIERS_SHAPES)

#define COURIERS_PROBLEMS(X) \
	X(wrong_parcel, 422, "The scanned code belongs to another order") \
	X(pin_wrong, 422, "The PIN is wrong") \
	X(pin_locked, 409, "The PIN is locked; the proof must be a photo with a reason") \
	X(proof_not_acceptable, 422, "The proof of delivery is not acceptable")
COURIERS_PROBLEMS(PROBLEM_DECLARE)

#endif
