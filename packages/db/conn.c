/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One libpq connection in pipeline mode, non-blocking, on the loop. It joins only when every statement of its kind is
 * prepared, all in one pipeline under one Sync. It does not know what it carries: its owner keeps the order of what was
 * sent and is told of each answer.
 *
 * libpq 15, fe-exec.c, decides the walk through results: every statement gives a result and then a NULL, a Sync gives a
 * result and no NULL; two NULLs in a row mean that nothing more has been parsed. An error at commit comes as a result
 * right before the Sync's. PQpipelineSync always flushes.
 *
 * The socket may change with every PQconnectPoll, and libpq closes the old one itself, so the poll handle is made anew
 * around each call. Names are looked up by us (uv_getaddrinfo) and handed over as hostaddr: libpq would block.
 */
#include <arpa/inet.h>
#include <stdarg.h>
#include <string.h>

#include "base/address.h"
#include "base/check.h"
#include "base/encode.h"
#include "base/random.h"
#include "db/internal.h"

enum { BACKOFF_MIN_MS = 50, BACKOFF_MAX_MS = 2000, SETTINGS_MAX = 1024, NAME_MAX_BYTES = 64 };

/* A name look-up outlives the connection that asked: `conn` is NULL then. */
struct resolution {
	uv_getaddrinfo_t req;
	struct conn *conn;
};

static void step(struct conn *conn);

/* ---- The socket ------------------------------------------------------------------------------ */

static void unwatch(struct conn *conn)
{
	handle_close(conn->poll);
	conn->poll = NULL;
	conn->watched = 0;
}

PRINTF_LIKE(2, 0) static void set_error(struct conn *conn, const char *format, va_list args)
{
	vsnprintf(conn->error, sizeof(conn->error), format, args);
	for (size_t i = strlen(conn->error); i > 0 && (conn->error[i - 1] == '\n' || conn->error[i - 1] == ' '); i--)
		conn->error[i - 1] = '\0';
	conn->error[utf8_mend(conn->error, strlen(conn->error))] = '\0';
}

static void drop(struct conn *conn)
{
	unwatch(conn);
	PQfinish(conn->pg);
	conn->pg = NULL;
	conn->syncs = 0;
	conn->broken = false;
}

static void on_retry(uv_timer_t *timer)
{
	struct conn *conn = timer->data;

	if (conn->state == CONN_WAITING && (!conn->core->breaker.open || conn == &conn->core->breaker.probe))
		step(conn);
}

void conn_lose(struct conn *conn, const char *format, ...)
{
	va_list args;

	if (conn->state == CONN_WAITING || conn->state == CONN_CLOSED)
		return;
	va_start(args, format);
	set_error(conn, format, args);
	va_end(args);
	drop(conn);
	if (conn->state == CONN_READY) {
		conn->away_us = clock_mono_us();
		conn->core->counters.reconnects++;
	} else {
		conn->failures++;
	}
	if (conn->resolution)
		conn->resolution->conn = NULL;
	conn->resolution = NULL;
	conn->state = CONN_WAITING;
	uint64_t wait_ms = (uint64_t)conn->backoff_ms / 2 + random_below((uint64_t)conn->backoff_ms / 2 + 1);
	conn->backoff_ms = conn->backoff_ms * 2 < BACKOFF_MAX_MS ? conn->backoff_ms * 2 : BACKOFF_MAX_MS;
	uv_timer_start(conn->timer, on_retry, wait_ms, 0);
	conn->kind->on_lost(conn);
}

/* ---- Results --------------------------------------------------------------------------------- */

static void become_ready(struct conn *conn)
{
	conn->state = CONN_READY;
	conn->away_us = 0;
	conn->backoff_ms = BACKOFF_MIN_MS;
	conn->error[0] = '\0';
	conn->core->failures = conn->failures;
	conn->kind->on_ready(conn);
}

/* While preparing: the first error is the one that counts, what follows it is only aborted. The one row is the clock's. */
static void take_prepared(struct conn *conn, PGresult *result)
{
	if (PQresultStatus(result) == PGRES_FATAL_ERROR && !conn->error[0])
		snprintf(conn->error, sizeof(conn->error), "cannot prepare: %s",
		         PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY));
	if (PQresultStatus(result) == PGRES_TUPLES_OK)
		clock_follow(strtoll(PQgetvalue(result, 0, 0), NULL, 10), conn->asked_us);
	PQclear(result);
}

static void take_result(struct conn *conn, PGresult *result)
{
	if (PQresultStatus(result) == PGRES_FATAL_ERROR && error_is_fatal(result)) {
		const char *why = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
		conn_lose(conn, "%s", why ? why : PQresultErrorMessage(result));
		PQclear(result);
	} else if (conn->state == CONN_PREPARING) {
		take_prepared(conn, result);
	} else {
		conn->kind->on_result(conn, result);
	}
}

static void take_sync(struct conn *conn)
{
	char why[sizeof(conn->error)];

	conn->syncs--;
	if (conn->state != CONN_PREPARING) {
		conn->kind->on_sync(conn);
	} else if (!conn->error[0]) {
		become_ready(conn);
	} else {
		memcpy(why, conn->error, sizeof(why));
		conn_lose(conn, "%s", why);
	}
}

static void walk(struct conn *conn)
{
	PGconn *pg = conn->pg;
	int nulls = 0;

	while (conn->pg == pg && !PQisBusy(pg) && conn->syncs > 0) {
		PGresult *result = PQgetResult(pg);

		if (!result) {
			if (++nulls == 2)
				return;
			continue;
		}
		nulls = 0;
		conn->progress_us = conn->core->now_us;
		if (PQresultStatus(result) == PGRES_PIPELINE_SYNC) {
			PQclear(result);
			take_sync(conn);
		} else {
			take_result(conn, result);
		}
	}
}

static void watch(struct conn *conn, int events);

static void flush(struct conn *conn)
{
	int left = PQflush(conn->pg);

	if (left < 0)
		conn_lose(conn, "%s", PQerrorMessage(conn->pg));
	else
		watch(conn, left ? UV_READABLE | UV_WRITABLE : UV_READABLE);
}

/* What the server still said before it went away is in the buffer: it counts, so the walk comes first. */
static void on_traffic(struct conn *conn)
{
	PGconn *pg = conn->pg;
	bool alive = PQconsumeInput(pg);

	walk(conn);
	if (conn->pg != pg)
		return;
	if (!alive || PQstatus(pg) != CONNECTION_OK)
		conn_lose(conn, "%s", PQerrorMessage(pg));
	else
		flush(conn);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
	struct conn *conn = poll->data;

	(void)status;
	conn->core->now_us = clock_mono_us();
	conn->core->breaker.heard |= (events & UV_READABLE) != 0;
	if (conn->state == CONN_CONNECTING)
		step(conn);
	else
		on_traffic(conn);
}

static void watch(struct conn *conn, int events)
{
	if (conn->watched == events)
		return;
	if (!conn->poll) {
		conn->poll = calloc(1, sizeof(*conn->poll));
		CHECK(conn->poll);
		if (uv_poll_init(loop_uv(conn->core->loop), conn->poll, PQsocket(conn->pg))) {
			free(conn->poll);
			conn->poll = NULL;
			conn_lose(conn, "cannot poll the socket");
			return;
		}
		conn->poll->data = conn;
		uv_unref((uv_handle_t *)conn->poll);
	}
	conn->watched = events;
	uv_poll_start(conn->poll, events, on_poll);
}

/* ---- Connecting ------------------------------------------------------------------------------ */

static void ignore_notice(void *arg, const PGresult *result)
{
	(void)arg, (void)result;
}

static bool send_prepare(struct conn *conn, const struct sql_statement *statement)
{
	bool batch = conn->kind->batches && statement->batch;
	Oid types[PARAMS_MAX];

	CHECK(statement->param_count <= PARAMS_MAX);
	for (int i = 0; i < statement->param_count; i++)
		types[i] = (batch ? value_array_oid : value_oid)(statement->params[i].type);
	return PQsendPrepare(conn->pg, statement->name, batch ? statement->batch : statement->text,
	                     statement->param_count, types);
}

static bool send_prepares(struct conn *conn)
{
	const struct sql_module *const *module = conn->core->options.modules;
	const struct sql_statement *const *extra = conn->kind->extra;

	for (; extra && *extra; extra++)
		if (!send_prepare(conn, *extra))
			return false;
	for (; module && *module && conn->kind->prepares; module++)
		for (size_t i = 0; i < (*module)->count; i++)
			if (conn->kind->prepares((*module)->statements[i]) &&
			    !send_prepare(conn, (*module)->statements[i]))
				return false;
	return true;
}

/* From here on time is the database's (base/clock.h). */
static bool send_clock(struct conn *conn)
{
	conn->asked_us = clock_mono_us();
	return PQsendQueryParams(conn->pg, "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint", 0, NULL,
	                         NULL, NULL, NULL, 0);
}

static void prepare(struct conn *conn)
{
	conn->error[0] = '\0';
	conn->state = CONN_PREPARING;
	if (PQsetnonblocking(conn->pg, 1) || !PQenterPipelineMode(conn->pg) || !send_clock(conn) ||
	    !send_prepares(conn)) {
		conn_lose(conn, "%s", PQerrorMessage(conn->pg));
		return;
	}
	conn_sync(conn);
}

/* A peer that is gone or stopped is noticed by both sides within seconds: its connection ends, its locks go. Rows that many
 * orders change (stock) are locked in most of a worker's transactions, and everybody waits for one that was stopped. */
#define SETTINGS_ALL \
	"-c idle_in_transaction_session_timeout=" SILENT_MS " -c client_connection_check_interval=2000" \
	" -c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3 -c tcp_user_timeout=10000" \
	" -c jit=off -c TimeZone=UTC -c client_min_messages=error"

/* The conninfo, then what overrides it. */
static PGconn *start(struct conn *conn)
{
	const struct core *core = conn->core;
	const struct db_options *options = &core->options;
	char settings[SETTINGS_MAX], name[NAME_MAX_BYTES];
	const char *names[] = { "dbname",
		                "application_name",
		                "options",
		                "client_encoding",
		                "gssencmode",
		                "keepalives_idle",
		                "keepalives_interval",
		                "keepalives_count",
		                "tcp_user_timeout",
		                "hostaddr",
		                NULL };
	const char *values[] = { options->conninfo,
		                 name,
		                 settings,
		                 "UTF8",
		                 "disable",
		                 "5",
		                 "2",
		                 "3",
		                 "10000",
		                 conn->address[0] ? conn->address : NULL,
		                 NULL };

	snprintf(name, sizeof(name), "%s/%s", options->application_name, conn->kind->name);
	int len = snprintf(settings, sizeof(settings), SETTINGS_ALL " -c statement_timeout=%lld%s%s%s %s",
	                   (long long)(options->statement_timeout_us / US_PER_MS),
	                   options->synchronous_commit_off ? " -c synchronous_commit=off" : "",
	                   conn->kind->settings ? " " : "", conn->kind->settings ? conn->kind->settings : "",
	                   core->user_options ? core->user_options : "");
	if (len >= SETTINGS_MAX)
		return NULL;
	return PQconnectStartParams(names, values, 1);
}

static void connect_step(struct conn *conn)
{
	unwatch(conn);
	switch (PQconnectPoll(conn->pg)) {
	case PGRES_POLLING_OK:
		prepare(conn);
		break;
	case PGRES_POLLING_READING:
		watch(conn, UV_READABLE);
		break;
	case PGRES_POLLING_WRITING:
		watch(conn, UV_WRITABLE);
		break;
	default:
		conn_lose(conn, "%s", PQerrorMessage(conn->pg));
	}
}

/* libpq wants the first wait to be for writing, without a call to PQconnectPoll before it. */
static void begin_connect(struct conn *conn)
{
	conn->state = CONN_CONNECTING;
	conn->pg = start(conn);
	if (!conn->pg || PQstatus(conn->pg) == CONNECTION_BAD) {
		conn_lose(conn, "%s", conn->pg ? PQerrorMessage(conn->pg) : "the connection's options are too long");
		return;
	}
	PQsetNoticeReceiver(conn->pg, ignore_notice, NULL);
	watch(conn, UV_WRITABLE);
}

static void on_resolved(uv_getaddrinfo_t *req, int status, struct addrinfo *found)
{
	struct resolution *resolution = CONTAINER_OF(req, struct resolution, req);
	struct conn *conn = resolution->conn;

	free(resolution);
	if (conn) {
		conn->resolution = NULL;
		if (status || !address_choose(found, conn->failures, conn->address, sizeof(conn->address)))
			conn_lose(conn, "cannot look up %s: %s", conn->core->host,
			          status ? uv_strerror(status) : "no address");
		else
			begin_connect(conn);
	}
	uv_freeaddrinfo(found);
}

static void resolve(struct conn *conn)
{
	static const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct resolution *resolution = calloc(1, sizeof(*resolution));

	CHECK(resolution);
	resolution->conn = conn;
	conn->resolution = resolution;
	conn->state = CONN_RESOLVING;
	if (uv_getaddrinfo(loop_uv(conn->core->loop), &resolution->req, on_resolved, conn->core->host, NULL, &hints)) {
		free(resolution);
		conn->resolution = NULL;
		conn_lose(conn, "cannot look up %s", conn->core->host);
	}
}

static void step(struct conn *conn)
{
	if (conn->state == CONN_CONNECTING) {
		connect_step(conn);
		return;
	}
	conn->progress_us = clock_mono_us();
	if (conn->core->host)
		resolve(conn);
	else
		begin_connect(conn);
}

/* ---- For owners ------------------------------------------------------------------------------ */

void conn_open(struct conn *conn, struct core *core, const struct conn_kind *kind)
{
	*conn = (struct conn){ .core = core, .kind = kind, .state = CONN_WAITING, .backoff_ms = BACKOFF_MIN_MS };
	conn->failures = core->failures;
	conn->away_us = clock_mono_us();
	list_push_back(&core->conns, &conn->node);
	conn->timer = timer_new(core, conn);
	snprintf(conn->error, sizeof(conn->error), "connecting");
	if (core->error[0])
		snprintf(conn->error, sizeof(conn->error), "%s", core->error);
	else
		uv_timer_start(conn->timer, on_retry, 0, 0);
}

void conn_close(struct conn *conn)
{
	if (conn->resolution)
		conn->resolution->conn = NULL;
	conn->resolution = NULL;
	conn->state = CONN_CLOSED;
	list_remove(&conn->node);
	drop(conn);
	handle_close(conn->timer);
	conn->timer = NULL;
}

void conn_sync(struct conn *conn)
{
	if (conn->syncs == 0)
		conn->progress_us = clock_mono_us();
	conn->syncs++;
	if (!conn->broken && PQpipelineSync(conn->pg))
		flush(conn);
	else
		conn_lose(conn, "%s", PQerrorMessage(conn->pg));
}

void conn_tick(struct conn *conn, int64_t now_us)
{
	int64_t quiet_us = now_us - conn->progress_us;

	if (conn->state == CONN_READY) {
		if (conn->syncs > 0 && quiet_us > conn->core->options.statement_timeout_us + GRACE_US)
			conn_lose(conn, "no answer for %lld s", (long long)(quiet_us / US_PER_S));
	} else if (conn->state >= CONN_RESOLVING && quiet_us > CONNECT_US) {
		conn_lose(conn, "connecting takes too long");
	}
}

void conn_knock(struct conn *conn)
{
	if (conn->state == CONN_WAITING && !conn->core->error[0])
		uv_timer_start(conn->timer, on_retry, 0, 0);
}

bool conn_is_due(const struct conn *conn)
{
	return conn->syncs > 0 || conn->state == CONN_CONNECTING;
}

bool conn_is_away(const struct conn *conn)
{
	return conn->core->breaker.open || (conn->away_us && clock_mono_us() - conn->away_us >= AWAY_AFTER_US);
}
