/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Change notices: which aggregates have new events. The process that committed sends one to followers over Redis, and
 * the relay sends it once more. A message holds entries of 32 hexadecimal digits of an aggregate's id and 16 of its
 * newest sequence number. A notice may be lost; followers also look for themselves.
 *
 * The names of the channels are older than the words used here. They stay, because processes of two releases exchange
 * notices during an update.
 */
#ifndef STOA_EVENTS_LOG_NOTICE_H
#define STOA_EVENTS_LOG_NOTICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "base/uuid.h"

#define DOORBELL_CHANNEL "stoa:bell" /* the process that committed to the relay: there is something to read */
#define CHANGES_CHANNEL  "stoa:live" /* change notices */

enum { CHANGE_LEN = 48, CHANGES_MAX = 100 };

struct redis;
struct change_notice {
	size_t len;
	char text[CHANGES_MAX * CHANGE_LEN];
};

void change_notice_add(struct change_notice *notice, struct redis *redis, struct uuid id,
                       int64_t seq);                                        /* sends when full */
void change_notice_send(struct change_notice *notice, struct redis *redis); /* what was added; redis may be NULL */
/* Takes one entry off a message. False: nothing (more) that can be read. */
bool change_notice_next(struct str *message, struct uuid *ret_id, int64_t *ret_seq);

#endif
