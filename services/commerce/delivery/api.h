/* SPDX-License-Identifier: Apache-2.0 */
/* The shapes of deliveries: what couriers and dispatch send and get. What customers see is in api.h. */
#ifndef STOA_COMMERCE_DELIVERY_API_H
#define STOA_COMMERCE_DELIVERY_API_H

#include "commerce/api.h"
#include "commerce/domain/proof.h"

#define DELIVERY_FAILURES(X)         \
	X(FAILURE_IS, nobody_home)   \
	X(FAILURE_IS, wrong_address) \
	X(FAILURE_IS, no_access)     \
	X(FAILURE_IS, refused)       \
	X(FAILURE_IS, damaged)       \
	X(FAILURE_IS, other)
CHOICE_ENUM(delivery_failure, DELIVERY_FAILURES)

/* ---- Couriers --------------------------------------------------------------------------------- */

#define COURIER_VIEW(X, T)                                              \
	X(T, uuid, _, id, .doc = "Identifies the courier")              \
	X(T, str, _, name, .max = 200, .doc = "How to call the person") \
	X(T, boolean, _, available, .doc = "Takes deliveries now")      \
	X(T, i64, _, capacity, .doc = "Deliveries at once")             \
	X(T, i64, _, load, .doc = "Deliveries in hand")                 \
	X(T, i64, _, version, .doc = "Counts changes of the first two")
SCHEMA_STRUCT(courier_view, COURIER_VIEW)

#define SET_AVAILABILITY(X, T)                                               \
	X(T, boolean, _, available, .doc = "Whether to be given deliveries") \
	X(T, opt_i64, _, capacity, .min = 1, .max = COURIER_CAPACITY_MAX,    \
	  .doc = "How many at once; as before when left out")
SCHEMA_STRUCT(set_availability, SET_AVAILABILITY)

#define SEND_POSITION(X, T)                                                               \
	X(T, f64, _, latitude, .min = -90, .max = 90, .doc = "Degrees, north positive")   \
	X(T, f64, _, longitude, .min = -180, .max = 180, .doc = "Degrees, east positive") \
	X(T, f64, _, accuracy, .min = 0, .max = 100000, .optional = true,                 \
	  .doc = "Metres it may be off; left out: not known")
SCHEMA_STRUCT(send_position, SEND_POSITION)

#define SENT_POSITION(X, T)                                                             \
	X(T, f64, _, latitude, .min = -90, .max = 90, .doc = "Degrees, north positive") \
	X(T, f64, _, longitude, .min = -180, .max = 180, .doc = "Degrees, east positive")
SCHEMA_STRUCT(sent_position, SENT_POSITION)

/* ---- A courier's deliveries ------------------------------------------------------------------- */

#define COURIER_DELIVERY(X, T)                                                                               \
	X(T, uuid, _, id, .doc = "Identifies the delivery")                                                  \
	X(T, uuid, _, order_id, .doc = "The order; its events are at /ws/orders/{id}")                       \
	X(T, str, _, number, .max = 32, .doc = "The order's number, as on the parcel")                       \
	X(T, uuid, _, store_id, .doc = "Where to fetch it")                                                  \
	X(T, choice, delivery_state, state, .doc = "Where it stands")                                        \
	X(T, i64, _, attempts, .doc = "Journeys to the door, at most three")                                 \
	X(T, i64, _, pin_tries_left, .doc = "How often a number may still be tried at the door")             \
	X(T, str, _, failure, .max = 500, .nullable = true, .doc = "Why the last attempt failed")            \
	X(T, object, order_address, address, .nullable = true, .doc = "Where to bring it; while one has it") \
	X(T, opt_money, _, to_collect, .nullable = true,                                                     \
	  .doc = "Cash to take at the door; null: it is paid another way")                                   \
	X(T, strs, _, allowed_steps, .max = 16, .doc = "What may be done next")                              \
	X(T, i64, _, version, .doc = "Counts changes; also the ETag")                                        \
	X(T, time, _, created_at, .doc = "When the order was ready")                                         \
	X(T, time, _, updated_at, .doc = "When it changed last")
SCHEMA_STRUCT(courier_delivery, COURIER_DELIVERY)

#define COURIER_DELIVERY_PAGE(X, T) PAGE_ROWS(X, T, courier_delivery)
SCHEMA_STRUCT(courier_delivery_page, COURIER_DELIVERY_PAGE)

#define COURIER_DELIVERY_QUERY(X, T)                                                               \
	X(T, strs, _, filter_state, .max = 12, .choice = &delivery_state_choice, .optional = true, \
	  .doc = "Any of these; left out: what is in hand")                                        \
	X(T, opt_i64, _, limit, .min = 1, .max = 100, .doc = "Rows a page, default 20")            \
	X(T, str, _, cursor, .max = 500, .optional = true, .doc = "next_cursor of the page before")
SCHEMA_STRUCT(courier_delivery_query, COURIER_DELIVERY_QUERY)

#define TAKE_STEP(X, T) X(T, str, _, reason, .min = 1, .max = 500, .optional = true, .doc = "A word about it")
SCHEMA_STRUCT(take_step, TAKE_STEP)

#define PICK_UP(X, T)                                                \
	X(T, str, _, scanned, .min = 1, .max = 64, .optional = true, \
	  .doc = "Code on the parcel; must be the order's number")
SCHEMA_STRUCT(pick_up, PICK_UP)

/* Base64 of PROOF_CONTENT_MAX bytes. */
enum { PROOF_TEXT_MAX = (PROOF_CONTENT_MAX + 2) / 3 * 4 };

#define HAND_OVER(X, T)                                                                            \
	X(T, choice, proof_kind, kind, .doc = "What proves it")                                    \
	X(T, str, _, value, .min = 1, .max = 64, .optional = true,                                 \
	  .doc = "pin: the customer's number; barcode: the parcel's")                              \
	X(T, str, _, content, .min = 4, .max = PROOF_TEXT_MAX, .optional = true,                   \
	  .doc = "photo, signature: a JPEG or PNG of at most 512 KiB in base64")                   \
	X(T, object, sent_position, position, .optional = true, .doc = "Where it was handed over") \
	X(T, str, _, reason, .min = 1, .max = 500, .optional = true, .doc = "Why it is not proved otherwise")
SCHEMA_STRUCT(hand_over, HAND_OVER)

#define FAIL_DELIVERY(X, T)                                                                  \
	X(T, choice, delivery_failure, reason, .doc = "Why it could not be handed over")     \
	X(T, str, _, note, .min = 1, .max = 400, .optional = true, .doc = "A word about it") \
	X(T, str, _, photo, .min = 4, .max = PROOF_TEXT_MAX, .optional = true,               \
	  .doc = "A JPEG or PNG of at most 512 KiB in base64")                               \
	X(T, object, sent_position, position, .optional = true, .doc = "Where one is")
SCHEMA_STRUCT(fail_delivery, FAIL_DELIVERY)

/* ---- Dispatch --------------------------------------------------------------------------------- */

#define ASSIGN_ORDER(X, T) X(T, uuid, _, courier_id, .doc = "Who is to bring it")
SCHEMA_STRUCT(assign_order, ASSIGN_ORDER)

#define DISPATCH_COURIER(X, T)                                                   \
	COURIER_VIEW(X, T)                                                       \
	X(T, str, _, phone, .max = 32, .nullable = true, .doc = "Where to ring") \
	X(T, object, position_view, position, .nullable = true, .doc = "Where he was last")
SCHEMA_STRUCT(dispatch_courier, DISPATCH_COURIER)

#define DISPATCH_COURIER_PAGE(X, T) PAGE_ROWS(X, T, dispatch_courier)
SCHEMA_STRUCT(dispatch_courier_page, DISPATCH_COURIER_PAGE)

#define DISPATCH_COURIER_QUERY(X, T)                                                                         \
	X(T, opt_boolean, _, filter_available, .doc = "Only who takes deliveries now, or only who does not") \
	X(T, opt_i64, _, limit, .min = 1, .max = 100, .doc = "Rows a page, default 20")                      \
	X(T, str, _, cursor, .max = 500, .optional = true, .doc = "next_cursor of the page before")
SCHEMA_STRUCT(dispatch_courier_query, DISPATCH_COURIER_QUERY)

#define ADMIN_DELIVERY_ROW(X, T)                                                                  \
	X(T, uuid, _, id, .doc = "Identifies the delivery")                                       \
	X(T, uuid, _, order_id, .doc = "The order")                                               \
	X(T, str, _, number, .max = 32, .doc = "The order's number")                              \
	X(T, uuid, _, store_id, .doc = "Where it starts")                                         \
	X(T, choice, delivery_state, state, .doc = "Where it stands")                             \
	X(T, opt_uuid, _, courier_id, .nullable = true, .doc = "Who has it, or had it last")      \
	X(T, str, _, courier_name, .max = 200, .nullable = true, .doc = "How he is called")       \
	X(T, i64, _, attempts, .doc = "Journeys to the door")                                     \
	X(T, str, _, failure, .max = 500, .nullable = true, .doc = "Why the last attempt failed") \
	X(T, i64, _, version, .doc = "Counts changes")                                            \
	X(T, time, _, created_at, .doc = "When the order was ready")                              \
	X(T, time, _, updated_at, .doc = "When it changed last")
SCHEMA_STRUCT(admin_delivery_row, ADMIN_DELIVERY_ROW)

#define ADMIN_DELIVERY_PAGE(X, T) PAGE_ROWS(X, T, admin_delivery_row)
SCHEMA_STRUCT(admin_delivery_page, ADMIN_DELIVERY_PAGE)

#define ADMIN_DELIVERY_QUERY(X, T)                                                                 \
	X(T, strs, _, filter_state, .max = 12, .choice = &delivery_state_choice, .optional = true, \
	  .doc = "Any of these")                                                                   \
	X(T, opt_uuid, _, filter_courier_id, .doc = "Only what this courier has, or had last")     \
	X(T, opt_uuid, _, filter_store_id, .doc = "Only this store's")                             \
	X(T, opt_i64, _, limit, .min = 1, .max = 100, .doc = "Rows a page, default 20")            \
	X(T, str, _, cursor, .max = 500, .optional = true, .doc = "next_cursor of the page before")
SCHEMA_STRUCT(admin_delivery_query, ADMIN_DELIVERY_QUERY)

#define DELIVERY_HISTORY_VIEW(X, T)                                                               \
	X(T, i64, _, version, .doc = "The delivery's version after the change")                   \
	X(T, str, _, from, .max = 32, .nullable = true, .doc = "State before; null at the start") \
	X(T, str, _, to, .max = 32, .doc = "State after")                                         \
	X(T, str, _, step, .max = 32, .doc = "What was done")                                     \
	X(T, str, _, actor, .max = 64, .doc = "Who did it")                                       \
	X(T, str, _, reason, .max = 500, .nullable = true, .doc = "Why")                          \
	X(T, time, _, at, .doc = "When")
SCHEMA_STRUCT(delivery_history_view, DELIVERY_HISTORY_VIEW)

#define DELIVERY_ASSIGNMENT_VIEW(X, T)                                                      \
	X(T, uuid, _, courier_id, .doc = "Who had it")                                      \
	X(T, str, _, courier_name, .max = 200, .doc = "How he is called")                   \
	X(T, str, _, actor, .max = 64, .doc = "Who gave it to him")                         \
	X(T, time, _, started_at, .doc = "From when")                                       \
	X(T, opt_time, _, ended_at, .nullable = true, .doc = "Until when; null: he has it") \
	X(T, str, _, ended_by, .max = 32, .nullable = true, .doc = "The step that ended it")
SCHEMA_STRUCT(delivery_assignment_view, DELIVERY_ASSIGNMENT_VIEW)

#define DELIVERY_PROOF_VIEW(X, T)                                                                             \
	X(T, uuid, _, id, .doc = "Identifies the proof")                                                      \
	X(T, uuid, _, courier_id, .doc = "Who handed it in")                                                  \
	X(T, str, _, step, .max = 16, .doc = "deliver, or fail")                                              \
	X(T, str, _, kind, .max = 16, .doc = "pin, photo, signature or barcode")                              \
	X(T, str, _, value, .max = 64, .nullable = true, .doc = "What was scanned")                           \
	X(T, str, _, content_type, .max = 64, .nullable = true, .doc = "Of the picture; null: there is none") \
	X(T, i64, _, size, .doc = "Bytes of the picture")                                                     \
	X(T, str, _, sha256, .max = 64, .doc = "Of the picture, or of what was said, in hexadecimal")         \
	X(T, object, sent_position, position, .nullable = true, .doc = "Where it was")                        \
	X(T, str, _, reason, .max = 500, .nullable = true, .doc = "Why it is not proved otherwise")           \
	X(T, time, _, at, .doc = "When")
SCHEMA_STRUCT(delivery_proof_view, DELIVERY_PROOF_VIEW)

#define ADMIN_DELIVERY(X, T)                                                                                  \
	X(T, object, admin_delivery_row, delivery, .doc = "The delivery")                                     \
	X(T, i64, _, pin_tries, .doc = "Wrong numbers at the door")                                           \
	X(T, list, delivery_history_view, history, .max = 1000, .doc = "Its diary, oldest first")             \
	X(T, list, delivery_assignment_view, assignments, .max = 1000, .doc = "Who has had it, oldest first") \
	X(T, list, delivery_proof_view, proofs, .max = 100, .doc = "What was handed in, oldest first")
SCHEMA_STRUCT(admin_delivery, ADMIN_DELIVERY)

#endif
