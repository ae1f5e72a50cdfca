/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks of a client's token before the libraries read it. cjose aborts on base64 of an impossible length, and jansson
 * reads nested JSON by recursion, some hundred bytes of stack a level: two thousand brackets in a token's header would
 * end the process on a task's stack.
 */
#ifndef STOA_AUTH_JOSE_H
#define STOA_AUTH_JOSE_H

#include <stdbool.h>

#include "base/str.h"

enum { JOSE_TOKEN_MAX = 8192, JOSE_DEPTH_MAX = 8 };

bool jose_is_base64url(struct str part); /* not empty, of a possible length */
/* The JSON inside is nested JOSE_DEPTH_MAX deep at most; whether it is JSON is not checked. False also when it is not
 * base64url or is longer than a token may be. */
bool jose_is_shallow(struct str part);
bool jose_text_is_shallow(struct str json);

#endif
