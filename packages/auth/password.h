/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Passwords: Argon2id by libsodium (interactive limits, OWASP's floor is lower), off the event loop, at most two at
 * once per process, so that logins do not take all CPU and memory. Others wait, first come, first served, but at most
 * one of the two makes a hash: however many people register, one slot is left for logins. When 64 wait for a check, or
 * 32 for a hash, the next one ends with fail_unavailable and its retry_after_s. All wait in a task.
 */
#ifndef STOA_AUTH_PASSWORD_H
#define STOA_AUTH_PASSWORD_H

#include <stdbool.h>

#include "base/str.h"

enum { PASSWORD_MIN = 10, PASSWORD_MAX = 128 };

/* A password is compared in the form of unicode_password(): a keyboard that composes and one that does not are equal. */
struct str password_hash(struct str password); /* the encoded form, in the task's arena */
/* Null `hash` (no such account) takes as long and answers false: replies must not tell known from unknown addresses. */
bool password_check(struct str password, struct str hash);

/* The hash of a password that nobody knows, as costly to check as any other. Passwords are checked against it where
 * there is no account. */
extern const char password_nobody[];

#endif
