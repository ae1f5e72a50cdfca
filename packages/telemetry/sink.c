/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Standard output belongs to the process that started us and is often shared, so it is not switched to non-blocking: poll(2) is
 * asked first. Only a terminal or socket can take part of a line; the rest is then given PATIENCE_MS in all.
 */
#include "telemetry/sink.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <unistd.h>

enum { PATIENCE_MS = 50 };

static pthread_mutex_t door = PTHREAD_MUTEX_INITIALIZER;
static bool torn; /* the last line lacks its end; under the door */
static _Atomic uint64_t dropped;

static bool writable(int patience_ms)
{
	struct pollfd out = { .fd = STDOUT_FILENO, .events = POLLOUT };

	return poll(&out, 1, patience_ms) == 1 && out.revents == POLLOUT;
}

static ssize_t write_once(struct str rest)
{
	ssize_t done;

	do {
		done = write(STDOUT_FILENO, rest.ptr, rest.len);
	} while (done < 0 && errno == EINTR);
	return done;
}

/* False when the line is not out whole. */
static bool write_whole(struct str line)
{
	struct str rest = line;

	while (rest.len > 0) {
		ssize_t done = writable(rest.len < line.len ? PATIENCE_MS : 0) ? write_once(rest) : -1;

		if (done < 0) {
			torn = torn || rest.len < line.len;
			return false;
		}
		rest = str_slice(rest, (size_t)done, rest.len);
	}
	return true;
}

void sink_write(struct str line)
{
	pthread_mutex_lock(&door);
	if (torn && writable(0) && write_once(STR("\n")) == 1)
		torn = false;
	if (torn || !write_whole(line))
		atomic_fetch_add_explicit(&dropped, 1, memory_order_relaxed);
	pthread_mutex_unlock(&door);
}

uint64_t sink_dropped(void)
{
	return atomic_load_explicit(&dropped, memory_order_relaxed);
}
