/* SPDX-License-Identifier: Apache-2.0 */
#include "commerce/couriers/position.h"

#include <math.h>

#include "base/check.h"
#include "commerce/couriers/couriers_sql.h"
#include "task/task.h"

/* Redis stores whole numbers: a millionth of a degree is a tenth of a metre. */
enum { MILLIONTHS = 1000000 };

static struct str position_redis_key(struct uuid courier_id)
{
	return str_printf(task_arena(), "stoa:courier:%.*s", STR_ARG(uuid_text(task_arena(), courier_id)));
}

void courier_position_publish(struct redis *redis, struct uuid courier_id, const struct position_view *position)
{
	struct str value =
	        str_printf(task_arena(), "%lld %lld %lld %lld", (long long)llround(position->latitude * MILLIONTHS),
	                   (long long)llround(position->longitude * MILLIONTHS),
	                   (long long)llround(position->accuracy * MILLIONTHS), (long long)position->at);

	if (redis)
		REDIS(redis, STR("SET"), position_redis_key(courier_id), value, STR("EX"), STR("300"));
}

static const struct position_view *position_parse(struct str value)
{
	struct position_view *view = ARENA_NEW(task_arena(), struct position_view);
	int64_t numbers[4];

	for (size_t i = 0; i < ARRAY_COUNT(numbers); i++)
		if (str_to_i64(str_cut(&value, ' '), &numbers[i]))
			return NULL;
	view->latitude = (double)numbers[0] / MILLIONTHS;
	view->longitude = (double)numbers[1] / MILLIONTHS;
	view->accuracy = (double)numbers[2] / MILLIONTHS;
	view->at = numbers[3];
	return view;
}

static const struct position_view *position_stored(const struct sql_courier_row *courier)
{
	if (!courier->position_at.set)
		return NULL;
	return arena_copy(task_arena(),
	                  &(struct position_view){
	                          .latitude = courier->latitude.value,
	                          .longitude = courier->longitude.value,
	                          .at = courier->position_at.value,
	                  },
	                  sizeof(struct position_view));
}

const struct position_view **courier_positions(struct redis *redis, const struct sql_courier_row *couriers,
                                               size_t count)
{
	const struct position_view **views = ARENA_ARRAY(task_arena(), const struct position_view *, count);
	struct str *command = ARENA_ARRAY(task_arena(), struct str, count + 1);
	struct redis_value told = { .kind = REDIS_AWAY };

	command[0] = STR("MGET");
	for (size_t i = 0; i < count; i++)
		command[i + 1] = position_redis_key(couriers[i].id);
	if (redis && count)
		told = redis_command(redis, command, count + 1);
	for (size_t i = 0; i < count; i++) {
		bool has = told.kind == REDIS_ARRAY && told.count == count && told.items[i].kind == REDIS_STR;

		views[i] = has ? position_parse(told.items[i].str) : NULL;
		if (!views[i])
			views[i] = position_stored(&couriers[i]);
	}
	return views;
}
