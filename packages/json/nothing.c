/* SPDX-License-Identifier: Apache-2.0 */
#include "json/schema.h"

const struct schema nothing_schema = { .name = "nothing", .doc = "No members", .size = sizeof(struct nothing) };
