/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Passwords: Argon2id by libsodium (interactive limits, OWASP's floor is lower), off the event loop, at most two at
 * once per process so that logins cannot eat the machine. More wait, first come, first served, but at most one of the
 * two makes a hash: however many strangers register, those who log in keep a slot. Past 64 who wait for a check, or 32
 * who wait for a hash, fail_unavailable says when to come back. All wait in a task.
 */
#ifndef STOA_AUTH_PASSWORD_H
#define STOA_AUTH_PASSWORD_H

#include <stdbool.h>

#include "base/str.h"

enum { PASSWORD_MIN = 10, PASSWORD_MAX = 128 };

struct str password_hash(struct str password); /* the encoded form, in the task's arena */
/* Null `hash` (no such account) takes as long and answers false: replies must not tell known from unknown addresses. */
bool password_check(struct str password, struct str hash);

/* A hash of nothing anybody knows, as costly as any: what passwords are checked against where there is no account. */
extern const char password_nobody[];

#endif
