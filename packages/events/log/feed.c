/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the log: what happened to one aggregate, and what happened at all. */
#include "events/event.h"
#include "events/log/internal.h"
#include "events/sql/event_sql.h"

/* Aggregates of two kinds may share an id; a caller that asks for one kind is not told of the other. */
struct event_list events_of_aggregate(struct db *db, struct str aggregate, struct uuid aggregate_id, int64_t after_seq,
                                      int64_t limit)
{
	struct sql_event_rows found = sql_event_list_aggregates(db, .aggregate_ids = { &aggregate_id, 1 },
	                                                        .after_seqs = { &after_seq, 1 }, .max = limit);
	struct event_list list = { .items = ARENA_ARRAY(task_arena(), struct event, found.count) };

	for (size_t i = 0; i < found.count; i++)
		if (str_eq(found.rows[i].aggregate, aggregate))
			list.items[list.count++] = (struct event)EVENT_OF_ROW(&found.rows[i]);
	return list;
}

struct event_list events_after(struct db *db, int64_t position, struct str type, int64_t limit)
{
	struct sql_event_rows found = sql_event_list_settled(db, .after = position, .type = type, .max = limit);
	struct event_list list = { .items = ARENA_ARRAY(task_arena(), struct event, found.count),
		                   .count = found.count };

	for (size_t i = 0; i < found.count; i++)
		list.items[i] = (struct event)EVENT_OF_ROW(&found.rows[i]);
	return list;
}
