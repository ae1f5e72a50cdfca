/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The audit trail: who changed what on the admin side, when, from where, and what it then was. The door writes it:
 * reply_commit and its like add a row of stoa.audit to the transaction they commit, so there is no change without its
 * row and no row without its change, and handlers need not write it. The row has the answer by the reply's schema,
 * without its secret members. A handler may add the value before the change, and the account on routes without a token.
 *
 * Rows are only ever added. A periodic job links them into a chain: each link has a number, the hash of the one before,
 * and SHA-256(that hash || the row as JSON), so a row that is changed or removed afterwards does not fit any more.
 */
#ifndef STOA_SERVICE_AUDIT_H
#define STOA_SERVICE_AUDIT_H

#include "base/buf.h"
#include "service/route.h"
#include "service/sql/audit_sql.h"

extern const struct permission permission_audit_read;
extern const struct permission_list audit_permissions;

/* ---- For handlers ------------------------------------------------------------------------------ */

/* Adds the value before the change, by its schema; call it before the reply. Does nothing on the public side. */
void audit_before(struct request *req, const struct schema *schema, const void *value);
/* Adds the account, on routes that take no token: logins. */
void audit_actor(struct request *req, struct uuid account_id, struct str role);

/* ---- Shapes ------------------------------------------------------------------------------------ */

/* As it is hashed: another member or another order would be another form of the hash (audit_chain.c). */
#define AUDIT_ENTRY(X, T) \
	X(T, uuid, _, id, .doc = "Identifies the row") \
	X(T, time, _, at, .doc = "When the change was made") \
	X(T, opt_uuid, _, actor, .nullable = true, .doc = "The account that did it; null when a login names none") \
	X(T, str, code, role, .max = 32, .nullable = true, .doc = "The role of the account at that time") \
	X(T, str, code, service_key, .max = 64, .nullable = true, .doc = "The key, when a service did it") \
	X(T, str, code, action, .max = 64, .doc = "What was done: the operation's id in /openapi.json") \
	X(T, str, code, subject, .max = 64, .doc = "The kind of thing that was changed, as in paths: products") \
	X(T, str, code, subject_id, .max = 255, .nullable = true, .doc = "The id of the thing that was changed") \
	X(T, str, code, request_id, .max = 128, .doc = "The request's id, as in its answer and in the logs") \
	X(T, str, code, client, .max = 64, .doc = "The client's address") \
	X(T, i64, _, status, .doc = "HTTP status of the answer") \
	X(T, raw, _, before, .max = 4194304, .nullable = true, \
	  .doc = "The value before the change, where it is stored") \
	X(T, raw, _, after, .max = 4194304, .nullable = true, .doc = "The body of the answer, without secrets")

#define AUDIT_VIEW(X, T) \
	AUDIT_ENTRY(X, T) \
	X(T, opt_i64, _, number, .nullable = true, .doc = "Number of its link in the chain; null until it is linked")

#define AUDIT_SHAPES(STRUCT, OVER) \
	OVER(audit_entry, AUDIT_ENTRY, struct sql_audit_row, "A row of the audit trail, as it is hashed") \
	OVER(audit_view, AUDIT_VIEW, struct sql_audit_row, "A change by staff, or a login there")
SCHEMA_DECLARE(AUDIT_SHAPES)

/* ---- The chain --------------------------------------------------------------------------------- */

enum { AUDIT_HASH_LEN = 32 };

/* Links waiting rows, up to some thousands; returns how many. In a task. */
size_t audit_seal(struct db *db, int64_t now_us);
void audit_seal_job(struct db *db, int64_t now_us);

struct audit_verdict {
	const char *broken; /* NULL: all is well; else what is wrong with the first link that does not fit */
	struct uuid id;     /* that link's row */
	int64_t number;     /* that link, or the last one */
	int64_t first;      /* where what is kept begins; 0: nothing is sealed */
	int64_t count;      /* links looked at */
	int64_t waiting;    /* rows not linked yet */
	struct str head;    /* the last hash, 64 hexadecimal digits; a copy kept elsewhere shows a chain cut short */
};

/* Reads the whole chain; empties the task's arena as it goes. */
void audit_verify(struct db *db, struct audit_verdict *ret);

/* Calls `line` with each link as JSON, from the first row of that time (INT64_MIN: from the start); of a kind of thing
 * ("products"), of one thing ("products/ID"), or of everything (null). Empties the task's arena as it goes. */
void audit_export(struct db *db, int64_t since, struct str subject, void (*line)(struct str json, void *arg),
                  void *arg);

#endif
