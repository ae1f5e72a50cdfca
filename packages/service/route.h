/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A route is a row: everything about an endpoint is in it. Before the handler runs, the door (door/door.c) checks what
 * the row requires: limits, token, permission, idempotency key; it parses query and body into C structs by their
 * schemas. A request that fails there never reaches the handler; its answer is problem+json that names every bad field.
 * /openapi.json and the access tests are made from the same rows.
 * A GET that gives JSON takes ?fields= besides: the door then leaves the other members out.
 *
 * A handler is straight-line code in a task: load, decide, store, reply. It may refuse() and fail() at any point.
 * request.h is how it reads its request and answers, page.h how it answers lists.
 *
 *     HANDLER(brand_create, create_brand, brand)
 *     {
 *             struct brand brand = { .id = uuid_new_v7(req->now_us), .name = input->name, .version = 1 };
 *             struct tx *tx = tx_collect(req->db);
 *
 *             sql_brand_insert(tx, .id = brand.id, .name = brand.name, .now = req->now_us);
 *             reply_commit(req, tx, &brand);
 *     }
 *
 *     static const struct route brand_rows[] = {
 *             { POST("/api/admin/brands", brand_create), .doc = "Creates a brand.", .needs = &permission_products_write,
 *               .creates = "/api/admin/brands/{id}",
 *               .conflicts = CONFLICTS({ "brand_name_key", &problem_name_taken, "#/name", "is another brand's" }) },
 *     };
 *     const struct routes brand_routes = ROUTES(brand_rows);
 *
 * What follows from a row is not written twice: the OpenAPI document names the problems, headers and statuses that the
 * door answers by itself (door/openapi.c: collect_problems). A row that contradicts itself ends the process when it
 * starts.
 */
#ifndef STOA_SERVICE_ROUTE_H
#define STOA_SERVICE_ROUTE_H

#include "auth/permission.h"
#include "auth/rate_limit.h"
#include "service/request.h"

enum { ROUTE_BODY_MAX = 64 * 1024 };

/* ---- Handlers ------------------------------------------------------------------------------------------------- */

struct handler {
	const char *name;
	void (*run)(struct request *req);
	const struct schema *takes; /* the query of GET and DELETE, the body of others; &nothing_schema: neither */
	const struct schema *gives; /* a list's: one of its items; &nothing_schema: no JSON */
};

/* Opens the function `name_` and defines `name_`_handler. In it stand `req`, and `input`: what was sent, as a
 * const SHAPE(takes_) *. reply() and reply_commit() take a SHAPE(gives_) * and nothing else. */
#define HANDLER(name_, takes_, gives_) \
	static void name_(struct request *req, const SHAPE(takes_) *input, const SHAPE(gives_) *handler_output); \
	static void name_##_run(struct request *req) \
	{ \
		name_(req, req->input, NULL); \
	} \
	static const struct handler name_##_handler = { \
		.name = #name_, .run = name_##_run, .takes = &takes_##_schema, .gives = &gives_##_schema \
	}; \
	static void name_(struct request *req, const SHAPE(takes_) *input, const SHAPE(gives_) *handler_output)

/* How a row begins. */
#define GET(path_, name_)    .method = HTTP_GET, .path = (path_), .handler = &name_##_handler
#define POST(path_, name_)   .method = HTTP_POST, .path = (path_), .handler = &name_##_handler
#define PUT(path_, name_)    .method = HTTP_PUT, .path = (path_), .handler = &name_##_handler
#define PATCH(path_, name_)  .method = HTTP_PATCH, .path = (path_), .handler = &name_##_handler
#define DELETE(path_, name_) .method = HTTP_DELETE, .path = (path_), .handler = &name_##_handler

/* ---- Rows ----------------------------------------------------------------------------------------------------- */

/* Every POST and PATCH takes an Idempotency-Key: a retry gets the first answer again, and has no second effect if the
 * handler commits with its reply. Where that has secrets it is stored sealed. */
enum idempotency { IDEMPOTENCY_ACCEPTED, IDEMPOTENCY_REQUIRED };

/* Whether the handler checks If-Match (request_check_version), and whether a request must have it. */
enum if_match { IF_MATCH_NONE, IF_MATCH_ACCEPTED, IF_MATCH_REQUIRED };

/* What the database refuses at the commit, and the problem that the client then gets. */
struct conflict {
	const char *constraint; /* or the name of an :expect(n) statement */
	const struct problem *problem;
	const char *field; /* "#/slug"; NULL: no single one */
	const char *detail;
};

#define CONFLICTS(...) ((const struct conflict[]){ __VA_ARGS__, { 0 } })
#define PROBLEMS(...)  ((const struct problem *const[]){ __VA_ARGS__, NULL })

struct route {
	enum http_method method;
	const char *path; /* "/api/orders/{id}"; captures named *id are UUIDs and refused otherwise with 404 */
	const struct handler *handler;
	const char *name;               /* operation id; NULL: the handler's name */
	const char *doc;                /* one sentence */
	const struct permission *needs; /* &permission_anyone, &permission_signed_in, or a row of a service's */

	const struct sql_list *list;  /* a page of this list is answered: page.h */
	const char *creates;          /* 201, and Location: this path, with members of the reply in its braces */
	const struct schema *patches; /* the shape that request_patch() writes the body's members to */
	enum idempotency idempotency; /* POST and PATCH */
	enum if_match if_match;
	const struct conflict *conflicts;      /* CONFLICTS(..): reply_commit() answers by them */
	const struct problem *const *problems; /* PROBLEMS(..): those that the handler itself refuses with */
	const struct rate_rule *limit;         /* besides the audience's general one; per client network */

	const char
	        *yields_to; /* a subscription's name: a request waits up to 250 ms while it is behind (events_yield) */

	int status;          /* of success, where it is not 200, 201 with .creates or 204 of those that give nothing */
	int other_status;    /* reply_status() may answer this too, in the same shape; 0: none */
	const char *form;    /* a form of a page (html.h) may be posted too; the sentence of the page that answers it */
	const char *media;   /* what reply_raw() sends, "text/csv"; NULL: JSON or nothing */
	int public_max_age;  /* s for which caches may show it to others, if it was asked for without a token; 0: not */
	size_t body_max;     /* 0: ROUTE_BODY_MAX */
	bool raw_body;       /* any content type, unparsed: http_request(req->exchange)->body */
	bool audit_refusals; /* 401 and 403 of the handler go into the audit trail as well */
	bool websocket;      /* request_socket() */
	bool stream;         /* server-sent events, request_stream(); refused (406) to those who do not accept them */
	const struct schema *const *messages; /* the messages that a socket or stream sends; NULL-terminated */
};

/* The rows of a file. */
struct routes {
	const struct route *rows;
	size_t count;
};

#define ROUTES(rows_) \
	{ \
		.rows = (rows_), .count = sizeof(rows_) / sizeof((rows_)[0]) \
	}

/* What a service serves: LIST(const struct routes *const, &brand_routes, &order_routes). */
struct route_tables {
	const struct routes *const *items;
	size_t count;
};

#endif
