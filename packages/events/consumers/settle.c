/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What becomes of an event that failed. Nothing was its fault: cancelled (given back, delivered again elsewhere) or the
 * database was away (handled again here, soon). Otherwise a row in stoa.event_retry with its next time, or, when it is
 * hopeless, a dead letter; only when that is stored is the event acknowledged. The handler's own task may be past its
 * deadline by then, so a fresh one does it.
 */
#include "base/check.h"
#include "base/clock.h"
#include "base/encode.h"
#include "base/hash.h"
#include "base/random.h"
#include "events/consumers/internal.h"
#include "events/sql/consumer_sql.h"
#include "telemetry/log.h"

enum { STORE_TIMEOUT_S = 30, WAIT_MIN_MS = 200, WAIT_MAX_MS = 5000, WAITS_MAX = 5 };

static const struct retry_policy usual = { .attempts = 5, .base_us = 2 * US_PER_S, .cap_us = 600 * US_PER_S };

static struct retry_policy policy_of(const struct subscription *subscription)
{
	struct retry_policy policy = subscription->retry;

	if (policy.attempts <= 0)
		policy.attempts = usual.attempts;
	if (policy.base_us <= 0)
		policy.base_us = usual.base_us;
	if (policy.cap_us <= 0)
		policy.cap_us = usual.cap_us;
	return policy;
}

/* Exponential with full jitter: a crowd that failed together does not come back together. */
static int64_t delay_us(const struct retry_policy *policy, int64_t attempt)
{
	int64_t longest = policy->base_us;

	while (--attempt > 0 && longest < policy->cap_us)
		longest *= 2;
	if (longest > policy->cap_us)
		longest = policy->cap_us;
	return (int64_t)random_below((uint64_t)longest + 1);
}

/* Reasons that differ only in numbers and ids are one kind of failure. */
static struct str fingerprint(struct str reason)
{
	static const uint8_t key[16] = "stoa dead letter";
	char plain[ERROR_TEXT_MAX];
	size_t len = 0;
	uint8_t bytes[8];

	for (size_t i = 0; i < reason.len && len < sizeof(plain); i++) {
		char c = reason.ptr[i];
		bool digit = c >= '0' && c <= '9';
		if (!digit || len == 0 || plain[len - 1] != '#')
			plain[len++] = digit ? '#' : c;
	}
	uint64_t hash = hash_keyed(key, plain, len);
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(hash >> (56 - 8 * i));
	return hex_encode(task_arena(), (struct str){ (const char *)bytes, sizeof(bytes) });
}

static void store_dead(struct tx *tx, struct parcel *parcel, int64_t attempts, int64_t now)
{
	struct str name = str_from(parcel->runner->subscription->name), reason = str_from(parcel->error);

	sql_dead_letter_insert(tx, .id = uuid_new_v7(now), .consumer = name, .event_id = parcel->event.id,
	                       .event_type = parcel->event.type, .position = parcel->event.position, .reason = reason,
	                       .fingerprint = fingerprint(reason), .attempts = attempts, .died_at = now);
	if (parcel->from_retry)
		sql_event_retry_delete(tx, .consumer = name, .event_id = parcel->event.id);
}

static void store_retry(struct tx *tx, struct parcel *parcel, int64_t attempt, int64_t now, int64_t run_at)
{
	struct str name = str_from(parcel->runner->subscription->name), error = str_from(parcel->error);

	if (parcel->from_retry)
		sql_event_retry_update(tx, .consumer = name, .event_id = parcel->event.id, .attempt = attempt,
		                       .run_at = run_at, .failed_at = now, .error = error);
	else
		sql_event_retry_insert(tx, .consumer = name, .event_id = parcel->event.id,
		                       .position = parcel->event.position, .attempt = attempt, .run_at = run_at,
		                       .failed_at = now, .error = error);
}

struct storing {
	struct parcel *parcel;
	bool dead;
};

static void store(void *arg)
{
	struct storing *storing = arg;
	struct parcel *parcel = storing->parcel;
	struct retry_policy policy = policy_of(parcel->runner->subscription);
	int64_t attempt = parcel->attempt + 1, now = clock_now_us();
	struct tx *tx = tx_collect(parcel->runner->consumers->options.db);

	storing->dead = parcel->permanent || attempt >= policy.attempts;
	if (storing->dead)
		store_dead(tx, parcel, attempt, now);
	else
		store_retry(tx, parcel, attempt, now, now + delay_us(&policy, attempt));
	if (parcel->counted)
		sql_event_suspect_delete(tx, .consumer = str_from(parcel->runner->subscription->name),
		                         .event_id = parcel->event.id);
	tx_commit(tx);
}

static void store_task(void *arg)
{
	struct parcel *parcel = arg;
	struct runner *runner = parcel->runner;
	struct storing storing = { .parcel = parcel };
	struct failure failure = task_attempt(store, &storing);

	if (failure.kind != FAILURE_NONE) {
		/* Not acknowledged, so it comes again: by a claim, or when its lease as a retry has run out. */
		log_warn("%s: a failure could not be stored: %.*s", runner->subscription->name,
		         STR_ARG(failure.detail));
		runner_forget(runner, parcel);
	} else {
		log_line(storing.dead ? LOG_ERROR : LOG_WARN,
		         (const struct log_field[]){ LOG_STR("consumer", str_from(runner->subscription->name)),
		                                     LOG_STR("event", uuid_text(task_arena(), parcel->event.id)),
		                                     LOG_I64("attempt", parcel->attempt + 1) },
		         3, storing.dead ? "event given up: %s" : "event failed: %s", parcel->error);
		runner_count(runner, storing.dead ? RESULT_DEAD : RESULT_RETRIED);
		runner_finish(runner, parcel);
	}
	consumers_task_ended(runner->consumers);
}

static void store_soon(struct parcel *parcel)
{
	static const struct task_options options = { .name = "event failure",
		                                     .timeout_us = STORE_TIMEOUT_S * US_PER_S };

	if (!consumers_spawn(parcel->runner->consumers, &options, store_task, parcel))
		runner_forget(parcel->runner, parcel);
}

static void nap(void *arg)
{
	struct parcel *parcel = arg;
	int64_t longest_ms = (int64_t)WAIT_MIN_MS << (parcel->waits < 5 ? parcel->waits : 5);

	task_sleep_us((longest_ms > WAIT_MAX_MS ? WAIT_MAX_MS : longest_ms) * US_PER_MS);
}

static void wait_task(void *arg)
{
	struct parcel *parcel = arg;
	struct consumers *consumers = parcel->runner->consumers;
	struct failure failure = task_attempt(nap, parcel);

	parcel->waits++;
	if (failure.kind == FAILURE_NONE && !consumers->stopping)
		runner_requeue(parcel->runner, parcel);
	else
		runner_forget(parcel->runner, parcel);
	consumers_task_ended(consumers);
}

/* Nobody burns an attempt for a database that is away. Until it is back nothing new is taken either, or the claims of
 * one process after the other would look like crashes. */
static void wait_for_database(struct parcel *parcel)
{
	static const struct task_options options = { .name = "event waits" };
	struct consumers *consumers = parcel->runner->consumers;

	if (!db_status(consumers->options.db).connected)
		consumers->unavailable_until_us = loop_now_us(consumers->loop) + US_PER_S;
	if (!consumers_spawn(consumers, &options, wait_task, parcel))
		runner_forget(parcel->runner, parcel);
}

static void note_error(struct parcel *parcel, const struct failure *failure)
{
	static const char *const words[] = {
		[FAILURE_REFUSED] = "refused",         [FAILURE_FAILED] = "failed",
		[FAILURE_CONFLICT] = "conflict",       [FAILURE_DEADLINE] = "timed out",
		[FAILURE_UNAVAILABLE] = "unavailable",
	};
	struct str detail = failure->detail;
	const char *word = words[failure->kind];

	if (failure->kind == FAILURE_REFUSED && failure->problem)
		word = failure->problem->code;
	snprintf(parcel->error, sizeof(parcel->error), detail.len ? "%s: %.*s" : "%s", word, STR_ARG(detail));
}

/* With the database there it is something else that is away: that counts, after a few tries. */
static bool is_nobodys_fault(const struct parcel *parcel, const struct failure *failure)
{
	return failure->kind == FAILURE_UNAVAILABLE &&
	       (parcel->waits < WAITS_MAX || !db_status(parcel->runner->consumers->options.db).connected);
}

void parcel_settle(struct parcel *parcel, const struct failure *failure)
{
	if (failure->kind == FAILURE_CANCELLED) {
		runner_forget(parcel->runner, parcel);
	} else if (is_nobodys_fault(parcel, failure)) {
		wait_for_database(parcel);
	} else {
		parcel->permanent |= failure->kind == FAILURE_REFUSED;
		note_error(parcel, failure);
		store_soon(parcel);
	}
}

void parcel_bury(struct parcel *parcel, const char *reason)
{
	parcel->permanent = true;
	snprintf(parcel->error, sizeof(parcel->error), "%s", reason);
	store_soon(parcel);
}
