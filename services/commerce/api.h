/* SPDX-License-Identifier: Apache-2.0 */
/* Shapes and problems that several subjects of commerce share. */
#ifndef STOA_COMMERCE_API_H
#define STOA_COMMERCE_API_H

#include "base/problem.h"
#include "json/schema.h"

/* What all addresses have; `optional_` of a patch. */
#define ADDRESS_LINES(X, T, optional_) \
	X(T, str, line, recipient, .min = 1, .max = 200, .optional = (optional_), \
	  .doc = "Name of the person who receives the goods") \
	X(T, str, line, street, .min = 1, .max = 200, .optional = (optional_), .doc = "Street and house number") \
	X(T, str, line, postal_code, .min = 1, .max = 16, .optional = (optional_), \
	  .doc = "Postal code, 1 to 16 characters") \
	X(T, str, line, city, .min = 1, .max = 100, .optional = (optional_), .doc = "City") \
	X(T, str, country, country, .min = 2, .max = 2, .optional = (optional_), \
	  .doc = "Country: an assigned alpha-2 code of ISO 3166-1, stored in upper case")

#define ORDER_ADDRESS(X, T) \
	ADDRESS_LINES(X, T, false) \
	X(T, str, block, note, .max = 500, .optional = true, .doc = "Note for the courier: floor, bell, gate code")

#define POSITION_VIEW(X, T) \
	X(T, f64, _, latitude, .doc = "Latitude in degrees, -90 to 90, north is positive") \
	X(T, f64, _, longitude, .doc = "Longitude in degrees, -180 to 180, east is positive") \
	X(T, f64, _, accuracy, .doc = "Accuracy of the position in metres; 0 when it is not known") \
	X(T, time, _, at, .doc = "Time at which the courier's device sent the position")

#define COMMERCE_SHAPES(STRUCT, OVER) \
	STRUCT(order_address, ORDER_ADDRESS, "A delivery address") \
	STRUCT(position_view, POSITION_VIEW, "A position and its time")
SCHEMA_DECLARE(COMMERCE_SHAPES)

#define COMMERCE_PROBLEMS(X) \
	X(slug_taken, 409, "Another one uses this slug") \
	X(illegal_transition, 409, "This change is not possible in the current state") \
	X(reason_missing, 422, "The change requires a reason")
COMMERCE_PROBLEMS(PROBLEM_DECLARE)

#endif
