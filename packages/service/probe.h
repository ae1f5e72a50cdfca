/* SPDX-License-Identifier: Apache-2.0 */
/* A service small enough to test the door and the hosts with. */
#ifndef STOA_SERVICE_PROBE_H
#define STOA_SERVICE_PROBE_H

#include "service/service.h"
#include "json/schema.h"

#define THING_COLOURS(X) X(COLOUR, red) X(COLOUR, blue)
CHOICE_ENUM(thing_colour, THING_COLOURS)

#define THING_PART(X, T) \
	X(T, str, line, label, .min = 1, .max = 20, .doc = "What is on it") \
	X(T, i64, _, count, .min = 1, .max = 9, .doc = "How many")

#define NEW_THING(X, T) \
	X(T, str, line, name, .min = 1, .max = 1000, .doc = "Unique") \
	X(T, i64, _, amount, .min = 0, .max = 1000, .doc = "How much of it") \
	X(T, choice, thing_colour, colour, .optional = true, .doc = "Its colour") \
	X(T, list, thing_part, parts, .max = 5, .optional = true, .doc = "What it is made of")

#define GRAB_THING(X, T) X(T, str, block, reason, .max = 40, .optional = true, .doc = "Why")

#define THING_VIEW(X, T) \
	X(T, uuid, _, id, .doc = "Identifies it") \
	X(T, str, line, name, .max = 1000, .doc = "Unique") \
	X(T, i64, _, amount, .doc = "How much of it") \
	X(T, money, _, price, .doc = "Nothing is free") \
	X(T, i64, _, version, .doc = "Counts its changes")

#define CHANGE_THING(X, T) \
	X(T, str, line, name, .min = 1, .max = 1000, .optional = true, .doc = "Another name") \
	X(T, opt_i64, _, amount, .min = 0, .max = 1000, .doc = "Another amount")

#define THING_QUERY(X, T) X(T, opt_i64, _, filter_amount_gte, .min = 0, .max = 1000, .doc = "At least so much")

#define PROBE_SHAPES(STRUCT, OVER) \
	STRUCT(thing_part, THING_PART, "A part") \
	STRUCT(new_thing, NEW_THING, "What makes a thing") \
	STRUCT(grab_thing, GRAB_THING, "Why a thing is grabbed") \
	STRUCT(thing_view, THING_VIEW, "A thing") \
	STRUCT(change_thing, CHANGE_THING, "What to change of a thing") \
	STRUCT(thing_query, THING_QUERY, "Which things")
SCHEMA_DECLARE(PROBE_SHAPES)

extern const struct service probe_service;
extern const struct role probe_customer, probe_courier, probe_admin;

#endif
