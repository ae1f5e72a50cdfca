/* SPDX-License-Identifier: Apache-2.0 */
/* A command's access to the database: a loop, its lanes with the statements of all services, and one task. */
#ifndef STOA_APPS_STOA_DATABASE_H
#define STOA_APPS_STOA_DATABASE_H

#include <stdint.h>

#include "config/config.h"
#include "db/db.h"

/* Reads the configuration of the environment, or of the stack in .stoa. Exits the process when it is wrong. */
void database_config(struct config *ret, char *conninfo, size_t size);

/* Runs fn(db, arg) in a task of at most `timeout_us`. EXIT_DONE, or EXIT_FAILED after a line that says why. */
int database_run(void (*fn)(struct db *db, void *arg), void *arg, int64_t timeout_us);

#endif
