/* SPDX-License-Identifier: Apache-2.0 */
#include "redis/internal.h"

static struct redis_value run(struct redis *redis, struct str command, struct str script, const struct str *keys,
                              size_t key_count, const struct str *args, size_t arg_count)
{
	struct str *all = ARENA_ARRAY(task_arena(), struct str, 3 + key_count + arg_count);

	all[0] = command;
	all[1] = script;
	all[2] = str_printf(task_arena(), "%zu", key_count);
	for (size_t i = 0; i < key_count; i++)
		all[3 + i] = keys[i];
	for (size_t i = 0; i < arg_count; i++)
		all[3 + key_count + i] = args[i];
	return redis_command(redis, all, 3 + key_count + arg_count);
}

/* The server tells the name, so we need no SHA-1 of our own. */
static struct redis_value load(struct redis *redis, struct redis_script *script)
{
	struct redis_value loaded = REDIS(redis, STR("SCRIPT"), STR("LOAD"), str_from(script->text));

	if (loaded.kind == REDIS_STR && loaded.str.len == sizeof(script->sha) - 1)
		memcpy(script->sha, loaded.str.ptr, loaded.str.len);
	return loaded;
}

struct redis_value redis_eval(struct redis *redis, struct redis_script *script, const struct str *keys,
                              size_t key_count, const struct str *args, size_t arg_count)
{
	struct redis_value value;

	if (!script->sha[0]) {
		value = load(redis, script);
		if (value.kind != REDIS_STR)
			return value;
	}
	value = run(redis, STR("EVALSHA"), str_from(script->sha), keys, key_count, args, arg_count);
	if (value.kind == REDIS_ERROR && str_starts(value.str, STR("NOSCRIPT")))
		return run(redis, STR("EVAL"), str_from(script->text), keys, key_count, args, arg_count);
	return value;
}
