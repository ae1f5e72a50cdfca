/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of couriers, as the files about them share them. Handlers that use these give a courier_delivery. */
#ifndef STOA_COMMERCE_COURIER_STEPS_H
#define STOA_COMMERCE_COURIER_STEPS_H

#include "commerce/couriers/api.h"
#include "commerce/delivery/delivery.h"
#include "events/consumer.h"

/* A step of the signed-in courier with the delivery in the path. Refuses not_found unless they have it, or had it
 * last. */
struct delivery_move courier_move(const struct request *req, enum delivery_step step, struct str reason);

/* Whether that step is already taken; then this has answered the request. */
bool courier_step_is_repeated(struct request *req, const struct delivery_move *move);

/* Adds the planned step to the transaction, commits and answers. */
void courier_step_commit(struct request *req, struct tx *tx, const struct delivery_change *change);

/* ---- For the subject's table ------------------------------------------------------------------------------------ */

extern const struct routes courier_proof_routes, courier_self_routes;
extern const struct consumer keep_courier_consumer;

/* A periodic job: forgets where couriers were. */
void purge_positions(struct db *db, int64_t now_us);

#endif
