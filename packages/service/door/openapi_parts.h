/* SPDX-License-Identifier: Apache-2.0 */
/* What the writers of the document share: members of a JSON object, each with the comma it needs. */
#ifndef STOA_SERVICE_OPENAPI_PARTS_H
#define STOA_SERVICE_OPENAPI_PARTS_H

#include "base/buf.h"
#include "service/internal.h"

void openapi_separate(struct buf *buf);
void openapi_name(struct buf *buf, const char *text);
void openapi_member(struct buf *buf, const char *key, const char *value);
void openapi_member_raw(struct buf *buf, const char *key, const char *json);

/* The member "parameters": captures, query and headers. */
void openapi_parameters(struct buf *buf, const struct route_entry *entry);

#endif
