/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers per statement: plain additions on the loop's own memory. */
#include <string.h>

#include "base/check.h"
#include "db/internal.h"

static const int64_t limits_us[] = { 100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 1000000 };

static size_t slot_of(const struct sql_statement *statement, size_t mask)
{
	return (size_t)(((uint64_t)(uintptr_t)statement * UINT64_C(0x9E3779B97F4A7C15)) >> 32) & mask;
}

static size_t count_statements(const struct sql_module *const *modules)
{
	size_t count = 0;

	for (; modules && *modules; modules++)
		count += (*modules)->count;
	return count;
}

static void add(struct stats *stats, const struct sql_statement *statement)
{
	size_t at = slot_of(statement, stats->mask);

	while (stats->slots[at])
		at = (at + 1) & stats->mask;
	stats->slots[at] = &stats->rows[stats->count++];
	stats->slots[at]->statement = statement;
}

void stats_init(struct stats *stats, const struct sql_module *const *modules)
{
	size_t count = count_statements(modules), size = 16;

	while (size < count * 2)
		size *= 2;
	stats->mask = size - 1;
	stats->count = 0;
	stats->rows = calloc(count + 1, sizeof(*stats->rows));
	stats->slots = calloc(size, sizeof(struct db_statement_stats *));
	CHECK(stats->rows && stats->slots);
	for (; modules && *modules; modules++)
		for (size_t i = 0; i < (*modules)->count; i++)
			add(stats, (*modules)->statements[i]);
}

void stats_done(struct stats *stats)
{
	free(stats->rows);
	free(stats->slots);
}

struct db_statement_stats *stats_find(const struct stats *stats, const struct sql_statement *statement)
{
	size_t at = slot_of(statement, stats->mask);

	while (stats->slots[at] && stats->slots[at]->statement != statement)
		at = (at + 1) & stats->mask;
	return stats->slots[at];
}

/* Statements without rows tell how many they touched in their command tag: its last word. */
static uint64_t touched(const PGresult *result)
{
	const char *text = PQcmdTuples((PGresult *)result);
	uint64_t count = 0;

	for (; *text >= '0' && *text <= '9'; text++)
		count = count * 10 + (uint64_t)(*text - '0');
	return count;
}

void stats_count(struct db_statement_stats *row, const PGresult *result, int rows, int64_t took_us)
{
	size_t at = 0;

	row->calls++;
	if (result)
		row->rows += PQresultStatus(result) == PGRES_TUPLES_OK ? (uint64_t)rows : touched(result);
	else
		row->errors++;
	row->total_us += took_us > 0 ? (uint64_t)took_us : 0;
	while (at < ARRAY_COUNT(limits_us) && took_us >= limits_us[at])
		at++;
	row->buckets[at]++;
}

size_t db_stats(const struct db *db, const struct db_statement_stats **ret)
{
	*ret = db->core->stats.rows;
	return db->core->stats.count;
}

struct db_counters db_counters(const struct db *db)
{
	struct db_counters counters = db->core->counters;

	counters.interactive_open = db->core->sessions.open;
	counters.interactive_waiting = db->core->sessions.waiters;
	return counters;
}
