/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <string.h>

#include "base/check.h"
#include "db/internal.h"

static const struct {
	int interactive_max, queue_max;
	int64_t statement_timeout_us;
} defaults = { .interactive_max = 4, .queue_max = 4096, .statement_timeout_us = 30 * US_PER_S };

/* ---- Handles --------------------------------------------------------------------------------- */

uv_timer_t *timer_new(struct core *core, void *data)
{
	uv_timer_t *timer = calloc(1, sizeof(*timer));

	CHECK(timer && uv_timer_init(loop_uv(core->loop), timer) == 0);
	timer->data = data;
	uv_unref((uv_handle_t *)timer);
	return timer;
}

static void free_handle(uv_handle_t *handle)
{
	free(handle);
}

void handle_close(void *handle)
{
	if (handle)
		uv_close(handle, free_handle);
}

/* ---- Options --------------------------------------------------------------------------------- */

static const char *option(const PQconninfoOption *options, const char *name)
{
	for (; options && options->keyword; options++)
		if (!strcmp(options->keyword, name))
			return options->val && options->val[0] ? options->val : NULL;
	return NULL;
}

/* A single name that must be looked up; lists of hosts are left to libpq, which then blocks for as long as a look-up
 * takes. */
static bool is_name(const char *host)
{
	struct in6_addr ignored;

	return host && host[0] != '/' && host[0] != '@' && !strchr(host, ',') &&
	       inet_pton(AF_INET, host, &ignored) != 1 && inet_pton(AF_INET6, host, &ignored) != 1;
}

static void read_conninfo(struct core *core)
{
	char *why = NULL;

	core->parsed = PQconninfoParse(core->options.conninfo, &why);
	if (!core->parsed)
		snprintf(core->error, sizeof(core->error), "%s", why ? why : "out of memory");
	PQfreemem(why);
	core->user_options = option(core->parsed, "options");
	if (!option(core->parsed, "hostaddr") && is_name(option(core->parsed, "host")))
		core->host = option(core->parsed, "host");
}

static struct db_options with_defaults(const struct db_options *given)
{
	struct db_options options = *given;

	if (options.interactive_max <= 0)
		options.interactive_max = defaults.interactive_max;
	if (options.queue_max <= 0)
		options.queue_max = defaults.queue_max;
	if (options.statement_timeout_us <= 0)
		options.statement_timeout_us = defaults.statement_timeout_us;
	if (!options.application_name)
		options.application_name = "stoa";
	return options;
}

/* ---- Life ------------------------------------------------------------------------------------ */

static void on_tick(uv_timer_t *timer)
{
	struct core *core = timer->data;

	core->now_us = clock_mono_us();
	breaker_tick(&core->breaker, core->now_us);
	lane_tick(&core->read, core->now_us);
	lane_tick(&core->slow, core->now_us);
	writes_tick(&core->writes, core->now_us);
	sessions_tick(&core->sessions, core->now_us);
}

struct db *db_open(struct loop *loop, const struct db_options *options)
{
	struct core *core = calloc(1, sizeof(*core));

	CHECK(core && options->conninfo);
	core->db.core = core;
	core->loop = loop;
	core->options = with_defaults(options);
	core->now_us = clock_mono_us();
	read_conninfo(core);
	stats_init(&core->stats, core->options.modules);
	list_init(&core->conns);
	list_init(&core->leaders);
	wait_queue_init(&core->connecting);
	lane_open(&core->read, core, &read_kind, GROUP_OPS);
	lane_open(&core->slow, core, &slow_kind, 1);
	writes_open(&core->writes, core);
	sessions_open(&core->sessions, core);
	core->tick = timer_new(core, core);
	uv_timer_start(core->tick, on_tick, TICK_MS, TICK_MS);
	return &core->db;
}

void db_close(struct db *db)
{
	if (!db)
		return;
	struct core *core = db->core;

	CHECK(!db->tx && list_is_empty(&core->leaders) && list_is_empty(&core->connecting.waiting));
	breaker_done(&core->breaker);
	sessions_close(&core->sessions);
	writes_close(&core->writes);
	lane_close(&core->slow);
	lane_close(&core->read);
	handle_close(core->tick);
	stats_done(&core->stats);
	PQconninfoFree(core->parsed);
	free(core);
}

void db_set_context(struct db *db, void *context)
{
	db->core->context = context;
}

void *db_context(const struct db *db)
{
	return db->core->context;
}

/* ---- Status ---------------------------------------------------------------------------------- */

static const char *first_error(const struct core *core)
{
	const struct conn *const conns[] = { &core->read.conn, &core->writes.conn, &core->slow.conn };

	if (core->breaker.open)
		return "PostgreSQL does not answer";
	for (size_t i = 0; i < ARRAY_COUNT(conns); i++)
		if (conns[i]->state != CONN_READY)
			return conns[i]->error[0] ? conns[i]->error : "connecting";
	return "";
}

struct db_status db_status(const struct db *db)
{
	const struct core *core = db->core;
	const char *error = first_error(core);

	return (struct db_status){
		.connected = !error[0],
		.latency_us = core->latency_us,
		.last_error = error,
		.queued = (int)(core->read.count + core->slow.count + core->writes.count) + core->sessions.waiters,
	};
}

void core_connection_changed(struct core *core)
{
	if (!first_error(core)[0])
		wait_queue_wake_all(&core->connecting);
}

void db_wait_connected(struct db *db)
{
	while (!db_status(db).connected)
		wait_queue_wait(&db->core->connecting);
}

/* ---- For tasks ------------------------------------------------------------------------------------------------------
 */

void core_refuse(struct core *core, const struct conn *conn)
{
	if (conn_is_away(conn))
		error_end_away();
	core->counters.refused_full++;
	fail_unavailable(1, "the database queue is full");
}

void core_check(const struct core *core, const struct sql_statement *statement)
{
	if (!stats_find(&core->stats, statement))
		fail("%s: the statement is in no module of this database", statement->name);
}

static uint64_t params_given(const struct sql_statement *statement, const void *params)
{
	uint64_t given = 0;

	for (uint16_t i = 0; i < statement->param_count && i < SQL_GIVEN_PARAMS; i++) {
		const struct sql_value *param = &statement->params[i];

		if (param->nullable && value_is_present(param, (const char *)params + param->offset))
			given |= UINT64_C(1) << i;
	}
	return given;
}

/* The texts of the first order for exactly what is given; NULL: it has none. */
static const struct sql_given *find_given(const struct sql_list *list, const void *params)
{
	uint64_t given = list->given_count ? params_given(list->orders[0].first, params) : 0;

	for (size_t i = 0; i < list->given_count; i++)
		if (list->givens[i].params == given)
			return &list->givens[i];
	return NULL;
}

const struct sql_statement *sql_page_statement(const struct sql_list *list, const struct sql_page *page,
                                               const void *params)
{
	if (page->limit <= 0)
		fail("%s: which page? .page is missing", list->name);
	if (page->order >= list->order_count || !list->orders[page->order].first)
		fail("%s: there is no order %zu", list->name, page->order);
	const struct sql_order *order = &list->orders[page->order];
	const struct sql_given *given = page->order == 0 ? find_given(list, params) : NULL;

	if (given)
		return page->after_set ? given->after : given->first;
	return page->after_set ? order->after : order->first;
}

const struct sql_value sql_total_columns[1] = {
	{ .name = "total", .type = SQL_I64, .offset = offsetof(struct sql_total_row, total) },
};

void *sql_read_page(struct db *db, const struct sql_list *list, const struct sql_page *page, const void *params,
                    size_t *ret_count)
{
	void *rows = sql_read(db, sql_page_statement(list, page, params), params, ret_count);
	size_t one;

	if (!page->total)
		return rows;
	if (!page->after_set && (int64_t)*ret_count < page->limit)
		page->total->total = (int64_t)*ret_count;
	else
		*page->total = *(const struct sql_total_row *)sql_read(db, list->total, params, &one);
	return rows;
}

void *sql_read(struct db *db, const struct sql_statement *statement, const void *params, size_t *ret_count)
{
	struct core *core = db->core;

	core_check(core, statement);
	if (db->tx)
		return tx_read(db->tx, statement, params, ret_count);
	return lane_read(statement->use == SQL_SLOW ? &core->slow : &core->read, statement, params, ret_count);
}
