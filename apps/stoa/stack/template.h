/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration files of infra/, embedded by the build, with @NAME@ filled in. */
#ifndef STOA_APPS_STOA_STACK_TEMPLATE_H
#define STOA_APPS_STOA_STACK_TEMPLATE_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/embedded.h"

struct template_value {
	const char *name, *value;
};

extern const struct embedded_file template_files[]; /* "postgresql.conf", "redis.conf", "haproxy.cfg" */

/* Appends the filled text to `out`. A name without a row in `values` stays as it is: the text may contain other
 * at-signs. */
void template_fill(struct buf *out, const char *text, const struct template_value *values);
const char *template_find(const char *name); /* NULL when there is none */

#endif
