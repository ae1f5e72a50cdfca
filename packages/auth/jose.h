/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands between strangers' tokens and the libraries that read them. cjose asserts on base64 of a length that
 * cannot be, and jansson reads nested JSON by recursion, some hundred bytes of stack a level: two thousand brackets in
 * a token's header would end the process on a task's stack.
 */
#ifndef STOA_AUTH_JOSE_H
#define STOA_AUTH_JOSE_H

#include <stdbool.h>

#include "base/str.h"

enum { JOSE_TOKEN_MAX = 8192, JOSE_DEPTH_MAX = 8 };

bool jose_is_base64url(struct str part); /* not empty, of a length that can be */
/* The JSON inside is nested JOSE_DEPTH_MAX deep at most; whether it is JSON is not looked at. False as well when it is
 * no base64url or longer than a token may be. */
bool jose_is_shallow(struct str part);
bool jose_text_is_shallow(struct str json);

#endif
