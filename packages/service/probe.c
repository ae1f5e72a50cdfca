/* SPDX-License-Identifier: Apache-2.0 */
/* Statements are written by hand here, as tools/sqlgen would generate them. */
#include "service/probe.h"

#include "base/check.h"
#include "service/app.h"
#include "service/page.h"

CHOICE_TABLE(thing_colour, THING_COLOURS)
SCHEMA_DEFINE(PROBE_SHAPES)

#define PROBE_PERMISSIONS(X) \
	X(orders_own, "orders.own", OWN, "Have orders", "customer") \
	X(orders_follow, "orders.follow", OWN, "Follow an order", "customer courier")
PROBE_PERMISSIONS(PERMISSION_DECLARE)
PROBE_PERMISSIONS(PERMISSION_DEFINE)
static const struct permission_list permissions =
        LIST(const struct permission *const, PROBE_PERMISSIONS(PERMISSION_ENTRY));

const struct role probe_customer = { "customer", AUDIENCE_PUBLIC, ROLE_REACHES_NONE };
const struct role probe_courier = { "courier", AUDIENCE_PUBLIC, ROLE_REACHES_NONE };
const struct role probe_admin = { "admin", AUDIENCE_ADMIN, ROLE_REACHES_ALL_BUT_ROOT };
static const struct role_list roles = LIST(const struct role *const, &probe_customer, &probe_courier, &probe_admin);

static const struct problem problem_sold_out = { .code = "sold_out", .status = 409, .title = "Nothing is left" };

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

struct thing_rows {
	const struct thing_row *rows;
	size_t count;
};

struct thing_after {
	bool set;
	struct str name;
	int64_t amount;
	struct uuid id;
	int64_t least, limit;
};

#define VALUE(struct_, field_, type_) \
	{ \
		.name = #field_, .type = (type_), .offset = offsetof(struct struct_, field_) \
	}
#define STATEMENT(name_, use_, rows_, params_, columns_, text_) \
	static const struct sql_statement name_ = { \
		.name = #name_, \
		.text = text_, \
		.use = use_, \
		.rows = rows_, \
		.params = params_, \
		.param_count = ARRAY_COUNT(params_), \
		.columns = columns_, \
		.column_count = ARRAY_COUNT(columns_), \
		.row_size = sizeof(struct thing_row), \
	};

static const struct sql_value none[0];
static const struct sql_value key_params[] = { VALUE(thing_key, id, SQL_UUID) };
static const struct sql_value version_params[] = { VALUE(thing_key, id, SQL_UUID), VALUE(thing_key, version, SQL_I64) };
static const struct sql_value name_params[] = { VALUE(thing_after, set, SQL_BOOL), VALUE(thing_after, name, SQL_TEXT),
	                                        VALUE(thing_after, id, SQL_UUID), VALUE(thing_after, least, SQL_I64),
	                                        VALUE(thing_after, limit, SQL_I64) };
static const struct sql_value amount_params[] = { VALUE(thing_after, set, SQL_BOOL),
	                                          VALUE(thing_after, amount, SQL_I64), VALUE(thing_after, id, SQL_UUID),
	                                          VALUE(thing_after, least, SQL_I64),
	                                          VALUE(thing_after, limit, SQL_I64) };
static const struct sql_value row_params[] = { VALUE(thing_row, id, SQL_UUID), VALUE(thing_row, name, SQL_TEXT),
	                                       VALUE(thing_row, amount, SQL_I64) };
static const struct sql_value columns[] = { VALUE(thing_row, id, SQL_UUID), VALUE(thing_row, name, SQL_TEXT),
	                                    VALUE(thing_row, amount, SQL_I64), VALUE(thing_row, version, SQL_I64) };

STATEMENT(thing_get, SQL_READ, SQL_FIND, key_params, columns,
          "SELECT id, name, amount, version FROM probe.thing WHERE id = $1")
STATEMENT(thing_lock, SQL_LOCK, SQL_FIND, key_params, columns,
          "SELECT id, name, amount, version FROM probe.thing WHERE id = $1 FOR UPDATE")
STATEMENT(things_by_name, SQL_READ, SQL_MANY, name_params, columns,
          "SELECT id, name, amount, version FROM probe.thing WHERE (NOT $1 OR (name, id) > ($2, $3)) AND amount >= $4"
          " ORDER BY name, id LIMIT $5")
STATEMENT(things_by_amount, SQL_READ, SQL_MANY, amount_params, columns,
          "SELECT id, name, amount, version FROM probe.thing WHERE (NOT $1 OR (amount, id) < ($2, $3)) AND amount >= $4"
          " ORDER BY amount DESC, id DESC LIMIT $5")
STATEMENT(thing_insert, SQL_WRITE, SQL_EXEC, row_params, none,
          "INSERT INTO probe.thing (id, name, amount) VALUES ($1, $2, $3)")
STATEMENT(grab_insert, SQL_WRITE, SQL_EXEC, key_params, none, "INSERT INTO probe.grab (thing_id) VALUES ($1)")
STATEMENT(thing_take, SQL_WRITE, SQL_EXEC, key_params, none,
          "UPDATE probe.thing SET amount = amount - 1, version = version + 1 WHERE id = $1")
STATEMENT(thing_rename, SQL_WRITE, SQL_EXEC, row_params, none,
          "UPDATE probe.thing SET name = $2, amount = $3, version = version + 1 WHERE id = $1")
STATEMENT(thing_delete, SQL_WRITE, SQL_EXEC, key_params, none, "DELETE FROM probe.thing WHERE id = $1")
STATEMENT(thing_touch, SQL_WRITE, SQL_EXPECT, version_params, none,
          "WITH touched AS (UPDATE probe.thing SET version = version + 1 WHERE id = $1 AND version = $2 RETURNING 1)"
          " SELECT CASE WHEN count(*) = 1 THEN 0 ELSE stoa.expect_failed('thing_touch') END FROM touched")

static const struct sql_statement *const statements[] = {
	&thing_get,   &thing_lock, &things_by_name, &things_by_amount, &thing_insert,
	&grab_insert, &thing_take, &thing_rename,   &thing_delete,     &thing_touch,
};
static const struct sql_module module = { .name = "probe", .statements = statements, .count = ARRAY_COUNT(statements) };

enum { BY_NAME, BY_AMOUNT };

#define KEY(field_, type_) \
	{ \
		.name = #field_, .type = (type_), .offset = offsetof(struct thing_row, field_) \
	}

static const struct sql_key by_name[] = { KEY(name, SQL_TEXT), KEY(id, SQL_UUID) };
static const struct sql_key by_amount[] = { KEY(amount, SQL_I64), KEY(id, SQL_UUID) };
static const struct sql_order orders[] = {
	[BY_NAME] = { .name = "name", .keys = by_name, .key_count = ARRAY_COUNT(by_name) },
	[BY_AMOUNT] = { .name = "-amount", .keys = by_amount, .key_count = ARRAY_COUNT(by_amount) },
};
static const struct sql_list things_list = {
	.name = "things", .orders = orders, .order_count = ARRAY_COUNT(orders), .row_size = sizeof(struct thing_row)
};

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

HANDLER(thing_create, new_thing, thing_view)
{
	struct thing_row row = {
		.id = uuid_new_v7(req->now_us), .name = input->name, .amount = input->amount, .version = 1
	};
	struct thing_view view = view_of(&row);
	size_t count = 0;
	struct tx *tx = tx_collect(req->db);

	sql_in_tx(tx, &thing_insert, &row, &count);
	reply_commit(req, tx, &view);
}

HANDLER(thing_show, nothing, thing_view)
{
	struct thing_view view = view_of(get(req->db, request_id(req, "id")));

	reply(req, &view);
}

static struct thing_rows find(struct request *req, const struct thing_query *query)
{
	const struct sql_page *page = &req->page;
	struct thing_after params = { .set = page->after_set,
		                      .least = query->filter_amount_gte.value,
		                      .limit = page->limit };
	struct thing_rows found;

	params.id = page->after[1].id;
	if (page->order == BY_AMOUNT)
		params.amount = page->after[0].number;
	else
		params.name = page->after_set ? page->after[0].text : STR("");
	found.rows = sql_read(req->db, page->order == BY_AMOUNT ? &things_by_amount : &things_by_name, &params,
	                      &found.count);
	return found;
}

HANDLER(thing_list, thing_query, thing_view)
{
	struct thing_rows found = find(req, input);
	size_t shown = page_shown(req, found.count);
	struct thing_view *views = ARENA_ARRAY(task_arena(), struct thing_view, shown);

	for (size_t i = 0; i < shown; i++)
		views[i] = view_of(&found.rows[i]);
	reply_page_of(req, found, views);
}

/* Interactive, and refuses once nothing is left: what a racing twin must not see. */
HANDLER(thing_grab, grab_thing, thing_view)
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
	reply_commit(req, tx, &view);
}

HANDLER(thing_touch_it, nothing, thing_view)
{
	const struct thing_row *row = get(req->db, request_id(req, "id"));
	struct thing_view view = view_of(row);
	size_t count = 0;

	request_check_version(req, row->version);
	struct tx *tx = tx_collect(req->db);
	sql_in_tx(tx, &thing_touch, &(struct thing_key){ .id = row->id, .version = row->version }, &count);
	view.version++;
	reply_commit(req, tx, &view);
}

HANDLER(thing_touch_blindly, nothing, thing_view)
{
	const struct thing_row *row = get(req->db, request_id(req, "id"));
	struct thing_view view = view_of(row);
	size_t count = 0;
	struct tx *tx = tx_collect(req->db);

	sql_in_tx(tx, &thing_touch, &(struct thing_key){ .id = row->id, .version = row->version }, &count);
	view.version++;
	reply_commit(req, tx, &view);
}

HANDLER(thing_replace, new_thing, thing_view)
{
	struct thing_row row = *get(req->db, request_id(req, "id"));
	size_t count = 0;
	struct tx *tx = tx_collect(req->db);

	row.name = input->name;
	row.amount = input->amount;
	row.version++;
	struct thing_view view = view_of(&row);
	sql_in_tx(tx, &thing_rename, &row, &count);
	reply_commit(req, tx, &view);
}

HANDLER(thing_change, change_thing, thing_view)
{
	struct thing_row row = *get(req->db, request_id(req, "id"));
	struct thing_view view = view_of(&row);
	size_t count = 0;

	if (!request_sent(req, name) && !request_sent(req, amount))
		refuse(&problem_invalid_body, "Send what is to change");
	request_patch(req, thing_view, &view);
	row.name = view.name;
	row.amount = view.amount;
	view.version++;
	struct tx *tx = tx_collect(req->db);

	sql_in_tx(tx, &thing_rename, &row, &count);
	reply_commit(req, tx, &view);
}

HANDLER(thing_remove, nothing, nothing)
{
	struct tx *tx = tx_collect(req->db);
	size_t count = 0;

	sql_in_tx(tx, &thing_delete, &(struct thing_key){ .id = request_id(req, "id") }, &count);
	reply_commit_none(req, tx);
}

HANDLER(break_down, nothing, nothing)
{
	fail("the secret reason");
}

HANDLER(say_nothing, nothing, nothing)
{
}

HANDLER(ask_wrongly, nothing, nothing)
{
	(void)request_id(req, "ident"); /* wrong on purpose */
}

/* As a helper of several handlers would that was called by another. */
HANDLER(say_otherwise, nothing, thing_view)
{
	reply_as(req, thing_part, &(struct thing_part){ .count = 1 });
}

HANDLER(sleep_long, nothing, nothing)
{
	task_sleep_us(300000);
	reply_none(req);
}

HANDLER(lose_twice, nothing, nothing)
{
	static _Thread_local int lost;

	if (++lost % 3)
		fail_conflict("lost");
	reply_none(req);
}

HANDLER(lose_always, nothing, nothing)
{
	fail_conflict("lost");
}

HANDLER(echo_raw, nothing, nothing)
{
	reply_raw(req, 200, req->route->media, http_request(req->exchange)->body);
}

HANDLER(limited, nothing, nothing)
{
	reply_none(req);
}

static void on_close(struct ws *ws, int code, void *arg)
{
}

HANDLER(thing_follow, nothing, nothing)
{
	get(req->db, request_id(req, "id"));
	struct ws *ws = request_socket(req, &(struct ws_options){ .on_close = on_close });
	if (ws)
		ws_send(ws, STR("{\"type\":\"connected\"}"));
}

static const struct rate_rule two_a_minute = { .name = "two", .quota = 2, .window_us = 60000000 };

/* clang-format off */
static const struct route rows[] = {
	{ POST("/api/things", thing_create), .doc = "Makes a thing", .needs = &permission_signed_in, .creates = "/api/things/{id}",
	  .idempotency = IDEMPOTENCY_REQUIRED, .body_max = 8192,
	  .conflicts = CONFLICTS({ "thing_name", &problem_sold_out, "#/name", "is another thing's" }) },
	{ GET("/api/things", thing_list), .doc = "Lists things", .needs = &permission_anyone, .list = &things_list },
	{ GET("/api/things/{id}", thing_show), .doc = "Shows a thing", .needs = &permission_anyone },
	{ POST("/api/things/{id}/grab", thing_grab), .doc = "Takes one", .needs = &permission_anyone,
	  .problems = PROBLEMS(&problem_sold_out) },
	{ PATCH("/api/things/{id}", thing_touch_it), .name = "thing_touch", .doc = "Touches it", .needs = &permission_orders_own,
	  .if_match = IF_MATCH_REQUIRED },
	{ POST("/api/things/{id}/blindly", thing_touch_blindly), .doc = "Touches it, whatever its version", .needs = &permission_anyone,
	  .if_match = IF_MATCH_REQUIRED },
	{ PUT("/api/things/{id}", thing_replace), .doc = "Makes another thing of it", .needs = &permission_signed_in },
	{ PATCH("/api/things/{id}/members", thing_change), .doc = "Changes some of it", .needs = &permission_signed_in,
	  .patches = &thing_view_schema },
	{ DELETE("/api/things/{id}", thing_remove), .doc = "Removes it", .needs = &permission_signed_in },
	{ GET("/api/break", break_down), .doc = "Fails", .needs = &permission_anyone },
	{ GET("/api/nothing", say_nothing), .doc = "Forgets to answer", .needs = &permission_anyone },
	{ GET("/api/wrong/{id}", ask_wrongly), .doc = "Asks for what its path has not", .needs = &permission_anyone },
	{ GET("/api/otherwise", say_otherwise), .doc = "Answers with another shape", .needs = &permission_anyone },
	{ GET("/api/sleep", sleep_long), .doc = "Takes its time", .needs = &permission_anyone },
	{ GET("/api/lose-twice", lose_twice), .doc = "Wins the third time", .needs = &permission_anyone },
	{ GET("/api/lose", lose_always), .doc = "Never wins", .needs = &permission_anyone },
	{ POST("/api/raw", echo_raw), .doc = "Gives the bytes back", .needs = &permission_anyone, .raw_body = true, .media = "text/plain" },
	{ GET("/api/limited", limited), .doc = "Twice a minute", .needs = &permission_anyone, .limit = &two_a_minute },
	{ GET("/ws/things/{id}", thing_follow), .doc = "Follows a thing", .needs = &permission_orders_follow, .websocket = true },
};
/* clang-format on */

static const struct routes routes = ROUTES(rows);

static const struct subject subject = {
	.name = "things",
	.sql = LIST(const struct sql_module *const, &module),
	.public_routes = LIST(const struct routes *const, &routes),
};

const struct service probe_service = {
	.name = "probe",
	.doc = "Things to test with",
	.migrations = &migration_set,
	.subjects = LIST(const struct subject *const, &subject),
	.permissions = &permissions,
	.roles = &roles,
};
