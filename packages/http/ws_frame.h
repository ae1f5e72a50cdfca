/* SPDX-License-Identifier: Apache-2.0 */
/* Frames as a server sends them (RFC 6455 5.2): whole messages, not masked. Reading is wslay's. */
#ifndef STOA_HTTP_WS_FRAME_H
#define STOA_HTTP_WS_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

enum ws_opcode { WS_OPCODE_TEXT = 1, WS_OPCODE_CLOSE = 8, WS_OPCODE_PING = 9, WS_OPCODE_PONG = 10 };
enum { WS_FRAME_HEAD_MAX = 10, WS_CLOSE_REASON_MAX = 123 };

/* The head of a final frame; returns its length. */
size_t ws_frame_head(enum ws_opcode opcode, uint64_t payload_len, char out[WS_FRAME_HEAD_MAX]);
void ws_frame_write(struct buf *buf, enum ws_opcode opcode, struct str payload);
/* `reason` is cut to what a control frame holds, at a character's beginning. */
void ws_frame_write_close(struct buf *buf, int code, struct str reason);

struct ws_frame;
struct str ws_frame_bytes(const struct ws_frame *frame);

/* Sec-WebSocket-Accept of a Sec-WebSocket-Key (RFC 6455 4.2.2): 28 characters. */
enum { WS_ACCEPT_LEN = 28 };
void ws_accept_key(struct str key, char out[WS_ACCEPT_LEN]);

#endif
