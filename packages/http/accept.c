/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Accepting, by our own hand and not by uv_listen, which takes in all that wait before anybody else gets a turn, and
 * which spins when there are no descriptors left. Here so many come in at a time, and without descriptors the listener
 * rests for a moment while those who are in are served; the kernel keeps the others waiting meanwhile.
 */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "http/conn.h"

enum { BACKLOG = 4096, AT_ONCE_MAX = 64 };

#define REST_US (50 * US_PER_MS)

/* Of a client that gave up before it was its turn, or of its network (accept(2)). */
static bool is_the_clients(int error)
{
	return error == ECONNABORTED || error == EINTR || error == EPROTO || error == ENETDOWN || error == EHOSTDOWN ||
	       error == EHOSTUNREACH || error == ENETUNREACH || error == ENOPROTOOPT || error == EOPNOTSUPP;
}

static void on_waiting(uv_poll_t *poll, int status, int events)
{
	struct http_server *server = poll->data;

	for (int i = 0; i < AT_ONCE_MAX; i++) {
		int fd = accept4(server->listener_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0) {
			http_conn_open(server, fd);
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			return;
		} else if (!is_the_clients(errno)) {
			server->counts.accept_rests++;
			uv_poll_stop(&server->listener);
			loop_timer_set(server->loop, &server->accept_again, loop_now_us(server->loop) + REST_US);
			return;
		}
	}
}

static void on_rested(struct timer *timer)
{
	struct http_server *server = CONTAINER_OF(timer, struct http_server, accept_again);

	CHECK(!uv_poll_start(&server->listener, UV_READABLE, on_waiting));
}

static void on_closed(uv_handle_t *handle)
{
	server_unref(handle->data);
}

int http_accept_start(struct http_server *server, int fd)
{
	int error;

	if (listen(fd, BACKLOG)) {
		error = -errno;
		close(fd);
		return error;
	}
	error = uv_poll_init(loop_uv(server->loop), &server->listener, fd);
	if (error) {
		close(fd);
		return error;
	}
	server->listener.data = server;
	server->listener_fd = fd;
	server->accept_again.run = on_rested;
	server->listening = true;
	server_ref(server);
	CHECK(!uv_poll_start(&server->listener, UV_READABLE, on_waiting));
	return 0;
}

void http_accept_stop(struct http_server *server)
{
	if (!server->listening)
		return;
	server->listening = false;
	loop_timer_clear(server->loop, &server->accept_again);
	uv_close((uv_handle_t *)&server->listener, on_closed);
	close(server->listener_fd);
	if (server->unix_path)
		unlink(server->unix_path);
}
