/* SPDX-License-Identifier: Apache-2.0 */
#include "http/ws.h"

#include "http/conn.h"

void ws_on_bytes(struct http_conn *conn, struct str bytes)
{
}
void ws_on_gone(struct http_conn *conn)
{
}
void ws_on_quiet(struct http_conn *conn)
{
}
void ws_on_drain(struct http_conn *conn)
{
}
bool ws_wants_close(const struct http_conn *conn, int64_t now_us)
{
	return false;
}
void ws_engines_free(struct http_server *server)
{
}
