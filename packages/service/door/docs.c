/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GET /openapi.json describes the process; GET /docs both APIs for people to read, drawn by a page from the descriptions
 * the processes serve to programs. It shows them side by side wherever it is asked, so it stands behind the gateway as
 * one page of the whole. All of it is the same for everybody: written and packed once, cached, with one limit.
 */
#include "base/check.h"
#include "base/clock.h"
#include "base/embedded.h"
#include "base/hash.h"
#include "service/internal.h"

enum { DOCUMENT_MAX = 16 * 1024 * 1024, DOCUMENT_AGE_S = 300 };

/* As many as of everything on the public API, and apart from them: the admin side has no other limit. */
static const struct rate_rule documents_limit = { .name = "documents",
	                                          .window_us = 60 * US_PER_S,
	                                          RATE_QUOTA(config, rate_public) };

extern const struct embedded_file docs_files[];

static void reply_file(struct request *req, const char *name)
{
	const struct embedded_file *file = docs_files;

	while (strcmp(file->name, name) != 0)
		file++;
	reply_header(req, "Content-Security-Policy",
	             STR("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
	                 "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"));
	reply_text(req, str_from(file->text), HTTP_CODING_NONE, hash_bytes(file->text, strlen(file->text)));
}

HANDLER(docs_page, nothing, nothing)
{
	reply_file(req, "index.html");
}

HANDLER(docs_style, nothing, nothing)
{
	reply_file(req, "docs.css");
}

HANDLER(docs_script, nothing, nothing)
{
	reply_file(req, "docs.js");
}

static void write_variant(struct host *host, int which, enum http_coding coding, struct buf *variants)
{
	const struct process *process = host->process;

	buf_init(&variants[coding], DOCUMENT_MAX);
	if (coding != HTTP_CODING_NONE)
		CHECK(!http_pack(host->packer, coding, true, buf_view(&variants[HTTP_CODING_NONE]), &variants[coding]));
	else if (which == DOCUMENT_OWN)
		openapi_write(&variants[coding], process->kind, process->services);
	else
		openapi_write(&variants[coding], which == DOCUMENT_PUBLIC ? &app_public_api : &app_admin_api,
		              process->services_known);
	CHECK(!variants[coding].overflow);
}

static void reply_document(struct request *req, int which)
{
	struct host *host = HOST_OF(req->app);
	struct process *process = host->process;
	struct buf *variants = process->documents[which].variants;
	enum http_coding coding = http_coding_accepted(request_header(req, HEADER_accept_encoding));

	pthread_mutex_lock(&process->documents_lock);
	if (!variants[HTTP_CODING_NONE].len)
		write_variant(host, which, HTTP_CODING_NONE, variants);
	if (!variants[coding].len)
		write_variant(host, which, coding, variants);
	pthread_mutex_unlock(&process->documents_lock);
	reply_text(req, buf_view(&variants[coding]), coding,
	           hash_bytes(variants[HTTP_CODING_NONE].ptr, variants[HTTP_CODING_NONE].len));
}

void documents_done(struct process *process)
{
	for (size_t i = 0; i < DOCUMENT_COUNT; i++)
		for (size_t j = 0; j < HTTP_CODING_COUNT; j++)
			buf_done(&process->documents[i].variants[j]);
}

HANDLER(openapi, nothing, nothing)
{
	reply_document(req, DOCUMENT_OWN);
}

HANDLER(docs_public, nothing, nothing)
{
	reply_document(req, DOCUMENT_PUBLIC);
}

HANDLER(docs_admin, nothing, nothing)
{
	reply_document(req, DOCUMENT_ADMIN);
}

#define DOCUMENT(media_) \
	.needs = &permission_anyone, .limit = &documents_limit, .public_max_age = DOCUMENT_AGE_S, .media = (media_)

/* clang-format off */
static const struct route openapi_rows[] = {
	{ GET("/openapi.json", openapi), .doc = "This description", DOCUMENT("application/json") },
};

static const struct route docs_rows[] = {
	{ GET("/docs", docs_page), .name = "docs", .doc = "Both APIs for people to read", DOCUMENT("text/html; charset=utf-8") },
	{ GET("/docs/docs.css", docs_style), .doc = "How the page looks", DOCUMENT("text/css; charset=utf-8") },
	{ GET("/docs/docs.js", docs_script), .doc = "What draws the page", DOCUMENT("text/javascript; charset=utf-8") },
	{ GET("/docs/public.json", docs_public), .doc = "The description of the public API", DOCUMENT("application/json") },
	{ GET("/docs/admin.json", docs_admin), .doc = "The description of the admin API", DOCUMENT("application/json") },
};
/* clang-format on */

const struct routes openapi_routes = ROUTES(openapi_rows);
const struct routes docs_routes = ROUTES(docs_rows);
