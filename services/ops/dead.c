/* SPDX-License-Identifier: Apache-2.0 */
/* Dead letters: events that consumers could not handle, and the decisions of operators about them. */
#include "events/dead.h"
#include "ops/api.h"
#include "ops/permissions.h"
#include "ops/routes.h"
#include "service/place.h"

#define DEAD_LETTER_MEMBERS(letter)                                                                         \
	.id = (letter)->id, .consumer = (letter)->consumer, .event_id = (letter)->event_id,                 \
	.type = (letter)->event_type, .position = (letter)->event_position, .reason = (letter)->reason,     \
	.fingerprint = (letter)->fingerprint, .attempts = (letter)->attempts, .died_at = (letter)->died_at, \
	.resolved_at = (letter)->resolved_at, .resolution = (letter)->resolution,                           \
	.resolved_by = (letter)->resolved_by, .resolution_reason = (letter)->resolution_reason

/* ---- Reading ---------------------------------------------------------------------------------- */

static void dead_list_get(struct request *req)
{
	const struct dead_letter_query *query = req->query;
	const struct dead_filter filter = {
		.resolved = query->filter_resolved,
		.consumer = query->filter_consumer,
		.type = query->filter_type,
		.fingerprint = query->filter_fingerprint,
		.died_from = query->filter_died_at_gte,
		.died_before = query->filter_died_at_lt,
	};

	require_all_stores(req);
	struct dead_letters found =
	        dead_list(req->db, &filter, place_read(req, query->cursor).id, page_limit(query->limit));
	struct page page = page_cut(found.count, query->limit);
	struct dead_letter_row *views = ARENA_ARRAY(task_arena(), struct dead_letter_row, page.shown);
	struct str next = STR_NULL;

	for (size_t i = 0; i < page.shown; i++)
		views[i] = (struct dead_letter_row){ DEAD_LETTER_MEMBERS(&found.items[i]) };
	if (page.has_more)
		next = place_next(req, views[page.shown - 1].id, STR(""));
	reply_plain(req, &(struct dead_letter_page){
	                         .data = { views, page.shown }, .has_more = page.has_more, .next_cursor = next });
}

static const struct dead_letter *dead_letter_of_path(struct request *req)
{
	require_all_stores(req);
	const struct dead_letter *letter = dead_find(req->db, request_id(req, "id"));

	if (!letter)
		refuse(&problem_not_found, "there is no such dead letter");
	return letter;
}

static void dead_letter_get(struct request *req)
{
	const struct dead_letter *letter = dead_letter_of_path(req);

	reply_plain(req, &(struct dead_letter_detail){
	                         DEAD_LETTER_MEMBERS(letter),
	                         .errors = dead_errors(req->db, letter->id),
	                         .data = dead_data(req->db, letter),
	                 });
}

/* ---- Deciding --------------------------------------------------------------------------------- */

/* If two operators decide at once, the row lock lets one through; the other finds the letter resolved. */
static void commit_decision(struct request *req, struct tx *tx, bool done, const char *resolution)
{
	if (!done)
		refuse(&problem_letter_resolved, "the dead letter is already resolved; read it again");
	struct dead_letter letter = *dead_letter_of_path(req);

	letter.resolved_at = SOME(i64, req->now_us);
	letter.resolution = str_from(resolution);
	letter.resolved_by = request_staff(req);
	if (req->body)
		letter.resolution_reason = ((const struct discard_dead_letter *)req->body)->reason;
	reply_commit_plain(req, tx, &(struct dead_letter_row){ DEAD_LETTER_MEMBERS(&letter) });
}

static void dead_letter_replay(struct request *req)
{
	struct uuid id = dead_letter_of_path(req)->id;
	struct tx *tx = tx_begin(req->db);
	bool done = dead_replay(tx, (struct uuid_list){ &id, 1 }, request_staff(req), req->now_us) == 1;

	commit_decision(req, tx, done, "replayed");
}

static void dead_letter_discard(struct request *req)
{
	const struct discard_dead_letter *cmd = req->body;
	struct uuid id = dead_letter_of_path(req)->id;
	struct tx *tx = tx_begin(req->db);
	bool done = dead_discard(tx, id, request_staff(req), cmd->reason, req->now_us);

	commit_decision(req, tx, done, "discarded");
}

/* The letters are looked up outside of the transaction; those that another operator resolves meanwhile are left out. */
static void dead_replay_many(struct request *req)
{
	const struct replay_dead_letters *cmd = req->body;
	const struct dead_filter filter = {
		.consumer = cmd->filter->consumer,
		.type = cmd->filter->type,
		.fingerprint = cmd->filter->fingerprint,
		.died_from = cmd->filter->died_from,
		.died_before = cmd->filter->died_before,
	};

	require_all_stores(req);
	struct dead_letters found = dead_list(req->db, &filter, (struct uuid){ 0 }, cmd->limit + 1);
	bool has_more = (int64_t)found.count > cmd->limit;
	size_t count = has_more ? (size_t)cmd->limit : found.count;
	struct uuid *ids = ARENA_ARRAY(task_arena(), struct uuid, count);
	struct tx *tx = tx_begin(req->db);

	for (size_t i = 0; i < count; i++)
		ids[i] = found.items[i].id;
	size_t replayed = dead_replay(tx, (struct uuid_list){ ids, count }, request_staff(req), req->now_us);
	reply_commit_plain(req, tx, &(struct replay_view){ .replayed = (int64_t)replayed, .has_more = has_more });
}

/* ---- Routes ----------------------------------------------------------------------------------- */

static const struct problem *const read_problems[] = { &problem_not_found, NULL };
static const struct problem *const decide_problems[] = { &problem_not_found, &problem_letter_resolved, NULL };

static const struct route dead_rows[] = {
	{
	        .method = HTTP_GET,
	        .path = "/api/admin/dead",
	        .name = "dead_list",
	        .doc = "Lists dead letters, oldest first, in pages: open ones, or resolved ones with "
	               "filter[resolved]=true.",
	        .plain = dead_list_get,
	        .needs = &permission_ops_read,
	        .query = &dead_letter_query_schema,
	        .reply = &dead_letter_page_schema,
	},
	{
	        .method = HTTP_GET,
	        .path = "/api/admin/dead/{id}",
	        .name = "dead_letter_get",
	        .doc = "Shows one dead letter, with the data of its event and the error of each attempt.",
	        .plain = dead_letter_get,
	        .needs = &permission_ops_read,
	        .reply = &dead_letter_detail_schema,
	        .problems = read_problems,
	},
	{
	        .method = HTTP_POST,
	        .path = "/api/admin/dead/{id}/replay",
	        .name = "dead_letter_replay",
	        .doc = "Replays the event: the consumer tries again now, with the full number of attempts.",
	        .plain = dead_letter_replay,
	        .needs = &permission_ops_write,
	        .reply = &dead_letter_row_schema,
	        .idempotency = IDEMPOTENCY_ACCEPTED,
	        .problems = decide_problems,
	},
	{
	        .method = HTTP_POST,
	        .path = "/api/admin/dead/{id}/discard",
	        .name = "dead_letter_discard",
	        .doc = "Discards the dead letter: the consumer will not handle the event.",
	        .plain = dead_letter_discard,
	        .needs = &permission_ops_write,
	        .body = &discard_dead_letter_schema,
	        .reply = &dead_letter_row_schema,
	        .idempotency = IDEMPOTENCY_ACCEPTED,
	        .problems = decide_problems,
	},
	{
	        .method = HTTP_POST,
	        .path = "/api/admin/dead/replay",
	        .name = "dead_replay",
	        .doc = "Replays the dead letters that match a filter, oldest first, up to a limit.",
	        .plain = dead_replay_many,
	        .needs = &permission_ops_write,
	        .body = &replay_dead_letters_schema,
	        .reply = &replay_view_schema,
	        .idempotency = IDEMPOTENCY_ACCEPTED,
	},
};
const struct routes dead_routes = ROUTES(dead_rows);
