/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of scalars as they travel between JSON, SQL and code: borrowed items and their count. */
#ifndef STOA_BASE_VEC_H
#define STOA_BASE_VEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "base/uuid.h"

struct str_list {
	struct str *items;
	size_t count;
};

struct uuid_list {
	struct uuid *items;
	size_t count;
};

struct i64_list {
	int64_t *items;
	size_t count;
};

struct bool_list {
	bool *items;
	size_t count;
};

#endif
