/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is kept about a person, to be told or forgotten (`stoa person`). Each service answers for its own tables by a
 * struct person_data in its row, the platform for those in the schema stoa. services/person_test.c finds a table with a
 * person in it that no statement named *_person* reads and writes.
 */
#ifndef STOA_SERVICE_PERSON_H
#define STOA_SERVICE_PERSON_H

#include "db/db.h"

/* One account of the person, and its address. The id is nil when no account has the address: then what stands by address
 * alone is meant. */
struct person {
	struct uuid id;
	struct str email;
	int64_t token_life_us; /* how long an access token may be accepted yet */
};

/* A row of a table, as JSON, without secrets. */
typedef void person_row_fn(void *arg, struct str table, struct str json);

struct person_data {
	void (*tell)(struct db *db, const struct person *person, person_row_fn *row, void *arg);
	/* Why the person cannot be forgotten now: what is under way, in words. Null: nothing. May be NULL. */
	struct str (*under_way)(struct db *db, const struct person *person);
	/* Disables the account and ends its logins; false: it was disabled before. May be NULL. */
	bool (*shut_out)(struct tx *tx, const struct person *person, int64_t now_us);
	/* Figures stay and lose the person. Erasing again changes nothing. */
	void (*erase)(struct tx *tx, const struct person *person, int64_t now_us);
};

extern const struct person_data platform_person;

#endif
