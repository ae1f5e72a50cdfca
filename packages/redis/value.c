/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hiredis frees a reply when its callback returns, and a callback must not fill a task's arena (an arena that is full
 * ends the attempt, which only the task itself can do). So replies are kept whole: the reader's free function is
 * replaced by one that passes over the reply the callback asked for, and the task later borrows the strings instead of
 * copying them.
 */
#include "redis/internal.h"

static _Thread_local redisReply *kept;
static _Thread_local redisReplyObjectFunctions functions;

static void free_unless_kept(void *reply)
{
	if (reply && reply == kept)
		kept = NULL;
	else
		freeReplyObject(reply);
}

void reply_keep(redisReply *reply)
{
	kept = reply;
}

void reply_functions_install(redisAsyncContext *context)
{
	functions = *context->c.reader->fn;
	functions.freeObject = free_unless_kept;
	context->c.reader->fn = &functions;
}

static struct redis_value array_of(struct arena *arena, const redisReply *reply)
{
	struct redis_value *items = ARENA_ARRAY(arena, struct redis_value, reply->elements);

	for (size_t i = 0; i < reply->elements; i++)
		items[i] = value_of(arena, reply->element[i]);
	return (struct redis_value){ .kind = REDIS_ARRAY, .items = items, .count = reply->elements };
}

struct redis_value value_of(struct arena *arena, const redisReply *reply)
{
	if (!reply)
		return (struct redis_value){ .kind = REDIS_AWAY };
	switch (reply->type) {
	case REDIS_REPLY_STRING:
	case REDIS_REPLY_STATUS:
		return (struct redis_value){ .kind = REDIS_STR, .str = { reply->str, reply->len } };
	case REDIS_REPLY_ERROR:
		return (struct redis_value){ .kind = REDIS_ERROR, .str = { reply->str, reply->len } };
	case REDIS_REPLY_INTEGER:
		return (struct redis_value){ .kind = REDIS_INT, .integer = reply->integer };
	case REDIS_REPLY_ARRAY:
		return array_of(arena, reply);
	default:
		return (struct redis_value){ .kind = REDIS_NIL };
	}
}
