/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Problems are the refusals that a client can get (RFC 9457): each exists once, as a row with a stable code. The
 * general ones are listed here; a service lists its own beside its shapes (api.h) by the same two macros. The type
 * member is "/problems/<code>" unless the row names a registered one.
 */
#ifndef STOA_BASE_PROBLEM_H
#define STOA_BASE_PROBLEM_H

#include <stdbool.h>

#include "base/str.h"

struct problem {
	const char *code; /* stable machine string, also the metric label */
	int status;       /* HTTP */
	const char *title;
	const char *type; /* NULL: "/problems/<code>" */
};

/* One bad part of a request: where, and the rule it broke, in words that name the limit. `pointer` begins with # and
 * points into the body ("#/lines/0/quantity", RFC 6901 section 6), or is the name of a parameter, or of a header. */
struct field_error {
	struct str pointer;
	struct str detail;
	bool header;
};

/* An extension member of a problem: a name and its value as finished JSON text. */
struct problem_member {
	struct str name;
	struct str json;
};

#define PROBLEMS_GENERAL(X) \
	X(bad_request, 400, "The request could not be read") \
	X(invalid_json, 400, "The body is not valid JSON") \
	X(invalid_parameter, 400, "A query parameter, path parameter or header is not acceptable") \
	X(invalid_cursor, 400, "The cursor is not one of ours") \
	X(idempotency_key_missing, 400, "An Idempotency-Key header is required here") \
	X(unauthenticated, 401, "A valid access token is required") \
	X(forbidden, 403, "The token's permissions do not cover this") \
	X(not_found, 404, "There is nothing here for you") \
	X(method_not_allowed, 405, "The path exists, the method does not") \
	X(not_acceptable, 406, "No representation on offer is acceptable") \
	X(request_timeout, 408, "The request did not arrive in time") \
	X(conflict, 409, "A concurrent change won; read again and retry") \
	X(idempotency_key_in_use, 409, "The first request with this key is still running") \
	X(idempotency_answer_lost, 409, "The answer under this key was sealed with a secret that is gone") \
	X(precondition_failed, 412, "The resource is no longer at the version named") \
	X(body_too_large, 413, "The body is larger than this route accepts") \
	X(uri_too_long, 414, "The request target is too long") \
	X(unsupported_media_type, 415, "The body must be application/json") \
	X(invalid_body, 422, "The body breaks the rules listed in errors") \
	X(idempotency_key_reused, 422, "This key was used with another request") \
	X(precondition_required, 428, "An If-Match header is required here") \
	X(rate_limited, 429, "Too many requests", \
	  .type = "https://iana.org/assignments/http-problem-types#quota-exceeded") \
	X(headers_too_large, 431, "The header section is too large") \
	X(internal, 500, "We failed; the error is recorded under request_id") \
	X(not_implemented, 501, "The method or transfer coding is not one we know") \
	X(unavailable, 503, "A dependency is away or we are full; retry later") \
	X(deadline, 503, "The answer was not ready in time; retry later") \
	X(http_version_not_supported, 505, "Only HTTP/1.1 and HTTP/1.0 are spoken here")

#define PROBLEM_DECLARE(code_, status_, ...) extern const struct problem problem_##code_;
#define PROBLEM_DEFINE(code_, status_, ...) \
	const struct problem problem_##code_ = { .code = #code_, .status = (status_), .title = __VA_ARGS__ };
#define PROBLEM_POINTER(code_, status_, ...) &problem_##code_,

PROBLEMS_GENERAL(PROBLEM_DECLARE)

/* All general problems, NULL-terminated, for documentation and for the test that covers each. */
extern const struct problem *const problems_general[];

#endif
