/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GET /docs: both APIs for people to read, drawn by a page from the descriptions the processes serve to programs. It
 * shows them side by side wherever it is asked, so it stands behind the gateway as one page of the whole.
 */
#include "base/embedded.h"
#include "service/internal.h"

enum { DOCUMENT_MAX = 4 * 1024 * 1024 };

extern const struct embedded_file docs_files[];

static void reply_file(struct request *req, const char *name, const char *content_type)
{
	const struct embedded_file *file = docs_files;

	while (strcmp(file->name, name) != 0)
		file++;
	reply_header(req, "Content-Security-Policy",
	             STR("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
	                 "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"));
	reply_header(req, "Cache-Control", STR("public, max-age=300"));
	reply_raw(req, 200, content_type, str_from(file->text));
}

static void docs_page(struct request *req)
{
	reply_file(req, "index.html", "text/html; charset=utf-8");
}

static void docs_style(struct request *req)
{
	reply_file(req, "docs.css", "text/css; charset=utf-8");
}

static void docs_script(struct request *req)
{
	reply_file(req, "docs.js", "text/javascript; charset=utf-8");
}

static void reply_document(struct request *req, const char *name, enum app_kind kind)
{
	const struct app_description description = {
		.name = name,
		.kind = kind,
		.services = HOST_OF(req->app)->process->services_known,
	};
	struct buf document;

	buf_init(&document, DOCUMENT_MAX);
	openapi_write(&document, &description);
	reply_raw(req, 200, "application/json", buf_view(&document));
	buf_done(&document);
}

static void docs_public(struct request *req)
{
	reply_document(req, "public-api", APP_PUBLIC_API);
}

static void docs_admin(struct request *req)
{
	reply_document(req, "admin-api", APP_ADMIN_API);
}

const struct route docs_routes[] = {
	{ .method = HTTP_GET,
	  .path = "/docs",
	  .name = "docs",
	  .doc = "Both APIs for people to read",
	  .handler = docs_page },
	{ .method = HTTP_GET,
	  .path = "/docs/docs.css",
	  .name = "docs_style",
	  .doc = "How the page looks",
	  .handler = docs_style },
	{ .method = HTTP_GET,
	  .path = "/docs/docs.js",
	  .name = "docs_script",
	  .doc = "What draws the page",
	  .handler = docs_script },
	{ .method = HTTP_GET,
	  .path = "/docs/public.json",
	  .name = "docs_public",
	  .doc = "The description of the public API",
	  .handler = docs_public },
	{ .method = HTTP_GET,
	  .path = "/docs/admin.json",
	  .name = "docs_admin",
	  .doc = "The description of the admin API",
	  .handler = docs_admin },
	{ 0 },
};
