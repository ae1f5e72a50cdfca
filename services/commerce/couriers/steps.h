/* SPDX-License-Identifier: Apache-2.0 */
/* What the files about couriers share. */
#ifndef STOA_COMMERCE_COURIER_H
#define STOA_COMMERCE_COURIER_H

#include "commerce/couriers/couriers_sql.h"
#include "commerce/delivery/api.h"
#include "commerce/delivery/delivery.h"
#include "commerce/delivery/delivery_sql.h"

struct str courier_actor(const struct request *req); /* "courier:<id>" */

/* The delivery in the path, if the asker has it or had it last. Refuses not_found. */
const struct sql_delivery_row *own_delivery(struct request *req);

struct delivery_move courier_move(const struct request *req, const struct sql_delivery_row *row,
                                  enum delivery_step step, struct str reason);
/* Whether this step of the courier has already been taken. */
bool step_is_repeated(const struct delivery_move *move);

void reply_delivery(struct request *req, const struct sql_delivery_row *row);
void reply_commit_delivery(struct request *req, struct tx *tx, const struct delivery_move *move);

struct courier_view courier_view_of(const struct sql_courier_row *row);

#endif
