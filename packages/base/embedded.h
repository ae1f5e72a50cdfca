/* SPDX-License-Identifier: Apache-2.0 */
/* Files that the build puts into a binary (tools/embed-files). */
#ifndef STOA_BASE_EMBEDDED_H
#define STOA_BASE_EMBEDDED_H

/* Tables of them end with a zeroed row. */
struct embedded_file {
	const char *name, *text;
};

#endif
