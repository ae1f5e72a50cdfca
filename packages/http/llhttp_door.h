/* SPDX-License-Identifier: Apache-2.0 */
/* llhttp's header calls its methods HTTP_GET and so on, as ours does: its names are moved aside. */
#ifndef STOA_HTTP_LLHTTP_DOOR_H
#define STOA_HTTP_LLHTTP_DOOR_H

#define HTTP_GET     LLHTTP_METHOD_GET
#define HTTP_HEAD    LLHTTP_METHOD_HEAD
#define HTTP_POST    LLHTTP_METHOD_POST
#define HTTP_PUT     LLHTTP_METHOD_PUT
#define HTTP_PATCH   LLHTTP_METHOD_PATCH
#define HTTP_DELETE  LLHTTP_METHOD_DELETE
#define HTTP_OPTIONS LLHTTP_METHOD_OPTIONS
#include <llhttp/llhttp.h>
#undef HTTP_GET
#undef HTTP_HEAD
#undef HTTP_POST
#undef HTTP_PUT
#undef HTTP_PATCH
#undef HTTP_DELETE
#undef HTTP_OPTIONS

#endif
