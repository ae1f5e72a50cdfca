/* SPDX-License-Identifier: Apache-2.0 */
/* Executions on their way: of one call, or of many calls of a statement, whose parameters travel as arrays with an element
 * each (sql_statement.batch). The parameters are in their binary form already, and an array is no more than its elements
 * behind their lengths. */
#include <stdlib.h>

#include "base/check.h"
#include "db/internal.h"

static size_t column_bytes(const struct op *calls, int param)
{
	size_t size = VALUE_ARRAY_HEAD;

	for (const struct op *call = calls; call; call = call->along)
		size += 4 + (size_t)call->lengths[param];
	return size;
}

static char *column_encode(char *out, const struct op *calls, int param)
{
	bool nulls = false;
	size_t count = 0;

	for (const struct op *call = calls; call; call = call->along, count++)
		nulls |= !call->values[param];
	out = value_array_head(out, value_oid(calls->statement->params[param].type), nulls, count);
	for (const struct op *call = calls; call; call = call->along)
		out = value_element(out, call->values[param], (size_t)call->lengths[param]);
	return out;
}

static void send_values(struct conn *conn, const struct sql_statement *statement, const char *const values[],
                        const int lengths[])
{
	static const int binary[PARAMS_MAX] = { [0 ... PARAMS_MAX - 1] = 1 };

	if (!PQsendQueryPrepared(conn->pg, statement->name, statement->param_count, values, lengths, binary, 1))
		conn->broken = true;
	conn->core->counters.statements++;
}

void conn_send(struct conn *conn, const struct op *op)
{
	send_values(conn, op->statement, op->values, op->lengths);
}

void conn_send_calls(struct conn *conn, const struct op *calls)
{
	const struct sql_statement *statement = calls->statement;
	const char *values[PARAMS_MAX];
	int lengths[PARAMS_MAX];
	size_t bytes = 0;

	if (!statement->batch) {
		conn_send(conn, calls);
		return;
	}
	for (int i = 0; i < statement->param_count; i++)
		bytes += column_bytes(calls, i);
	char *block = malloc(bytes + 1), *at = block;
	CHECK(block);
	for (int i = 0; i < statement->param_count; i++) {
		values[i] = at;
		at = column_encode(at, calls, i);
		lengths[i] = (int)(at - values[i]);
	}
	send_values(conn, statement, values, lengths);
	free(block);
}
