/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http.h"

#include "base/check.h"

static const char *const method_names[HTTP_METHOD_COUNT] = {
	[HTTP_GET] = "GET",     [HTTP_HEAD] = "HEAD",     [HTTP_POST] = "POST",       [HTTP_PUT] = "PUT",
	[HTTP_PATCH] = "PATCH", [HTTP_DELETE] = "DELETE", [HTTP_OPTIONS] = "OPTIONS",
};

const char *http_method_name(enum http_method method)
{
	CHECK((unsigned int)method < HTTP_METHOD_COUNT);
	return method_names[method];
}

struct str http_header(const struct http_request *request, const char *name)
{
	struct str wanted = str_from(name);

	for (size_t i = 0; i < request->header_count; i++)
		if (str_eq_nocase(request->headers[i].name, wanted))
			return request->headers[i].value;
	return STR_NULL;
}

size_t http_header_count(const struct http_request *request, const char *name)
{
	struct str wanted = str_from(name);
	size_t count = 0;

	for (size_t i = 0; i < request->header_count; i++)
		count += str_eq_nocase(request->headers[i].name, wanted);
	return count;
}
