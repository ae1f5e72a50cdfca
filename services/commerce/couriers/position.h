/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where couriers are. Each position told goes to Redis, where it is forgotten after five minutes; PostgreSQL keeps some
 * of them (domain/position.h). With Redis away the newest one kept is shown instead.
 */
#ifndef STOA_COMMERCE_COURIER_POSITION_H
#define STOA_COMMERCE_COURIER_POSITION_H

#include "commerce/api.h"
#include "commerce/couriers/couriers_sql.h"
#include "redis/redis.h"

void courier_position_publish(struct redis *redis, struct uuid courier_id, const struct position_view *position);

/* Of each courier, in the order given: NULL when nothing is known. `redis` may be NULL. */
const struct position_view **courier_positions(struct redis *redis, const struct sql_courier_row *couriers,
                                               size_t count);

#endif
