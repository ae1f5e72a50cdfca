/* SPDX-License-Identifier: Apache-2.0 */
/* Dead letters: events that consumers could not handle, and the decisions of operators about them. */
#include "ops/api.h"
#include "ops/ops.h"
#include "ops/permissions.h"
#include "service/page.h"

HANDLER(dead_list, dead_letter_query, dead_letter_row)
{
	require_all_stores(req);
	reply_page(req,
	           sql_dead_letters(req->db, .page = req->page, .resolved = input->filter_resolved,
	                            .consumer = input->filter_consumer, .type = input->filter_type,
	                            .fingerprint = input->filter_fingerprint, .died_from = input->filter_died_at_gte,
	                            .died_before = input->filter_died_at_lt));
}

HANDLER(dead_letter_get, nothing, dead_letter_detail)
{
	require_all_stores(req);
	reply(req, sql_dead_letter_get(req->db, .id = request_id(req, "id")));
}

/* If two operators decide at once, the row lock lets one through; the other finds the letter resolved. */
static NORETURN void refuse_undecided(struct request *req)
{
	(void)sql_dead_letter_get(req->db, .id = request_id(req, "id"));
	refuse(&problem_letter_resolved, "the dead letter is already resolved; read it again");
}

HANDLER(dead_letter_replay, nothing, dead_letter_row)
{
	struct uuid id = request_id(req, "id");

	require_all_stores(req);
	struct tx *tx = tx_begin(req->db);
	struct sql_dead_letter_summary_rows replayed =
	        sql_dead_letter_replay(tx, .ids = { &id, 1 }, .who = request_staff(req), .now = req->now_us);

	if (!replayed.count)
		refuse_undecided(req);
	reply_commit(req, tx, replayed.rows);
}

HANDLER(dead_letter_discard, discard_dead_letter, dead_letter_row)
{
	require_all_stores(req);
	struct tx *tx = tx_begin(req->db);
	const struct sql_dead_letter_summary_row *discarded =
	        sql_dead_letter_discard(tx, .id = request_id(req, "id"), .who = request_staff(req),
	                                .reason = input->reason, .now = req->now_us);

	if (!discarded)
		refuse_undecided(req);
	reply_commit(req, tx, discarded);
}

/* The letters are looked up outside of the transaction; those that another operator resolves meanwhile are left out. */
HANDLER(dead_replay, replay_dead_letters, replay_view)
{
	const struct replay_filter *filter = input->filter;

	require_all_stores(req);
	struct sql_dead_letter_summary_rows found =
	        sql_dead_letters(req->db, .page = { .limit = input->limit + 1 }, .resolved = false,
	                         .consumer = filter->consumer, .type = filter->type, .fingerprint = filter->fingerprint,
	                         .died_from = filter->died_from, .died_before = filter->died_before);
	bool has_more = (int64_t)found.count > input->limit;
	struct uuid_list ids = { .count = has_more ? (size_t)input->limit : found.count };

	ids.items = ARENA_ARRAY(task_arena(), struct uuid, ids.count);
	for (size_t i = 0; i < ids.count; i++)
		ids.items[i] = found.rows[i].id;
	struct tx *tx = tx_begin(req->db);
	size_t replayed = sql_dead_letter_replay(tx, .ids = ids, .who = request_staff(req), .now = req->now_us).count;

	reply_commit(req, tx, &(struct replay_view){ .replayed = (int64_t)replayed, .has_more = has_more });
}

/* ---- Routes ----------------------------------------------------------------------------------- */

/* clang-format off */
static const struct route dead_rows[] = {
	{ GET("/api/admin/dead", dead_list),
	  .doc = "Lists dead letters, oldest first, in pages: open ones, or resolved ones with filter[resolved]=true.",
	  .needs = &permission_ops_read, .list = &sql_dead_letters_list },
	{ GET("/api/admin/dead/{id}", dead_letter_get),
	  .doc = "Shows one dead letter, with the data of its event and the error of each attempt.", .needs = &permission_ops_read },
	{ POST("/api/admin/dead/{id}/replay", dead_letter_replay),
	  .doc = "Replays the event: the consumer tries again now, with the full number of attempts.", .needs = &permission_ops_write,
	  .problems = PROBLEMS(&problem_letter_resolved) },
	{ POST("/api/admin/dead/{id}/discard", dead_letter_discard),
	  .doc = "Discards the dead letter: the consumer will not handle the event.", .needs = &permission_ops_write,
	  .problems = PROBLEMS(&problem_letter_resolved) },
	{ POST("/api/admin/dead/replay", dead_replay),
	  .doc = "Replays the dead letters that match a filter, oldest first, up to a limit.", .needs = &permission_ops_write },
};
/* clang-format on */
const struct routes dead_routes = ROUTES(dead_rows);
