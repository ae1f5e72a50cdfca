/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chores (service.h), as cron does them: the platform's own and those of the hosted services. Of all the crons of an
 * installation one leads, by an advisory lock; the others stand by and take over when it is gone. Each chore has a task
 * of its own, so none waits for another and none is ever started while it runs.
 */
#ifndef STOA_SERVICE_CHORES_H
#define STOA_SERVICE_CHORES_H

#include "service/service.h"
#include "task/loop.h"

struct chores;

/* `services` is NULL-terminated; `db` outlives the chores. On the loop's thread. */
struct chores *chores_start(struct loop *loop, struct db *db, const struct service *const *services);
/* No chore is begun any more, what runs goes on to its end; then leadership is given up, everything is freed and
 * on_stopped called, which may be before this returns. */
void chores_stop(struct chores *chores, void (*on_stopped)(void *arg), void *arg);

#endif
