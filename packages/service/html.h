/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pages for a person's browser, where a link in a mail leads. A page needs nothing else: its style and its script are in
 * it, allowed by their hashes and nothing besides (Content-Security-Policy). Its form is posted to a route whose row has
 * .form, and works without the script too: that only fills in the field `token` from the link's fragment, which browsers
 * send to nobody.
 */
#ifndef STOA_SERVICE_HTML_H
#define STOA_SERVICE_HTML_H

#include "service/request.h"

/* For text between tags and in quoted attributes. */
struct str html_escape(struct arena *arena, struct str text);

/* `main` is HTML. The row says .media = HTML_MEDIA. */
#define HTML_MEDIA "text/html; charset=utf-8"
void reply_html(struct request *req, const char *title, struct str main);

#endif
