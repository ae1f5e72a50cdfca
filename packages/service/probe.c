/* SPDX-License-Identifier: Apache-2.0 */
/* Statements are written by hand here, as tools/sqlgen would generate them. */
#include "service/probe.h"

#include "base/check.h"
#include "service/app.h"

CHOICE_TABLE(thing_colour, THING_COLOURS)
SCHEMA_TABLE(thing_part, THING_PART, "A part")
SCHEMA_TABLE(new_thing, NEW_THING, "What makes a thing")
SCHEMA_TABLE(grab_thing, GRAB_THING, "Why a thing is grabbed")
SCHEMA_TABLE(thing_view, THING_VIEW, "A thing")
SCHEMA_TABLE(thing_page, THING_PAGE, "Things")
SCHEMA_TABLE(thing_query, THING_QUERY, "Which things")

static const struct problem problem_sold_out = { .code = "sold_out", .status = 409, .title = "Nothing is left" };
static const struct problem *const problems[] = { &problem_sold_out, NULL };

static const struct migration migrations[] = {
	{ "0001_probe",
	  "-- migrate: expand\n"
	  "CREATE TABLE probe.thing (id uuid PRIMARY KEY, name text NOT NULL CONSTRAINT thing_name UNIQUE,\n"
	  "	amount bigint NOT NULL, version bigint NOT NULL DEFAULT 1);\n"
	  "CREATE TABLE probe.grab (thing_id uuid NOT NULL REFERENCES probe.thing)" },
};
static const struct migration_set migration_set = { .name = "probe", .migrations = migrations, .count = 1 };

/* ---- Statements ------------------------------------------------------------------------------------------------ */

struct thing_key {
	struct uuid id;
	int64_t version;
};

struct thing_row {
	struct uuid id;
	struct str name;
	int64_t amount, version;
};

struct thing_after {
	struct str name;
	int64_t least, limit;
};

#define VALUE(struct_, field_, type_)                                                        \
	{                                                                                    \
		.name = #field_, .type = (type_), .offset = offsetof(struct struct_, field_) \
	}
#define STATEMENT(name_, use_, rows_, params_, columns_, text_) \
	static const struct sql_statement name_ = {             \
		.name = #name_,                                 \
		.text = text_,                                  \
		.use = use_,                                    \
		.rows = rows_,                                  \
		.params = params_,                              \
		.param_count = ARRAY_COUNT(params_),            \
		.columns = columns_,                            \
		.column_count = ARRAY_COUNT(columns_),          \
		.row_size = sizeof(struct thing_row),           \
	};

static const struct sql_value none[0];
static const struct sql_value key_params[] = { VALUE(thing_key, id, SQL_UUID) };
static const struct sql_value version_params[] = { VALUE(thing_key, id, SQL_UUID), VALUE(thing_key, version, SQL_I64) };
static const struct sql_value after_params[] = { VALUE(thing_after, name, SQL_TEXT), VALUE(thing_after, least, SQL_I64),
	                                         VALUE(thing_after, limit, SQL_I64) };
static const struct sql_value row_params[] = { VALUE(thing_row, id, SQL_UUID), VALUE(thing_row, name, SQL_TEXT),
	                                       VALUE(thing_row, amount, SQL_I64) };
static const struct sql_value columns[] = { VALUE(thing_row, id, SQL_UUID), VALUE(thing_row, name, SQL_TEXT),
	                                    VALUE(thing_row, amount, SQL_I64), VALUE(thing_row, version, SQL_I64) };

STATEMENT(thing_get, SQL_READ, SQL_FIND, key_params, columns,
          "SELECT id, name, amount, version FROM probe.thing WHERE id = $1")
STATEMENT(thing_lock, SQL_LOCK, SQL_FIND, key_params, columns,
          "SELECT id, name, amount, version FROM probe.thing WHERE id = $1 FOR UPDATE")
STATEMENT(thing_page, SQL_READ, SQL_MANY, after_params, columns,
          "SELECT id, name, amount, version FROM probe.thing WHERE name > $1 AND amount >= $2 ORDER BY name LIMIT $3")
STATEMENT(thing_insert, SQL_WRITE, SQL_EXEC, row_params, none,
          "INSERT INTO probe.thing (id, name, amount) VALUES ($1, $2, $3)")
STATEMENT(grab_insert, SQL_WRITE, SQL_EXEC, key_params, none, "INSERT INTO probe.grab (thing_id) VALUES ($1)")
STATEMENT(thing_take, SQL_WRITE, SQL_EXEC, key_params, none,
          "UPDATE probe.thing SET amount = amount - 1, version = version + 1 WHERE id = $1")
STATEMENT(thing_touch, SQL_WRITE, SQL_EXPECT, version_params, none,
          "WITH touched AS (UPDATE probe.thing SET version = version + 1 WHERE id = $1 AND version = $2 RETURNING 1)"
          " SELECT CASE WHEN count(*) = 1 THEN 0 ELSE stoa.expect_failed('thing_touch') END FROM touched")

static const struct sql_statement *const statements[] = { &thing_get,   &thing_lock, &thing_page, &thing_insert,
	                                                  &grab_insert, &thing_take, &thing_touch };
static const struct sql_module module = { .name = "probe", .statements = statements, .count = ARRAY_COUNT(statements) };

/* ---- Handlers -------------------------------------------------------------------------------------------------- */

static struct thing_view view_of(const struct thing_row *row)
{
	return (struct thing_view){ .id = row->id,
		                    .name = row->name,
		                    .amount = row->amount,
		                    .price = EUR(row->amount * 3),
		                    .version = row->version };
}

static const struct thing_row *get(struct db *db, struct uuid id)
{
	size_t count = 0;
	const struct thing_row *rows = sql_read(db, &thing_get, &(struct thing_key){ .id = id }, &count);

	if (!count)
		refuse(&problem_not_found, "No such thing");
	return rows;
}

static void thing_create(struct request *req)
{
	const struct new_thing *body = req->body;
	struct thing_row row = {
		.id = uuid_new_v7(req->now_us), .name = body->name, .amount = body->amount, .version = 1
	};
	struct thing_view view = view_of(&row);
	char id[UUID_TEXT_LEN];
	size_t count = 0;
	struct tx *tx = tx_collect(req->db);

	sql_in_tx(tx, &thing_insert, &row, &count);
	uuid_format(row.id, id);
	reply_location(req, "/api/things/%.36s", id);
	reply_version(req, 1);
	const struct tx_refusal *refusal = reply_try_commit_plain(req, tx, &view);
	if (refusal && refusal->kind == TX_UNIQUE)
		refuse(&problem_sold_out, "The name is taken");
	if (refusal)
		fail("not inserted");
}

static void thing_show(struct request *req)
{
	const struct thing_row *row = get(req->db, request_id(req, "id"));
	struct thing_view view = view_of(row);

	reply_version(req, row->version);
	reply_plain(req, &view);
}

static void thing_list(struct request *req)
{
	const struct thing_query *query = req->query;
	size_t limit = query->limit.set ? (size_t)query->limit.value : 20, count = 0;
	struct str after = page_cursor(req, query->cursor);
	struct thing_after params = { .name = after.ptr ? after : STR(""),
		                      .least = query->filter_amount_gte.set ? query->filter_amount_gte.value : 0,
		                      .limit = (int64_t)limit + 1 };
	const struct thing_row *rows = sql_read(req->db, &thing_page, &params, &count);
	struct thing_page page = { .has_more = count > limit };

	page.data.count = count > limit ? limit : count;
	page.data.items = ARENA_ARRAY(task_arena(), struct thing_view, page.data.count);
	for (size_t i = 0; i < page.data.count; i++)
		page.data.items[i] = view_of(&rows[i]);
	page.next_cursor = page_next(req, page.has_more, page.has_more ? rows[limit - 1].name : STR(""));
	reply_plain(req, &page);
}

/* Interactive, and refuses once nothing is left: what a racing twin must not see. */
static void thing_grab(struct request *req)
{
	struct thing_key key = { .id = request_id(req, "id") };
	struct tx *tx = tx_begin(req->db);
	size_t count = 0;
	const struct thing_row *row = sql_in_tx(tx, &thing_lock, &key, &count);

	if (!count)
		refuse(&problem_not_found, "No such thing");
	if (row->amount == 0)
		refuse(&problem_sold_out, "None is left");
	struct thing_view view = view_of(row);
	view.amount--;
	view.version++;
	sql_in_tx(tx, &thing_take, &key, &count);
	sql_in_tx(tx, &grab_insert, &key, &count);
	reply_commit_plain(req, tx, &view);
}

static void thing_touch_it(struct request *req)
{
	const struct thing_row *row = get(req->db, request_id(req, "id"));
	struct thing_view view = view_of(row);
	size_t count = 0;

	request_check_version(req, row->version);
	struct tx *tx = tx_collect(req->db);
	sql_in_tx(tx, &thing_touch, &(struct thing_key){ .id = row->id, .version = row->version }, &count);
	view.version++;
	reply_version(req, view.version);
	reply_commit_plain(req, tx, &view);
}

static void break_down(struct request *req)
{
	fail("the secret reason");
}

static void say_nothing(struct request *req)
{
}

static void sleep_long(struct request *req)
{
	task_sleep_us(300000);
	reply_none(req);
}

static void lose_twice(struct request *req)
{
	static _Thread_local int lost;

	if (++lost % 3)
		fail_conflict("lost");
	reply_none(req);
}

static void lose_always(struct request *req)
{
	fail_conflict("lost");
}

static void echo_raw(struct request *req)
{
	reply_raw(req, 200, "text/plain", http_request(req->exchange)->body);
}

static void limited(struct request *req)
{
	reply_none(req);
}

static void on_close(struct ws *ws, int code, void *arg)
{
}

static void follow(struct request *req)
{
	get(req->db, request_id(req, "id"));
	struct ws *ws = request_socket(req, &(struct ws_options){ .on_close = on_close });
	if (ws)
		ws_send(ws, STR("{\"type\":\"connected\"}"));
}

static const struct rate_rule two_a_minute = { .name = "two", .quota = 2, .window_us = 60000000 };

/* clang-format off */
static const struct route routes[] = {
	{ .method = HTTP_POST, .path = "/api/things", .name = "thing_create", .doc = "Makes a thing", .plain = thing_create,
	  .needs = PERMISSION_SIGNED_IN, .body = &new_thing_schema, .reply = &thing_view_schema, .status = 201,
	  .idempotency = IDEMPOTENCY_REQUIRED, .body_max = 4096, .problems = problems },
	{ .method = HTTP_GET, .path = "/api/things", .name = "thing_list", .doc = "Lists things", .plain = thing_list,
	  .query = &thing_query_schema, .reply = &thing_page_schema },
	{ .method = HTTP_GET, .path = "/api/things/{id}", .name = "thing_show", .doc = "Shows a thing", .plain = thing_show,
	  .reply = &thing_view_schema },
	{ .method = HTTP_POST, .path = "/api/things/{id}/grab", .name = "thing_grab", .doc = "Takes one", .plain = thing_grab,
	  .body = &grab_thing_schema, .reply = &thing_view_schema, .idempotency = IDEMPOTENCY_ACCEPTED, .problems = problems },
	{ .method = HTTP_PATCH, .path = "/api/things/{id}", .name = "thing_touch", .doc = "Touches it", .plain = thing_touch_it,
	  .needs = PERMISSION_ORDERS_OWN, .reply = &thing_view_schema, .idempotency = IDEMPOTENCY_ACCEPTED, .if_match = IF_MATCH_REQUIRED },
	{ .method = HTTP_GET, .path = "/api/break", .name = "break_down", .doc = "Fails", .plain = break_down },
	{ .method = HTTP_GET, .path = "/api/nothing", .name = "say_nothing", .doc = "Forgets to answer", .plain = say_nothing },
	{ .method = HTTP_GET, .path = "/api/sleep", .name = "sleep_long", .doc = "Takes its time", .plain = sleep_long, .status = 204 },
	{ .method = HTTP_GET, .path = "/api/lose-twice", .name = "lose_twice", .doc = "Wins the third time", .plain = lose_twice, .status = 204 },
	{ .method = HTTP_GET, .path = "/api/lose", .name = "lose_always", .doc = "Never wins", .plain = lose_always, .status = 204 },
	{ .method = HTTP_POST, .path = "/api/raw", .name = "echo_raw", .doc = "Gives the bytes back", .plain = echo_raw, .raw_body = true },
	{ .method = HTTP_GET, .path = "/api/limited", .name = "limited", .doc = "Twice a minute", .plain = limited, .status = 204,
	  .limit = &two_a_minute },
	{ .method = HTTP_GET, .path = "/ws/things/{id}", .name = "thing_follow", .doc = "Follows a thing", .plain = follow,
	  .needs = PERMISSION_ORDERS_FOLLOW, .websocket = true },
	{ 0 },
};
/* clang-format on */

const struct service probe_service = {
	.name = "probe",
	.doc = "Things to test with",
	.migrations = &migration_set,
	.sql = (const struct sql_module *const[]){ &module, NULL },
	.public_routes = (const struct route *const[]){ routes, NULL },
	.problems = problems,
};
