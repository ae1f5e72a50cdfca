/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The revocation list, as a loop knows it: ids of logins and service keys that ended before their tokens expire. A
 * service adds to it by stoa.revoke() in the transaction that ends them (sql/migrations/0010_revocations.sql). A task
 * reads what is new every half second; the door looks into memory only.
 *
 * Transactions commit in another order than they begin. So a look begins at the oldest transaction that had not ended
 * at the look before: what commits late is met by the next look, and what was met already is added again, which changes
 * nothing.
 *
 * Knowledge has an age: that of the last look. A request that meets older knowledge than FRESH_US waits for a look, and
 * is refused when that fails, or when the last one did.
 */
#include "base/check.h"
#include "base/hash.h"
#include "service/internal.h"
#include "service/sql/revocations_sql.h"
#include "telemetry/log.h"

enum { BUCKETS = 1024, ARENA_MAX = 256 << 20 };

#define LOOK_EVERY_US (500 * US_PER_MS)
#define LOOK_AGAIN_US (100 * US_PER_MS)
#define LOOK_MAX_US   (5 * US_PER_S)
#define FRESH_US      (1500 * US_PER_MS)
#define FORGET_US     (60 * US_PER_S)

struct revocation {
	struct revocation *next;
	struct uuid id;
	int64_t until; /* by the database's clock */
};

struct revocations {
	struct host *host;
	struct revocation *buckets[BUCKETS];
	struct wait_queue looking;
	int64_t since;     /* what the next look asks for */
	int64_t known_us;  /* monotonic: all that was committed by then is known */
	int64_t forgot_us; /* likewise */
	bool failed;       /* the last look */
};

/* ---- The table ------------------------------------------------------------------------------------------------- */

static struct revocation **revocation_place(struct revocations *list, struct uuid id)
{
	struct revocation **place = &list->buckets[hash_uuid(id) % BUCKETS];

	while (*place && !uuid_eq((*place)->id, id))
		place = &(*place)->next;
	return place;
}

/* False: it was known. */
static bool revocation_add(struct revocations *list, struct uuid id, int64_t until)
{
	struct revocation **place = revocation_place(list, id);

	if (*place)
		return false;
	*place = malloc(sizeof(**place));
	CHECK(*place);
	**place = (struct revocation){ .id = id, .until = until };
	return true;
}

static void revocations_forget(struct revocations *list, int64_t until)
{
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct revocation **place = &list->buckets[i], *entry; (entry = *place);)
			if (entry->until <= until) {
				*place = entry->next;
				free(entry);
			} else {
				place = &entry->next;
			}
}

/* ---- Following -------------------------------------------------------------------------------------------------- */

static bool is_revoked(struct uuid owner, void *arg)
{
	return *revocation_place(arg, owner);
}

static void revocations_look(void *arg)
{
	struct revocations *list = arg;
	struct host *host = list->host;
	int64_t now_us = loop_now_us(host->app.loop);
	struct sql_revocations_rows found = sql_revocations(host->app.db, .since = list->since);
	bool more = false;

	for (size_t i = 0; i < found.count; i++)
		if (found.rows[i].id.set)
			more |= revocation_add(list, found.rows[i].id.value, found.rows[i].until.value);
	list->since = found.rows[0].oldest;
	list->known_us = now_us;
	if (more && host->app.server)
		http_server_end(host->app.server, is_revoked, list);
	if (now_us - list->forgot_us < FORGET_US)
		return;
	revocations_forget(list, found.rows[0].now);
	list->forgot_us = now_us;
}

static void revocations_wait(void *arg)
{
	const struct revocations *list = arg;

	task_sleep_us(list->failed ? LOOK_AGAIN_US : LOOK_EVERY_US);
}

static void revocations_follow(void *arg)
{
	struct revocations *list = arg;
	struct failure failure;

	do {
		failure = task_attempt_within(LOOK_MAX_US, revocations_look, list);
		list->failed = failure.kind != FAILURE_NONE;
		wait_queue_wake_all(&list->looking);
		if (list->failed && failure.kind != FAILURE_CANCELLED)
			log_warn("the revocation list was not read: %.*s", STR_ARG(failure.detail));
		arena_reset(task_arena());
		failure = task_attempt(revocations_wait, list);
	} while (failure.kind != FAILURE_CANCELLED);
}

struct revocations *revocations_open(struct host *host)
{
	static const struct task_options options = { .name = "revocations",
		                                     .background = true,
		                                     .arena_max = ARENA_MAX };
	struct revocations *list = calloc(1, sizeof(*list));

	CHECK(list);
	list->host = host;
	list->known_us = INT64_MIN;
	wait_queue_init(&list->looking);
	CHECK(task_spawn(host->app.loop, &options, revocations_follow, list));
	return list;
}

void revocations_close(struct revocations *list)
{
	if (!list)
		return;
	revocations_forget(list, INT64_MAX);
	free(list);
}

/* ---- Asking ----------------------------------------------------------------------------------------------------- */

bool revoked(struct revocations *list, struct uuid id)
{
	int64_t needed_us = loop_now_us(list->host->app.loop) - FRESH_US;

	while (list->known_us < needed_us) {
		if (list->failed)
			fail_unavailable(1, "the revocation list could not be read");
		wait_queue_wait(&list->looking);
	}
	return is_revoked(id, list);
}

/* ---- Forgetting ------------------------------------------------------------------------------------------------- */

void revocations_purge(struct db *db, int64_t now_us)
{
	struct tx *tx = tx_collect(db);

	sql_revocations_purge(tx);
	tx_commit(tx);
}
