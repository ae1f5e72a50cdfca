/* SPDX-License-Identifier: Apache-2.0 */
/* The audit trail keeps what it has: it is the proof of who did what, and a changed row would break its chain. */
#include "service/person.h"

#include "service/sql/platform_person_sql.h"

static void platform_tell(struct db *db, const struct person *person, person_row_fn *row, void *arg)
{
	struct sql_platform_person_rows found = sql_platform_person(db, .id = person->id);

	for (size_t i = 0; i < found.count; i++)
		row(arg, found.rows[i].table, found.rows[i].data);
}

static void platform_erase(struct tx *tx, const struct person *person, int64_t now_us)
{
	sql_platform_person_events_erase(tx, .id = person->id);
	sql_platform_person_keys_erase(tx, .id = person->id);
}

const struct person_data platform_person = { .tell = platform_tell, .erase = platform_erase };
