/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Positions of couriers. Each position goes to Redis and is deleted there after five minutes; PostgreSQL stores some of
 * them (domain/position.h). Without Redis the newest stored one is shown.
 */
#ifndef STOA_COMMERCE_COURIER_POSITION_H
#define STOA_COMMERCE_COURIER_POSITION_H

#include "commerce/api.h"
#include "commerce/couriers/couriers_sql.h"
#include "redis/redis.h"

void courier_position_publish(struct redis *redis, struct uuid courier_id, const struct position_view *position);

/* The position of each courier, in the given order; NULL when it is not known. `redis` may be NULL. */
const struct position_view **courier_positions(struct redis *redis, const struct sql_courier_row *couriers,
                                               size_t count);

#endif
