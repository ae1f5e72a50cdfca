/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Transactions as tasks see them. The object lives in the task's arena; a hook there ends what the task did not.
 *
 * Collected: a write set that is handed to the write lane at commit.
 *
 * Interactive: BEGIN travels with the first statement that has an answer, and writes without one (:exec, :expect) wait
 * for the next that has, or for the COMMIT: lock, decide, write, commit is two round trips however many writes there
 * are. So their errors surface there too, which lets tx_try_commit report the refusals of both kinds alike.
 */
#include <string.h>

#include "base/check.h"
#include "db/internal.h"

struct commit_hook {
	struct commit_hook *next;
	void (*fn)(void *arg);
	void *arg;
};

struct tx {
	struct db inner;
	struct db *owner;
	struct set *set;         /* collected */
	struct session *session; /* interactive */
	struct list gathered;    /* interactive: writes not sent yet */
	size_t gathered_bytes;
	bool begun, finishing, failed, over;
	struct commit_hook *hooks, **last_hook;
};

/* ---- Life ------------------------------------------------------------------------------------ */

static void let_go(struct tx *tx)
{
	tx->over = true;
	set_free(tx->set);
	tx->set = NULL;
	ops_free(&tx->gathered);
	if (tx->session)
		session_release(tx->session, tx->finishing);
	tx->session = NULL;
}

static void on_arena_reset(void *arg)
{
	let_go(arg);
}

static void end(struct tx *tx)
{
	arena_unhook(task_arena(), on_arena_reset, tx);
	let_go(tx);
}

static struct tx *tx_new(struct db *db)
{
	struct tx *tx = ARENA_NEW(task_arena(), struct tx);

	if (db->tx)
		fail("a transaction inside a transaction");
	tx->inner = (struct db){ .core = db->core, .tx = tx };
	tx->owner = db;
	tx->last_hook = &tx->hooks;
	list_init(&tx->gathered);
	arena_on_reset(task_arena(), on_arena_reset, tx);
	return tx;
}

struct db *tx_db(struct tx *tx)
{
	return &tx->inner;
}

struct db *tx_owner(struct tx *tx)
{
	return tx->owner;
}

void tx_rollback(struct tx *tx)
{
	if (!tx->over)
		end(tx);
}

void tx_on_commit(struct tx *tx, void (*fn)(void *arg), void *arg)
{
	struct commit_hook *hook = ARENA_NEW(task_arena(), struct commit_hook);

	*hook = (struct commit_hook){ .fn = fn, .arg = arg };
	*tx->last_hook = hook;
	tx->last_hook = &hook->next;
}

static void committed(struct tx *tx)
{
	end(tx);
	for (const struct commit_hook *hook = tx->hooks; hook; hook = hook->next)
		hook->fn(hook->arg);
}

static void check_usable(const struct tx *tx)
{
	if (tx->over)
		fail("the transaction is over");
	if (tx->failed)
		fail("the transaction has failed before");
}

/* ---- Interactive ----------------------------------------------------------------------------- */

static void stop_waiting(struct op *op)
{
	op->task = NULL;
}

static void push(struct tx *tx, struct list *ops, const struct sql_statement *statement)
{
	list_push_back(ops, &op_new(tx->inner.core, statement, NULL)->node);
}

static NORETURN void end_lost(struct tx *tx)
{
	bool unknown = tx->finishing;

	end(tx);
	fail_unavailable(1, unknown ? "the connection broke during the commit; its outcome is unknown"
	                            : "the connection broke during the transaction");
}

/* Sends what was gathered and then `last`, and waits for that: OK, or ABORTED with the session's error. */
static enum op_end run(struct tx *tx, struct op *last)
{
	struct list ops;

	list_init(&ops);
	if (!tx->begun)
		push(tx, &ops, &session_begin);
	tx->begun = true;
	list_move_all(&ops, &tx->gathered);
	tx->gathered_bytes = 0;
	list_push_back(&ops, &last->node);
	if (tx->session->lost) {
		ops_free(&ops);
		end_lost(tx);
	}
	last->task = task_self();
	session_run(tx->session, &ops);
	op_wait(last, stop_waiting);
	if (last->end == OP_LOST) {
		op_free(last);
		end_lost(tx);
	}
	return last->end;
}

static PGresult *take_error(struct tx *tx)
{
	PGresult *error = tx->session->error;

	tx->session->error = NULL;
	tx->failed = true;
	return error;
}

static void *run_for_rows(struct tx *tx, const struct sql_statement *statement, const void *params, size_t *ret_count)
{
	struct op *op = op_new(tx->inner.core, statement, params);

	if (run(tx, op) == OP_OK)
		return op_take_rows(op, ret_count);
	op_free(op);
	const struct sql_statement *culprit = tx->session->statement;
	error_end(take_error(tx), culprit);
}

static void gather(struct tx *tx, const struct sql_statement *statement, const void *params)
{
	struct op *op = op_new(tx->inner.core, statement, params);

	tx->gathered_bytes += op->bytes + sizeof(*op);
	list_push_back(&tx->gathered, &op->node);
}

static const struct tx_refusal *commit_interactive(struct tx *tx)
{
	if (!tx->begun && list_is_empty(&tx->gathered)) {
		committed(tx);
		return NULL;
	}
	struct op *op = op_new(tx->inner.core, &session_commit, NULL);
	tx->finishing = true;
	enum op_end how = run(tx, op);
	op_free(op);
	if (how == OP_OK) {
		committed(tx);
		return NULL;
	}
	const struct sql_statement *culprit = tx->session->statement;
	PGresult *error = take_error(tx);
	end(tx);
	culprit = culprit == &session_commit ? NULL : culprit;
	const struct tx_refusal *refusal = error_refusal(error, culprit);
	if (!refusal)
		error_end(error, culprit);
	PQclear(error);
	return refusal;
}

/* ---- Collected ------------------------------------------------------------------------------- */

static void collect(struct tx *tx, const struct sql_statement *statement, const void *params)
{
	struct op *op = op_new(tx->inner.core, statement, params);

	tx->set->count++;
	tx->set->bytes += op->bytes;
	list_push_back(&tx->set->ops, &op->node);
	if (tx->set->bytes > QUEUE_BYTES)
		fail("%s: the write set is too large", statement->name);
}

static const struct tx_refusal *commit_collected(struct tx *tx)
{
	struct set *set = tx->set;

	tx->set = NULL;
	tx->over = true;
	if (set->count == 0) {
		set_free(set);
		committed(tx);
		return NULL;
	}
	writes_commit(&tx->inner.core->writes, set);
	enum op_end how = set->end;
	const struct sql_statement *culprit = set->statement;
	PGresult *error = set->error;
	set->error = NULL;
	set_free(set);
	if (how == OP_OK) {
		committed(tx);
		return NULL;
	}
	end(tx);
	if (how == OP_LOST)
		fail_unavailable(1, "the connection broke during the commit; its outcome is unknown");
	if (how == OP_AWAY)
		error_end_away();
	const struct tx_refusal *refusal = error_refusal(error, culprit);
	if (!refusal)
		error_end(error, culprit);
	PQclear(error);
	return refusal;
}

/* ---- Both ------------------------------------------------------------------------------------ */

static void add(struct tx *tx, const struct sql_statement *statement, const void *params)
{
	if (tx->session)
		gather(tx, statement, params);
	else
		collect(tx, statement, params);
}

static struct tx *fenced(struct tx *tx)
{
	if (tx->owner->led.term)
		add(tx, &leader_fence, &tx->owner->led);
	return tx;
}

struct tx *tx_collect(struct db *db)
{
	struct tx *tx = tx_new(db);

	tx->set = set_new();
	if (!tx->set)
		fail_unavailable(1, "out of memory");
	return fenced(tx);
}

struct tx *tx_begin(struct db *db)
{
	struct tx *tx = tx_new(db);

	tx->session = session_take(&db->core->sessions);
	return fenced(tx);
}

void *sql_in_tx(struct tx *tx, const struct sql_statement *statement, const void *params, size_t *ret_count)
{
	bool silent = statement->use == SQL_WRITE && (statement->rows == SQL_EXEC || statement->rows == SQL_EXPECT);

	check_usable(tx);
	core_check(tx->inner.core, statement);
	if (!tx->session && !silent)
		fail("%s: a collected transaction only writes", statement->name);
	if (!silent || tx->gathered_bytes > GROUP_BYTES)
		return run_for_rows(tx, statement, params, ret_count);
	add(tx, statement, params);
	return NULL;
}

void *tx_read(struct tx *tx, const struct sql_statement *statement, const void *params, size_t *ret_count)
{
	check_usable(tx);
	if (!tx->session)
		fail("%s: a collected transaction only writes", statement->name);
	return run_for_rows(tx, statement, params, ret_count);
}

const struct tx_refusal *tx_try_commit(struct tx *tx)
{
	check_usable(tx);
	const struct tx_refusal *refusal = tx->session ? commit_interactive(tx) : commit_collected(tx);

	if (refusal && refusal->statement == &leader_fence)
		fail_conflict("another process leads");
	return refusal;
}

void tx_commit(struct tx *tx)
{
	const struct tx_refusal *refusal = tx_try_commit(tx);
	const char *name = refusal && refusal->statement ? refusal->statement->name : "commit";

	if (!refusal)
		return;
	if (refusal->kind == TX_EXPECTATION)
		fail_conflict("%s touched another number of rows than it must", name);
	fail("%s: refused by constraint %.*s", name, STR_ARG(refusal->constraint));
}
