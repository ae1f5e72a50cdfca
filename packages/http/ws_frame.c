/* SPDX-License-Identifier: Apache-2.0 */
#include "http/ws_frame.h"

#include <openssl/sha.h>
#include <sodium.h>

#include "base/check.h"
#include "http/ws.h"

size_t ws_frame_head(enum ws_opcode opcode, uint64_t payload_len, char out[WS_FRAME_HEAD_MAX])
{
	size_t bytes = payload_len < 126 ? 0 : payload_len <= UINT16_MAX ? 2 : 8;

	out[0] = (char)(0x80 | opcode);
	out[1] = (char)(bytes == 0 ? payload_len : bytes == 2 ? 126 : 127);
	for (size_t i = 0; i < bytes; i++)
		out[2 + i] = (char)(payload_len >> (8 * (bytes - 1 - i)));
	return 2 + bytes;
}

void ws_frame_write(struct buf *buf, enum ws_opcode opcode, struct str payload)
{
	char head[WS_FRAME_HEAD_MAX];
	size_t head_len = ws_frame_head(opcode, payload.len, head);

	/* All or nothing: half a frame would garble everything behind it. */
	if (!buf_reserve(buf, head_len + payload.len))
		return;
	buf_append(buf, head, head_len);
	buf_str(buf, payload);
}

void ws_frame_write_close(struct buf *buf, int code, struct str reason)
{
	char payload[2 + WS_CLOSE_REASON_MAX];
	size_t len = reason.len < WS_CLOSE_REASON_MAX ? reason.len : WS_CLOSE_REASON_MAX;

	while (len && len < reason.len && ((unsigned char)reason.ptr[len] & 0xc0) == 0x80)
		len--;
	payload[0] = (char)(code >> 8);
	payload[1] = (char)code;
	if (len)
		memcpy(payload + 2, reason.ptr, len);
	ws_frame_write(buf, WS_OPCODE_CLOSE, (struct str){ payload, 2 + len });
}

void ws_accept_key(struct str key, char out[WS_ACCEPT_LEN])
{
	static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	char joined[24 + sizeof(guid) - 1];
	unsigned char digest[SHA_DIGEST_LENGTH];
	char text[WS_ACCEPT_LEN + 1];

	CHECK(key.len == 24);
	memcpy(joined, key.ptr, 24);
	memcpy(joined + 24, guid, sizeof(guid) - 1);
	SHA1((const unsigned char *)joined, sizeof(joined), digest);
	sodium_bin2base64(text, sizeof(text), digest, sizeof(digest), sodium_base64_VARIANT_ORIGINAL);
	memcpy(out, text, WS_ACCEPT_LEN);
}

/* ---- Shared frames ---------------------------------------------------------------------------- */

struct ws_frame {
	size_t len;
	char bytes[];
};

struct ws_frame *ws_frame_new(struct str text)
{
	char head[WS_FRAME_HEAD_MAX];
	size_t head_len = ws_frame_head(WS_OPCODE_TEXT, text.len, head);
	struct ws_frame *frame = malloc(sizeof(*frame) + head_len + text.len);

	CHECK(frame);
	frame->len = head_len + text.len;
	memcpy(frame->bytes, head, head_len);
	if (text.len)
		memcpy(frame->bytes + head_len, text.ptr, text.len);
	return frame;
}

void ws_frame_unref(struct ws_frame *frame)
{
	free(frame);
}

struct str ws_frame_bytes(const struct ws_frame *frame)
{
	return (struct str){ frame->bytes, frame->len };
}
