/* SPDX-License-Identifier: Apache-2.0 */
/* The shapes of /health and /ready. */
#ifndef STOA_SERVICE_HEALTH_H
#define STOA_SERVICE_HEALTH_H

#include "json/schema.h"

#define HEALTH_VIEW(X, T) X(T, str, code, status, .max = 16, .doc = "ok: the process answers, no dependency is asked")

#define READY_CHECK(X, T) \
	X(T, boolean, _, ok, .doc = "Whether it answers") \
	X(T, f64, _, latency_ms, .doc = "Latency of its last answer, milliseconds") \
	X(T, str, block, error, .max = 600, .optional = true, .doc = "Why it does not, when it does not")

#define READY_SCHEMA(X, T) \
	X(T, boolean, _, ok, .doc = "Whether every migration this release needs has run") \
	X(T, str, block, error, .max = 600, .optional = true, .doc = "What is missing")

#define READY_CHECKS(X, T) \
	X(T, object, ready_check, postgresql, .doc = "Needed") \
	X(T, object, ready_check, redis, .optional = true, \
	  .doc = "While it is away or takes no writes the process is degraded, not down") \
	X(T, object, ready_schema, schema, .doc = "Needed")

#define READY_STATUSES(X) X(READY, ready) X(READY, degraded) X(READY, not_ready)
CHOICE_ENUM(ready_status, READY_STATUSES)

#define READY_VIEW(X, T) \
	X(T, choice, ready_status, status, .doc = "not_ready answers 503") \
	X(T, str, line, release, .max = 200, .doc = "The running release") \
	X(T, str, block, reason, .max = 200, .optional = true, .doc = "The first reason why it is not ready") \
	X(T, object, ready_checks, checks, .doc = "The checks")

#define HEALTH_SHAPES(STRUCT, OVER) \
	STRUCT(health_view, HEALTH_VIEW, "Whether the process is alive") \
	STRUCT(ready_check, READY_CHECK, "One dependency") \
	STRUCT(ready_schema, READY_SCHEMA, "The schema of the database") \
	STRUCT(ready_checks, READY_CHECKS, "What being ready depends on") \
	STRUCT(ready_view, READY_VIEW, "Whether the process can serve")
SCHEMA_DECLARE(HEALTH_SHAPES)

#endif
