/* SPDX-License-Identifier: Apache-2.0 */
#include "events/operators.h"

#include "events/sql/operators_sql.h"
#include "task/task.h"

struct subscription_reports subscriptions_report(struct db *db)
{
	struct sql_subscription_report_rows found = sql_subscription_report(db);
	struct subscription_reports reports = {
		.items = ARENA_ARRAY(task_arena(), struct subscription_report, found.count), .count = found.count
	};

	for (size_t i = 0; i < found.count; i++) {
		const struct sql_subscription_report_row *row = &found.rows[i];

		reports.items[i] = (struct subscription_report){
			.consumer = row->consumer,
			.type = row->type,
			.pending = row->pending,
			.oldest_at = row->oldest_at,
			.retries = row->retries,
			.dead = row->dead,
			.handled_at = row->handled_at,
			.paused_at = row->paused_at,
			.paused_by = row->paused_by,
		};
	}
	return reports;
}

bool subscription_pause(struct tx *tx, struct str consumer, struct str who, int64_t now_us)
{
	return sql_subscription_pause(tx, .consumer = consumer, .who = who, .now = now_us) != NULL;
}

bool subscription_resume(struct tx *tx, struct str consumer)
{
	return sql_subscription_resume(tx, .consumer = consumer) != NULL;
}
