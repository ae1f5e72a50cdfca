/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values that may be absent: an SQL NULL or a JSON field that was not sent. Text needs none of these: a
 * struct str with a NULL pointer is absent.
 */
#ifndef STOA_BASE_OPT_H
#define STOA_BASE_OPT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/money.h"
#include "base/uuid.h"

struct opt_i64 {
	bool set;
	int64_t value;
};

struct opt_f64 {
	bool set;
	double value;
};

struct opt_bool {
	bool set;
	bool value;
};

struct opt_uuid {
	bool set;
	struct uuid value;
};

struct opt_money {
	bool set;
	struct money value;
};

#define SOME(kind, v) ((struct opt_##kind){ .set = true, .value = (v) })
#define NONE(kind)    ((struct opt_##kind){ .set = false })

#endif
