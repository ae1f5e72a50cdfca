/* SPDX-License-Identifier: Apache-2.0 */
#include "events/dead.h"

#include "events/event.h"
#include "events/sql/dead_sql.h"
#include "events/sql/event_sql.h"
#include "task/task.h"

static struct dead_letter letter_of(const struct sql_dead_letter_row *row)
{
	return (struct dead_letter){
		.id = row->id,
		.consumer = row->consumer,
		.event_id = row->event_id,
		.event_type = row->event_type,
		.event_position = row->event_position,
		.reason = row->reason,
		.fingerprint = row->fingerprint,
		.attempts = row->attempts,
		.died_at = row->died_at,
		.resolved_at = row->resolved_at,
		.resolution = row->resolution,
		.resolved_by = row->resolved_by,
		.resolution_reason = row->resolution_reason,
	};
}

struct dead_letters dead_list(struct db *db, const struct dead_filter *filter, struct uuid after, int64_t limit)
{
	struct sql_dead_letter_rows found = sql_dead_letter_list(
	        db, .resolved = filter->resolved, .consumer = filter->consumer, .type = filter->type,
	        .fingerprint = filter->fingerprint, .died_from = filter->died_from, .died_before = filter->died_before,
	        .after = after, .max = limit);
	struct dead_letters letters = { .items = ARENA_ARRAY(task_arena(), struct dead_letter, found.count),
		                        .count = found.count };

	for (size_t i = 0; i < found.count; i++)
		letters.items[i] = letter_of(&found.rows[i]);
	return letters;
}

const struct dead_letter *dead_find(struct db *db, struct uuid id)
{
	const struct sql_dead_letter_row *row = sql_dead_letter_find(db, .id = id);
	struct dead_letter *letter;

	if (!row)
		return NULL;
	letter = ARENA_NEW(task_arena(), struct dead_letter);
	*letter = letter_of(row);
	return letter;
}

struct str dead_errors(struct db *db, struct uuid id)
{
	const struct sql_dead_letter_errors_row *row = sql_dead_letter_errors(db, .id = id);

	return row ? row->errors : STR("[]");
}

struct str dead_data(struct db *db, const struct dead_letter *letter)
{
	struct sql_event_rows found =
	        sql_event_list_positions(db, .positions = { (int64_t[]){ letter->event_position }, 1 });

	for (size_t i = 0; i < found.count; i++)
		if (uuid_eq(found.rows[i].id, letter->event_id))
			return found.rows[i].data;
	return STR_NULL;
}

size_t dead_replay(struct tx *tx, struct uuid_list ids, struct str who, int64_t now_us)
{
	return sql_dead_letter_replay(tx, .ids = ids, .who = who, .now = now_us).count;
}

bool dead_discard(struct tx *tx, struct uuid id, struct str who, struct str reason, int64_t now_us)
{
	return sql_dead_letter_discard(tx, .id = id, .who = who, .reason = reason, .now = now_us) != NULL;
}
