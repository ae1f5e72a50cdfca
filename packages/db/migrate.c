/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The runner holds one advisory lock from before it reads what is recorded until it is done, so two deploys at once
 * apply everything once. Each migration, its schema and its record share a transaction: a file either happened or left
 * nothing. Checksums are taken by the server (sha256), on the text as embedded.
 *
 * Waiting for a table lock would stop every query that arrives behind the migration, so lock_timeout makes it give up
 * instead: run it again when the long transaction in the way has ended. A deadlock, with processes that prepare their
 * statements for instance, is nobody's fault and tried again here.
 */
#include "db/migrate.h"

#include <libpq-fe.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LOCK_KEY "8387225174921446249"

enum { ATTEMPTS_MAX = 5 };

enum phase { EXPAND, CONTRACT, PHASE_BAD };

static const char bootstrap_sql[] = "SET client_min_messages = warning;"
                                    "CREATE SCHEMA IF NOT EXISTS stoa;"
                                    "CREATE TABLE IF NOT EXISTS stoa.migration ("
                                    " set_name text NOT NULL,"
                                    " name text NOT NULL,"
                                    " checksum text NOT NULL,"
                                    " phase text NOT NULL,"
                                    " applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),"
                                    " PRIMARY KEY (set_name, name));"
                                    "SET lock_timeout = '10s'";

PRINTF_LIKE(2, 3) static int error(struct migrate_report *report, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(report->error, sizeof(report->error), format, args);
	va_end(args);
	return -1;
}

static void ignore_notice(void *arg, const PGresult *result)
{
	(void)arg, (void)result;
}

static PGconn *open_connection(const char *conninfo, struct migrate_report *report)
{
	const char *names[] = { "dbname",           "application_name", "gssencmode",
		                "connect_timeout",  "keepalives_idle",  "keepalives_interval",
		                "keepalives_count", "tcp_user_timeout", NULL };
	const char *values[] = { conninfo, "stoa migrate", "disable", "10", "5", "2", "3", "10000", NULL };
	PGconn *pg = PQconnectdbParams(names, values, 1);

	if (pg && PQstatus(pg) == CONNECTION_OK) {
		PQsetNoticeReceiver(pg, ignore_notice, NULL);
		return pg;
	}
	error(report, "cannot connect: %s", pg ? PQerrorMessage(pg) : "out of memory");
	PQfinish(pg);
	return NULL;
}

/* Runs text (many statements when `params` is NULL). The first column of the first row goes to `first` when given. */
static int run(PGconn *pg, struct migrate_report *report, const char *what, const char *sql, int count,
               const char *const *params, char first[80])
{
	PGresult *result = params ? PQexecParams(pg, sql, count, NULL, params, NULL, NULL, 0) : PQexec(pg, sql);
	ExecStatusType status = PQresultStatus(result);
	const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	int rc = 0;

	report->deadlock = sqlstate && !strcmp(sqlstate, "40P01");
	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
		rc = error(report, "%s: %s", what, PQerrorMessage(pg));
	else if (first)
		snprintf(first, 80, "%s", PQntuples(result) ? PQgetvalue(result, 0, 0) : "");
	PQclear(result);
	return rc;
}

static enum phase phase_of(const char *sql)
{
	static const char *const lines[] = { [EXPAND] = "-- migrate: expand", [CONTRACT] = "-- migrate: contract" };

	for (int i = 0; i < PHASE_BAD; i++)
		if (!strncmp(sql, lines[i], strlen(lines[i])) && strchr("\r\n", sql[strlen(lines[i])]))
			return (enum phase)i;
	return PHASE_BAD;
}

/* 1 recorded, 0 not, -1 error; a changed text is one. */
static int is_applied(PGconn *pg, const struct migration_set *set, const struct migration *migration,
                      struct migrate_report *report)
{
	const char *params[] = { set->name, migration->name, migration->sql };
	char answer[80];

	if (run(pg, report, migration->name,
	        "SELECT checksum = encode(sha256(convert_to($3, 'UTF8')), 'hex') FROM stoa.migration WHERE set_name = "
	        "$1 AND name = $2",
	        3, params, answer))
		return -1;
	if (answer[0] == 'f')
		return error(report, "%s/%s: its text has changed since it was applied", set->name, migration->name);
	return answer[0] == 't';
}

static int apply_body(PGconn *pg, const struct migration_set *set, const struct migration *migration, enum phase phase,
                      struct migrate_report *report)
{
	const char *params[] = { set->name, migration->name, migration->sql, phase == EXPAND ? "expand" : "contract" };
	char sql[256], what[256];
	char *schema = PQescapeIdentifier(pg, set->name, strlen(set->name));

	snprintf(what, sizeof(what), "%s/%s", set->name, migration->name);
	snprintf(sql, sizeof(sql), "BEGIN; CREATE SCHEMA IF NOT EXISTS %s", schema ? schema : "");
	PQfreemem(schema);
	if (run(pg, report, what, sql, 0, NULL, NULL) || run(pg, report, what, migration->sql, 0, NULL, NULL))
		return -1;
	if (PQtransactionStatus(pg) != PQTRANS_INTRANS)
		return error(report, "%s: a migration may not end its transaction", what);
	if (run(pg, report, what,
	        "INSERT INTO stoa.migration (set_name, name, checksum, phase)"
	        " VALUES ($1, $2, encode(sha256(convert_to($3, 'UTF8')), 'hex'), $4)",
	        4, params, NULL))
		return -1;
	return run(pg, report, what, "COMMIT", 0, NULL, NULL);
}

static int apply(PGconn *pg, const struct migration_set *set, const struct migration *migration, enum phase phase,
                 struct migrate_report *report)
{
	for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
		if (!apply_body(pg, set, migration, phase, report)) {
			report->applied++;
			return 0;
		}
		PQclear(PQexec(pg, "ROLLBACK"));
		if (!report->deadlock)
			break;
	}
	return -1;
}

static int run_set(PGconn *pg, const struct migration_set *set, bool contract, struct migrate_report *report)
{
	for (size_t i = 0; i < set->count; i++) {
		const struct migration *migration = &set->migrations[i];
		enum phase phase = phase_of(migration->sql);
		int applied = is_applied(pg, set, migration, report);

		if (applied < 0)
			return -1;
		if (phase == PHASE_BAD)
			return error(report, "%s/%s: the first line does not say its phase", set->name,
			             migration->name);
		if (applied)
			continue;
		if (phase == CONTRACT && !contract) {
			report->pending += (int)(set->count - i);
			return 0;
		}
		if (apply(pg, set, migration, phase, report))
			return -1;
	}
	return 0;
}

int migrate_run(const char *conninfo, const struct migration_set *const *sets, bool contract,
                struct migrate_report *ret)
{
	int rc = -1;

	*ret = (struct migrate_report){ 0 };
	PGconn *pg = open_connection(conninfo, ret);
	if (!pg)
		return -1;
	if (run(pg, ret, "lock", "SELECT pg_advisory_lock(" LOCK_KEY ")", 0, NULL, NULL) ||
	    run(pg, ret, "stoa.migration", bootstrap_sql, 0, NULL, NULL))
		goto out;
	for (; *sets; sets++)
		if (run_set(pg, *sets, contract, ret))
			goto out;
	rc = 0;
out:
	PQfinish(pg);
	return rc;
}

/* Contract migrations are not missed: a process runs before them, that is what makes them held back. */
static int count_missing(PGconn *pg, const struct migration_set *set, struct migrate_report *report)
{
	int missing = 0;

	for (size_t i = 0; i < set->count; i++) {
		int applied = is_applied(pg, set, &set->migrations[i], report);

		if (applied < 0)
			return -1;
		if (applied)
			continue;
		if (phase_of(set->migrations[i].sql) == CONTRACT)
			report->pending++;
		else
			missing++;
	}
	return missing;
}

static int count_expand(const struct migration_set *set)
{
	int count = 0;

	for (size_t i = 0; i < set->count; i++)
		count += phase_of(set->migrations[i].sql) != CONTRACT;
	return count;
}

int migrate_missing(const char *conninfo, const struct migration_set *const *sets, struct migrate_report *ret)
{
	int missing = 0;
	char exists[80];

	*ret = (struct migrate_report){ 0 };
	PGconn *pg = open_connection(conninfo, ret);
	if (!pg)
		return -1;
	if (run(pg, ret, "stoa.migration", "SELECT to_regclass('stoa.migration') IS NOT NULL", 0, NULL, exists))
		missing = -1;
	for (; *sets && missing >= 0; sets++) {
		int more = exists[0] == 't' ? count_missing(pg, *sets, ret) : count_expand(*sets);
		missing = more < 0 ? -1 : missing + more;
	}
	PQfinish(pg);
	return missing;
}
