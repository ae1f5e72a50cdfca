/* SPDX-License-Identifier: Apache-2.0 */
/* The service for accounts, of customers and of staff. */
#ifndef STOA_ACCOUNTS_ACCOUNTS_H
#define STOA_ACCOUNTS_ACCOUNTS_H

#include "service/service.h"

extern const struct service accounts_service;

/* Each is a folder; its table is at the end of sessions/session.c, credentials/credentials.c and so on. */
#define ACCOUNTS_SUBJECTS(X) \
	X(sessions) \
	X(credentials) \
	X(people) \
	X(mail)
ACCOUNTS_SUBJECTS(SUBJECT_DECLARE)

/* Demo accounts (seed.c): customers, couriers, staff. */
void accounts_seed(struct db *db, int64_t now_us);

/* Deletes expired rows; the periodic job of that name. In a task. */
void accounts_purge(struct db *db, int64_t now_us);

#endif
