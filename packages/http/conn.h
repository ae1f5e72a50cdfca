/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of the server, shared by its files: accept.c, server.c (time, drain), conn.c (opening, reading, closing),
 * phases.c (what a connection does in each phase), write.c (sending), exchange.c (one request in its task), ws.c and
 * sse.c (what a connection becomes when it stays).
 *
 * A connection at rest is this struct and a socket: buffers, header table and exchange come from the server's pools
 * when bytes arrive and go back when the answer is out. An exchange outlives its connection when the client leaves
 * while the handler runs: the handler still unwinds over the request's strings.
 *
 * Connections of one phase sit in one list in the order in which they entered it; as a phase has one timeout, the sweep
 * looks at heads only.
 */
#ifndef STOA_HTTP_CONN_H
#define STOA_HTTP_CONN_H

#include <uv.h>

#include "http/http.h"
#include "http/parse.h"
#include "http/proxy.h"
#include "http/reply.h"
#include "telemetry/trace.h"

enum conn_phase {
	CONN_IDLE,              /* between requests; also while unsent answers keep the next request waiting */
	CONN_HEAD,              /* part of a head is here */
	CONN_BODY,              /* the body is read: a task waits for it, or nobody does and it is dropped */
	CONN_HANDLING,          /* a task works on the request */
	CONN_LINGERING,         /* the last answer is on its way; what still comes is read and dropped, so that no reset
	                           overtakes it */
	CONN_SOCKET,            /* a WebSocket */
	CONN_CLOSING_HANDSHAKE, /* a WebSocket whose close frame is sent, not yet answered */
	CONN_STREAM,            /* server-sent events */
	CONN_CLOSING,
	CONN_PHASE_COUNT
};

union conn_io {
	uv_handle_t handle;
	uv_stream_t stream;
	uv_tcp_t tcp;
	uv_pipe_t pipe;
};

struct http_conn {
	union conn_io io;
	struct http_server *server;
	struct list node; /* in its phase's list */
	enum conn_phase phase;
	int64_t since_us; /* in this phase */
	struct http_exchange *exchange;
	struct http_exchange *ahead; /* bytes that came while a handler ran and had no room behind its request */
	struct buf out;              /* gathered in this turn */
	size_t unsent;               /* handed to the kernel, not taken yet */
	size_t left_before;          /* of the answers when this phase's time was last up; 0: it was not yet */
	struct loop_flush flush;
	struct ws *ws;
	struct sse *sse;
	int64_t stuck_since_us; /* since when the kernel has not taken all; 0: it has */
	int64_t drain_at_us;    /* when a drain will end this socket or stream; 0: not chosen yet */
	size_t discarded;       /* while lingering or streaming */
	bool reading;
	bool eof;
	bool shut;          /* our half is closed */
	bool close_pending; /* close at the end of the turn */
	bool blocked;       /* the next request waits for the client to take its answers */
	bool trusted;       /* the peer is one of our proxies */
	uint8_t client_len;
	char client[ADDRESS_TEXT_MAX];
};

enum reply_state { REPLY_NONE, REPLY_WHOLE, REPLY_STREAM, REPLY_WEBSOCKET };

struct http_exchange {
	struct list node;
	struct http_server *server;
	struct http_conn *conn; /* NULL: the client is gone */
	struct task *task;
	struct http_request request;
	enum reply_state state;
	int status;
	bool close;
	bool chunked;
	bool stream_waits;
	bool body_waits;
	struct ws *ws; /* what the handler made of its connection */
	struct sse *sse;
	struct http_parser parser;
	char client[ADDRESS_TEXT_MAX];
	char network[ADDRESS_TEXT_MAX];
	char *block; /* behind the headers */
	struct http_header headers[];
};

/* What a connection does in a phase; the rows are in phases.c. */
struct conn_phase_row {
	uv_buf_t (*on_alloc)(struct http_conn *conn);               /* room for bytes; without a base it cannot read */
	void (*on_bytes)(struct http_conn *conn, struct str bytes); /* they lie in that room */
	void (*on_end)(struct http_conn *conn, bool half_closed);   /* false: the connection is broken */
	void (*on_sent)(struct http_conn *conn);                    /* nothing is unsent */
	void (*on_timeout)(struct http_conn *conn);
};
extern const struct conn_phase_row conn_phase_rows[CONN_PHASE_COUNT];

static inline const struct conn_phase_row *conn_row(const struct http_conn *conn)
{
	return &conn_phase_rows[conn->phase];
}

struct conn_queue {
	struct list conns;
	int64_t timeout_us; /* 0: none */
};

enum { SPARE_BUFS_MAX = 64, SPARE_EXCHANGES_MAX = 128, SPARE_BUF_CAP = 64 * 1024, SPARES_KEPT = 16 };
enum { READ_BLOCK = 8 * 1024, READ_MIN = 1024, SCRATCH_SIZE = 64 * 1024 };

struct http_server {
	struct loop *loop;
	struct http_limits limits;
	struct proxies proxies;
	http_handler *handler;
	void *arg;
	void (*on_refused)(int status, void *arg);
	uv_poll_t listener;
	int listener_fd;
	struct timer accept_again; /* after a rest */
	bool listening;
	bool is_unix;
	char *unix_path;
	int port;
	uv_timer_t sweep;
	uint64_t sweep_ms;
	int64_t trimmed_us;
	struct conn_queue phases[CONN_PHASE_COUNT];
	struct list spare_exchanges;
	size_t spare_exchange_count;
	struct buf spare_bufs[SPARE_BUFS_MAX];
	size_t spare_buf_count;
	struct list spare_engines; /* WebSocket readers, see ws.c */
	size_t spare_engine_count;
	char *scratch; /* SCRATCH_SIZE bytes for reads that are used up at once */
	char date[HTTP_DATE_LEN];
	int64_t date_until_us;
	size_t running; /* exchanges whose task has not ended */
	size_t refs;    /* the owner, open handles, running exchanges */
	bool draining;
	int64_t drain_began_us;
	bool freed;
	void (*on_drained)(void *arg);
	void *on_drained_arg;
	struct loop_flush drained_flush;
	struct http_counts counts;
};

/* server.c */
void server_ref(struct http_server *server);
void server_unref(struct http_server *server);
const char *server_date(struct http_server *server);
void server_check_drained(struct http_server *server);

/* accept.c */
MUST_CHECK int http_accept_start(struct http_server *server, int fd); /* 0 or a negative errno; takes fd */
void http_accept_stop(struct http_server *server);

/* conn.c */
void http_conn_open(struct http_server *server, int fd); /* takes fd */
void conn_enter(struct http_conn *conn, enum conn_phase phase);
void http_conn_close(struct http_conn *conn);
void conn_linger(struct http_conn *conn);
void conn_refuse(struct http_conn *conn, const struct problem *problem, const char *why); /* NULL: its title says it */
void conn_resume_reading(struct http_conn *conn);
void conn_pause_reading(struct http_conn *conn);
void conn_drop_buffers(struct http_conn *conn);  /* of its requests; a task that runs is cancelled */
void conn_release_empty(struct http_conn *conn); /* an idle connection keeps no buffer */
void conn_bound_kernel(struct http_conn *conn);  /* of a socket or stream: bytes wait in our queue, which has a limit */

/* phases.c */
void conn_advance(struct http_conn *conn); /* with the bytes that are here */
void conn_await_body(struct http_conn *conn);
void conn_finished(struct http_conn *conn); /* the exchange's task is done with it */

/* write.c */
struct buf *conn_out(struct http_conn *conn); /* to append to; sent at the end of the turn */
size_t conn_pending(const struct http_conn *conn);
bool conn_is_stuck(const struct http_conn *conn); /* its peer has not taken what was sent for 10 s */
void conn_write_init(struct http_conn *conn);
void conn_write_done(struct http_conn *conn);

/* exchange.c */
struct http_exchange *exchange_take(struct http_server *server);
void exchange_give(struct http_exchange *exchange);
void exchange_free(struct http_exchange *exchange);
void exchange_rewind(struct http_exchange *exchange);   /* to the request behind the finished one */
void exchange_dispatch(struct http_exchange *exchange); /* its head is read */
void exchange_on_body(struct http_exchange *exchange);  /* it is whole, or refused */
void exchange_on_sent(struct http_exchange *exchange);

/* A problem where no door stands: with the client's request id, or a new one. The caller ends `body`. */
struct problem_reply {
	struct trace trace;
	char seconds[16];
	struct http_header headers[5];
	size_t header_count;
	struct buf body;
};
void problem_reply_open(struct problem_reply *reply, const struct failure *failure, struct str instance,
                        struct str request_id);

/* ws.c */
void ws_start(struct http_conn *conn); /* the handler that accepted it has returned */
void ws_release(struct ws *ws);        /* the same, after the connection has gone */
void ws_on_bytes(struct http_conn *conn, struct str bytes);
void ws_on_gone(struct http_conn *conn);
void ws_on_quiet(struct http_conn *conn); /* it is time for a ping */
struct uuid ws_owner(const struct ws *ws);
void ws_engines_free(struct http_server *server);

/* sse.c: as ws.c */
void sse_begin(struct http_conn *conn);
void sse_break(struct sse *sse); /* its handler failed: ends without the last chunk */
void sse_release(struct sse *sse);
void sse_on_gone(struct http_conn *conn);
void sse_on_quiet(struct http_conn *conn);
struct uuid sse_owner(const struct sse *sse);

#endif
