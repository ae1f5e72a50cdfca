/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GET /docs: both APIs for people to read, drawn by a page from the descriptions the processes serve to programs. It
 * shows them side by side wherever it is asked, so it stands behind the gateway as one page of the whole.
 */
#include "base/embedded.h"
#include "service/internal.h"

enum { DOCUMENT_MAX = 4 * 1024 * 1024 };

extern const struct embedded_file docs_files[];

static void reply_file(struct request *req, const char *name)
{
	const struct embedded_file *file = docs_files;

	while (strcmp(file->name, name) != 0)
		file++;
	reply_header(req, "Content-Security-Policy",
	             STR("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
	                 "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"));
	reply_header(req, "Cache-Control", STR("public, max-age=300"));
	reply_raw(req, 200, req->route->media, str_from(file->text));
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

static void reply_document(struct request *req, const struct app_kind *kind)
{
	struct buf document;

	buf_init(&document, DOCUMENT_MAX);
	openapi_write(&document, kind, HOST_OF(req->app)->process->services_known);
	reply_raw(req, 200, req->route->media, buf_view(&document));
	buf_done(&document);
}

HANDLER(docs_public, nothing, nothing)
{
	reply_document(req, &app_public_api);
}

HANDLER(docs_admin, nothing, nothing)
{
	reply_document(req, &app_admin_api);
}

/* clang-format off */
static const struct route docs_rows[] = {
	{ GET("/docs", docs_page), .name = "docs", .doc = "Both APIs for people to read", .needs = &permission_anyone, .media = "text/html; charset=utf-8" },
	{ GET("/docs/docs.css", docs_style), .doc = "How the page looks", .needs = &permission_anyone, .media = "text/css; charset=utf-8" },
	{ GET("/docs/docs.js", docs_script), .doc = "What draws the page", .needs = &permission_anyone, .media = "text/javascript; charset=utf-8" },
	{ GET("/docs/public.json", docs_public), .doc = "The description of the public API", .needs = &permission_anyone, .media = "application/json" },
	{ GET("/docs/admin.json", docs_admin), .doc = "The description of the admin API", .needs = &permission_anyone, .media = "application/json" },
};
/* clang-format on */

const struct routes docs_routes = ROUTES(docs_rows);
