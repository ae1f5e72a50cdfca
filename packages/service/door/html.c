/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pages, and the answers to their forms: a form is parsed like a query into what the route takes as JSON, and its answer,
 * also a refusal, is a page.
 */
#include "service/html.h"

#include <sodium.h>

#include "base/embedded.h"
#include "base/encode.h"
#include "http/message.h"
#include "service/internal.h"
#include "json/json.h"

enum { PAGE_MAX = 64 * 1024 };

extern const struct embedded_file docs_files[];

static struct str file_text(const char *name)
{
	const struct embedded_file *file = docs_files;

	while (strcmp(file->name, name) != 0)
		file++;
	return str_from(file->text);
}

struct str html_escape(struct arena *arena, struct str text)
{
	static const char *const escapes[UINT8_MAX + 1] = {
		['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&quot;", ['\''] = "&#39;"
	};
	struct buf out;

	buf_init_arena(&out, arena, 6 * text.len + 1);
	for (size_t i = 0; i < text.len; i++) {
		const char *escape = escapes[(uint8_t)text.ptr[i]];

		if (escape)
			buf_str(&out, str_from(escape));
		else
			buf_char(&out, text.ptr[i]);
	}
	return buf_view(&out);
}

static struct str source_hash(struct str text)
{
	unsigned char hash[crypto_hash_sha256_BYTES];

	crypto_hash_sha256(hash, (const unsigned char *)text.ptr, text.len);
	return base64_encode(task_arena(), (struct str){ (const char *)hash, sizeof(hash) });
}

static struct str html_page(struct request_state *state, struct str title, struct str main)
{
	struct str style = file_text("page.css"), script = file_text("page.js");
	struct buf out;

	buf_init_arena(&out, task_arena(), PAGE_MAX);
	buf_printf(&out,
	           "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	           "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>%.*s</title>\n"
	           "<style>%.*s</style>\n</head>\n<body>\n<main>\n<h1>%.*s</h1>\n%.*s\n</main>\n"
	           "<script>%.*s</script>\n</body>\n</html>\n",
	           STR_ARG(title), STR_ARG(style), STR_ARG(title), STR_ARG(main), STR_ARG(script));
	state_header(state, "Content-Security-Policy",
	             str_printf(task_arena(),
	                        "default-src 'none'; style-src 'sha256-%.*s'; script-src 'sha256-%.*s'; "
	                        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
	                        STR_ARG(source_hash(style)), STR_ARG(source_hash(script))));
	return buf_view(&out);
}

void reply_html(struct request *req, const char *title, struct str main)
{
	reply_send(req->state, 200, HTML_MEDIA, html_page(req->state, str_from(title), main));
}

/* ---- Forms ------------------------------------------------------------------------------------------- */

bool form_posted(struct request_state *state)
{
	if (!state->entry || !state->entry->route->form)
		return false;
	struct str rest = request_header(&state->req, HEADER_content_type);

	return str_eq_nocase(str_trim(str_cut(&rest, ';')), STR("application/x-www-form-urlencoded"));
}

void form_read(struct request_state *state)
{
	const struct schema *schema = state->entry->body;
	struct json_errors *errors = ARENA_NEW(task_arena(), struct json_errors);
	void *body = arena_alloc(task_arena(), schema->size);
	struct http_pair *pairs;
	size_t count;

	if (query_parse(task_arena(), state->http->body, QUERY_PAIRS_MAX, &pairs, &count))
		refuse(&problem_bad_request, "The form must be percent-encoded UTF-8");
	if (json_read_pairs(task_arena(), schema, (const struct json_pair *)pairs, count, body, errors))
		refuse_fields(&problem_invalid_body, errors->items, errors->count);
	state->req.input = body;
}

void form_done(struct request_state *state)
{
	const char *text = state->entry->route->form;

	state_forget_answer(state);
	state_header(state, "Content-Type", STR(HTML_MEDIA));
	http_reply(state->req.exchange, 200, state->headers, state->header_count,
	           html_page(state, STR("Done"), str_printf(task_arena(), "<p>%s</p>", text)));
}

void form_refused(struct request_state *state, const struct failure *failure)
{
	const struct problem *problem = problem_of(failure);
	struct buf out;

	buf_init_arena(&out, task_arena(), PAGE_MAX / 2);
	if (failure->detail.len)
		buf_printf(&out, "<p>%.*s</p>", STR_ARG(html_escape(task_arena(), failure->detail)));
	for (size_t i = 0; i < failure->field_count; i++)
		buf_printf(&out, "<p>%.*s %.*s</p>", STR_ARG(html_escape(task_arena(), failure->fields[i].pointer)),
		           STR_ARG(html_escape(task_arena(), failure->fields[i].detail)));
	buf_str(&out, STR("<p>Go back to try again.</p>"));
	reply_send(state, problem->status, HTML_MEDIA, html_page(state, str_from(problem->title), buf_view(&out)));
}
