/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole connections (conn.c, phases.c, exchange.c, write.c), spoken to over a socket pair by a client that sends what
 * the input says, cut into writes, and is slow to read. However it is cut, the same answers come in the same order, and
 * nothing is left behind when the client has gone.
 *
 * The first byte seeds the cuts. Of the paths, those that begin with /y are answered some turns later, those with /b at
 * length, so that bytes come in while a handler runs and answers wait to be taken.
 */
#include <sys/socket.h>
#include <unistd.h>

#include "base/test_fuzz.h"

#include "base/check.h"
#include "base/hash.h"
#include "http/conn.h"

enum { INPUT_MAX = 4096, LONG_ANSWER = 100 * 1024, LONG_ANSWERS_MAX = 6, STORY_MAX = 4 * 1024 * 1024, QUIET_TURNS = 8 };

static const struct http_limits limits = {
	.line_max = 256, .header_bytes_max = 1024, .header_count_max = 8, .body_max = 512, .pipeline_max = 256
};

static struct loop *loop;
static struct http_server *server;

static struct client {
	uv_idle_t turn;
	int fd;
	struct str rest; /* to be sent */
	uint32_t seed;
	size_t most; /* bytes a write; 0: all at once */
	int quiet;   /* turns in a row in which nothing happened */
	int long_answers;
	bool ended;
	struct buf story;
} client;

/* ---- The server --------------------------------------------------------------------------------- */

static uint64_t request_hash(const struct http_request *request)
{
	static const uint8_t key[16] = "pipeline";

	return hash_keyed(key, request->path.ptr, request->path.len) * 3 +
	       hash_keyed(key, request->query.ptr, request->query.len) * 5 +
	       hash_keyed(key, request->body.ptr, request->body.len) * 7 + (uint64_t)request->method;
}

static void handle(struct http_exchange *exchange, void *arg)
{
	const struct http_request *request = http_request(exchange);

	http_await_body(exchange, SIZE_MAX);
	uint64_t hash = request_hash(request);

	if (str_starts(request->path, STR("/y")))
		for (int i = 0; i < 3; i++)
			task_yield();
	CHECK(request_hash(request) == hash); /* what came meanwhile has moved nothing */
	if (str_starts(request->path, STR("/b")) && client.long_answers++ < LONG_ANSWERS_MAX) {
		char *bytes = arena_alloc_raw(task_arena(), LONG_ANSWER);

		memset(bytes, 'b', LONG_ANSWER);
		http_reply(exchange, 200, NULL, 0, (struct str){ bytes, LONG_ANSWER });
	} else {
		http_reply(exchange, 200, NULL, 0, str_printf(task_arena(), "%llx", (unsigned long long)hash));
	}
}

/* ---- The client --------------------------------------------------------------------------------- */

static bool client_send(void)
{
	size_t piece = client.rest.len;
	ssize_t sent;

	client.seed = client.seed * 1664525 + 1013904223;
	if (client.most && piece > 1 + (client.seed >> 16) % client.most)
		piece = 1 + (client.seed >> 16) % client.most;
	sent = send(client.fd, client.rest.ptr, piece, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (sent < 0 && errno != EAGAIN)
		client.rest.len = 0; /* the server has closed: what it said is still to be read */
	if (sent > 0)
		client.rest = str_slice(client.rest, (size_t)sent, client.rest.len);
	return sent > 0;
}

static bool client_receive(void)
{
	static char bytes[64 * 1024];
	ssize_t got = recv(client.fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	if (got > 0)
		buf_append(&client.story, bytes, (size_t)got);
	client.ended |= got == 0 || (got < 0 && errno != EAGAIN);
	return got > 0;
}

static void on_turn(uv_idle_t *turn)
{
	bool busy = server->running > 0;

	if (client.fd < 0) {
		if (!server->counts.connections && !server->running)
			loop_stop(loop);
		return;
	}
	if (client.rest.len)
		busy |= client_send();
	if (client.quiet >= 2 || !client.rest.len)
		busy |= client_receive();
	client.quiet = busy ? 0 : client.quiet + 1;
	if (client.ended || client.quiet > QUIET_TURNS) {
		close(client.fd);
		client.fd = -1;
	}
}

/* ---- What is compared --------------------------------------------------------------------------- */

static void cut_out(struct buf *story, size_t from, size_t len)
{
	memmove(story->ptr + from, story->ptr + from + len, story->len - from - len);
	story->len -= len;
}

static const char *find(const struct buf *story, size_t from, struct str what)
{
	return from < story->len ? memmem(story->ptr + from, story->len - from, what.ptr, what.len) : NULL;
}

/* Without what depends on time and on cuts: dates, interim answers, and which of several faults was met first. */
static void story_plain(struct buf *story)
{
	static const struct str interim = { "HTTP/1.1 100 Continue\r\n\r\n", 25 }, date = { "\r\nDate: ", 8 },
	                        fault = { "HTTP/1.1 4", 10 }, fault_of_ours = { "HTTP/1.1 5", 10 };
	const char *at;

	while ((at = find(story, 0, interim)))
		cut_out(story, (size_t)(at - story->ptr), interim.len);
	while ((at = find(story, 0, date)))
		cut_out(story, (size_t)(at - story->ptr), date.len + HTTP_DATE_LEN);
	if ((at = find(story, 0, fault)) || (at = find(story, 0, fault_of_ours)))
		story->len = (size_t)(at - story->ptr) + strlen("HTTP/1.1 ");
}

static void converse(struct str input, uint32_t seed, size_t most, struct buf *ret_story)
{
	int pair[2];

	CHECK(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair));
	client.fd = pair[0];
	client.rest = input;
	client.seed = seed;
	client.most = most;
	client.quiet = client.long_answers = 0;
	client.ended = false;
	buf_init(&client.story, STORY_MAX);
	http_conn_open(server, pair[1]);
	CHECK(!uv_idle_start(&client.turn, on_turn));
	loop_run(loop);
	CHECK(!uv_idle_stop(&client.turn) && !client.story.overflow);
	story_plain(&client.story);
	*ret_story = client.story;
}

static void open_once(void)
{
	const struct http_server_options options = { .host = "127.0.0.1", .limits = limits, .handler = handle };

	if (loop)
		return;
	loop = loop_new();
	CHECK(!http_server_start(loop, &options, &server));
	CHECK(!uv_idle_init(loop_uv(loop), &client.turn));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const size_t cuts[] = { 1, 40, 400 };
	struct buf whole, cut;
	struct str input;

	if (size < 2 || size > INPUT_MAX)
		return 0;
	open_once();
	input = (struct str){ (const char *)data + 1, size - 1 };
	converse(input, 0, 0, &whole);
	for (size_t i = 0; i < ARRAY_COUNT(cuts); i++) {
		converse(input, data[0], cuts[i], &cut);
		if (!str_eq(buf_view(&whole), buf_view(&cut)))
			fprintf(stderr, "--- whole:\n%.*s\n--- cut by %zu:\n%.*s\n", STR_ARG(buf_view(&whole)), cuts[i],
			        STR_ARG(buf_view(&cut)));
		CHECK(str_eq(buf_view(&whole), buf_view(&cut)));
		buf_done(&cut);
	}
	buf_done(&whole);
	return 0;
}
