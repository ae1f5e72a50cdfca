/* SPDX-License-Identifier: Apache-2.0 */
/* What an SQLSTATE means (PostgreSQL manual, appendix A): tables only, by whole code or class. */
#include <string.h>

#include "base/check.h"
#include "db/internal.h"

enum meaning { BROKEN, CONFLICT, UNAVAILABLE };

/* The first prefix that fits. Everything else is our bug or a broken database: fail(). */
static const struct {
	const char *prefix;
	enum meaning meaning;
} meanings[] = {
	{ "40", CONFLICT },       /* serialization failure, deadlock */
	{ "55P03", CONFLICT },    /* lock not had within lock_timeout */
	{ "ST001", CONFLICT },    /* ours: an expected row count differs */
	{ "57014", UNAVAILABLE }, /* statement_timeout, or cancelled */
	{ "53", UNAVAILABLE },    /* no connection slot, disk or memory left */
	{ "57P", UNAVAILABLE },   /* shutting down, starting up */
	{ "25006", UNAVAILABLE }, /* read-only: a standby, or a primary that is being handed over */
	{ "25P03", UNAVAILABLE }, /* idle in transaction for too long */
	{ "08", UNAVAILABLE },
};

static const struct {
	const char *code;
	enum tx_refusal_kind kind;
} refusals[] = {
	{ "ST001", TX_EXPECTATION }, { "23505", TX_UNIQUE },    { "23503", TX_FOREIGN_KEY },
	{ "23514", TX_CHECK },       { "23P01", TX_EXCLUSION },
};

static const char *field(const PGresult *result, int code)
{
	const char *text = result ? PQresultErrorField(result, code) : NULL;

	return text ? text : "";
}

bool error_is_transient(const PGresult *result)
{
	const char *state = field(result, PG_DIAG_SQLSTATE);

	return !strcmp(state, "40001") || !strcmp(state, "40P01") || !strcmp(state, "55P03");
}

/* 0A000 has many causes; only the one raised there goes away with a new connection. */
bool error_is_stale_plan(const PGresult *result)
{
	const char *state = field(result, PG_DIAG_SQLSTATE);

	return !strcmp(state, "26000") ||
	       (!strcmp(state, "0A000") && !strcmp(field(result, PG_DIAG_SOURCE_FUNCTION), "RevalidateCachedQuery"));
}

/* An error without an SQLSTATE is libpq's own: the connection is gone or out of step. */
bool error_is_fatal(const PGresult *result)
{
	const char *severity = field(result, PG_DIAG_SEVERITY_NONLOCALIZED);

	return !strcmp(severity, "FATAL") || !strcmp(severity, "PANIC") || !*field(result, PG_DIAG_SQLSTATE);
}

const struct tx_refusal *error_refusal(const PGresult *result, const struct sql_statement *statement)
{
	const char *state = field(result, PG_DIAG_SQLSTATE);

	for (size_t i = 0; i < ARRAY_COUNT(refusals); i++) {
		if (strcmp(state, refusals[i].code) != 0)
			continue;
		struct tx_refusal *refusal = ARENA_NEW(task_arena(), struct tx_refusal);
		*refusal = (struct tx_refusal){
			.kind = refusals[i].kind,
			.statement = statement,
			.constraint = str_dup(task_arena(), str_from(field(result, PG_DIAG_CONSTRAINT_NAME))),
		};
		return refusal;
	}
	return NULL;
}

static enum meaning meaning_of(const char *state)
{
	for (size_t i = 0; i < ARRAY_COUNT(meanings); i++)
		if (!strncmp(state, meanings[i].prefix, strlen(meanings[i].prefix)))
			return meanings[i].meaning;
	return BROKEN;
}

void error_end(PGresult *result, const struct sql_statement *statement)
{
	enum meaning meaning = meaning_of(field(result, PG_DIAG_SQLSTATE));
	struct str text =
	        str_printf(task_arena(), "%s: %s (SQLSTATE %s%s%s)", statement ? statement->name : "commit",
	                   field(result, PG_DIAG_MESSAGE_PRIMARY), field(result, PG_DIAG_SQLSTATE),
	                   *field(result, PG_DIAG_CONSTRAINT_NAME) ? ", " : "", field(result, PG_DIAG_CONSTRAINT_NAME));

	PQclear(result);
	if (meaning == CONFLICT)
		fail_conflict("%.*s", STR_ARG(text));
	if (meaning == UNAVAILABLE)
		fail_unavailable(1, "%.*s", STR_ARG(text));
	fail("%.*s", STR_ARG(text));
}

void error_end_away(void)
{
	fail_unavailable(1, "PostgreSQL is away");
}
