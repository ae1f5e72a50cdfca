/* SPDX-License-Identifier: Apache-2.0 */
/* One statement on its way. Parameters are encoded into the op's own block at once: the task, its stack and its arena
 * may be gone long before the connection sends or repeats the statement. */
#include <string.h>

#include "base/check.h"
#include "db/internal.h"

static const void *field_of(const void *params, const struct sql_value *param)
{
	return (const char *)params + param->offset;
}

/* Fills lengths (-1: NULL) and returns their sum. */
static size_t measure(const struct sql_statement *statement, const void *params, int lengths[])
{
	size_t total = 0;

	for (int i = 0; i < statement->param_count; i++) {
		const struct sql_value *param = &statement->params[i];
		int64_t size = value_measure(statement, param, field_of(params, param));

		lengths[i] = (int)size;
		total += size > 0 ? (size_t)size : 0;
	}
	if (total > QUEUE_BYTES)
		fail("%s: parameters are too large", statement->name);
	return total;
}

struct op *op_new(struct core *core, const struct sql_statement *statement, const void *params)
{
	int lengths[PARAMS_MAX];
	size_t count = statement->param_count;
	struct db_statement_stats *stats = stats_find(&core->stats, statement);

	CHECK(count <= PARAMS_MAX);
	size_t bytes = measure(statement, params, lengths);
	size_t head = sizeof(struct op) + count * (sizeof(char *) + sizeof(int));
	struct op *op = malloc(head + bytes + 1);
	if (!op)
		fail_unavailable(1, "out of memory");
	*op = (struct op){
		.statement = statement, .bytes = bytes, .queued_us = loop_now_us(core->loop), .stats = stats
	};
	op->values = (const char **)(op + 1);
	op->lengths = (int *)(op->values + count);
	char *out = (char *)op + head;
	for (size_t i = 0; i < count; i++) {
		op->lengths[i] = lengths[i] < 0 ? 0 : lengths[i];
		op->values[i] = lengths[i] < 0 ? NULL : out;
		if (lengths[i] >= 0)
			out = value_encode(out, &statement->params[i], field_of(params, &statement->params[i]));
	}
	return op;
}

void op_free(struct op *op)
{
	if (!op)
		return;
	if (!op->sharers || --*op->sharers == 0) {
		PQclear(op->result);
		free(op->sharers);
	}
	free(op);
}

void ops_free(struct list *ops)
{
	for (struct list *node; (node = list_pop_front(ops));)
		op_free(CONTAINER_OF(node, struct op, node));
}

static void finish(struct core *core, struct op *op, enum op_end end)
{
	if (op->stats)
		stats_count(op->stats, end == OP_OK ? op->result : NULL, op->row_count, core->now_us - op->queued_us);
	op->state = OP_DONE;
	op->end = end;
	if (op->task)
		task_wake(op->task);
	else
		op_free(op);
}

void op_finish(struct core *core, struct op *op, enum op_end end, PGresult *result)
{
	op->result = result;
	op->row_count = PQntuples(result);
	finish(core, op, end);
}

void op_finish_shared(struct core *core, struct op *op, PGresult *result, int *sharers, int row_first, int row_count)
{
	op->result = result;
	op->sharers = sharers;
	op->row_first = row_first;
	op->row_count = row_count;
	finish(core, op, OP_OK);
}

void op_wait(struct op *op, void (*leave)(struct op *op))
{
	while (op->state != OP_DONE) {
		enum wake why = task_wait();

		if (why == WAKE_DONE)
			continue;
		if (op->state == OP_DONE)
			op_free(op);
		else
			leave(op);
		task_end(why);
	}
}

static void free_op(void *op)
{
	op_free(op);
}

/* Decoding can end the attempt (arena full, a NULL that may not be): the hook clears the result then. */
void *op_take_rows(struct op *op, size_t *ret_count)
{
	struct arena *arena = task_arena();

	arena_on_reset(arena, free_op, op);
	void *rows = rows_decode(op, arena, ret_count);
	arena_unhook(arena, free_op, op);
	op_free(op);
	return rows;
}
