/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What becomes of an event that failed. Not the event's fault: the task was cancelled (released, delivered again
 * elsewhere) or the database was away (handled again here, soon). Otherwise a row in stoa.event_retry with its next
 * time, or, after the last attempt, a dead letter; only when that is stored is the event acknowledged. The handler's
 * own task may be past its deadline by then, so a fresh one does it.
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

static const struct retry_policy default_policy = { .attempts = 5, .base_us = 2 * US_PER_S, .cap_us = 600 * US_PER_S };

static struct retry_policy retry_policy_of(const struct subscription *subscription)
{
	struct retry_policy policy = subscription->retry;

	if (policy.attempts <= 0)
		policy.attempts = default_policy.attempts;
	if (policy.base_us <= 0)
		policy.base_us = default_policy.base_us;
	if (policy.cap_us <= 0)
		policy.cap_us = default_policy.cap_us;
	return policy;
}

/* Exponential with full jitter: a crowd that failed together does not come back together. */
static int64_t retry_delay_us(const struct retry_policy *policy, int64_t attempt)
{
	int64_t longest = policy->base_us;

	while (--attempt > 0 && longest < policy->cap_us)
		longest *= 2;
	if (longest > policy->cap_us)
		longest = policy->cap_us;
	return (int64_t)random_below((uint64_t)longest + 1);
}

/* Reasons that differ only in numbers and ids are one kind of failure. */
static struct str reason_fingerprint(struct str reason)
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

static void store_dead_letter(struct tx *tx, struct delivery *delivery, int64_t attempts, int64_t now)
{
	struct str name = str_from(delivery->runner->subscription->name), reason = str_from(delivery->error);

	sql_dead_letter_insert(tx, .id = uuid_new_v7(now), .consumer = name, .event_id = delivery->event.id,
	                       .event_type = delivery->event.type, .position = delivery->event.position,
	                       .reason = reason, .fingerprint = reason_fingerprint(reason), .attempts = attempts,
	                       .died_at = now);
	if (delivery->from_retry)
		sql_event_retry_delete(tx, .consumer = name, .event_id = delivery->event.id);
}

static void store_retry(struct tx *tx, struct delivery *delivery, int64_t attempt, int64_t now, int64_t run_at)
{
	struct str name = str_from(delivery->runner->subscription->name), error = str_from(delivery->error);

	if (delivery->from_retry)
		sql_event_retry_update(tx, .consumer = name, .event_id = delivery->event.id, .attempt = attempt,
		                       .run_at = run_at, .failed_at = now, .error = error);
	else
		sql_event_retry_insert(tx, .consumer = name, .event_id = delivery->event.id,
		                       .position = delivery->event.position, .attempt = attempt, .run_at = run_at,
		                       .failed_at = now, .error = error);
}

struct storing {
	struct delivery *delivery;
	bool dead;
};

static void store_failure(void *arg)
{
	struct storing *storing = arg;
	struct delivery *delivery = storing->delivery;
	struct retry_policy policy = retry_policy_of(delivery->runner->subscription);
	int64_t attempt = delivery->attempt + 1, now = clock_now_us();
	struct tx *tx = tx_collect(delivery->runner->consumers->options.db);

	storing->dead = delivery->permanent || attempt >= policy.attempts;
	if (storing->dead)
		store_dead_letter(tx, delivery, attempt, now);
	else
		store_retry(tx, delivery, attempt, now, now + retry_delay_us(&policy, attempt));
	if (delivery->counted)
		sql_delivery_count_delete(tx, .consumer = str_from(delivery->runner->subscription->name),
		                          .event_id = delivery->event.id);
	tx_commit(tx);
}

static void store_failure_task(void *arg)
{
	struct delivery *delivery = arg;
	struct runner *runner = delivery->runner;
	struct storing storing = { .delivery = delivery };
	struct failure failure = task_attempt(store_failure, &storing);

	if (failure.kind != FAILURE_NONE) {
		/* Not acknowledged, so it comes again: by a claim, or when its lease as a retry has run out. */
		log_warn("%s: a failure could not be stored: %.*s", runner->subscription->name,
		         STR_ARG(failure.detail));
		delivery_release(delivery);
	} else {
		log_line(storing.dead ? LOG_ERROR : LOG_WARN,
		         (const struct log_field[]){ LOG_STR("consumer", str_from(runner->subscription->name)),
		                                     LOG_STR("event", uuid_text(task_arena(), delivery->event.id)),
		                                     LOG_I64("attempt", delivery->attempt + 1) },
		         3, storing.dead ? "event dead-lettered: %s" : "event failed: %s", delivery->error);
		runner_count(runner, storing.dead ? RESULT_DEAD : RESULT_RETRIED);
		delivery_acknowledge(delivery);
	}
	consumers_task_ended(runner->consumers);
}

static void store_failure_soon(struct delivery *delivery)
{
	static const struct task_options options = { .name = "event failure",
		                                     .timeout_us = STORE_TIMEOUT_S * US_PER_S };

	delivery_pass(delivery, DELIVERY_STORING);
	if (!consumers_spawn(delivery->runner->consumers, &options, store_failure_task, delivery))
		delivery_release(delivery);
}

static void outage_wait(void *arg)
{
	struct delivery *delivery = arg;
	int64_t longest_ms = (int64_t)WAIT_MIN_MS << (delivery->waits < 5 ? delivery->waits : 5);

	task_sleep_us((longest_ms > WAIT_MAX_MS ? WAIT_MAX_MS : longest_ms) * US_PER_MS);
}

static void outage_wait_task(void *arg)
{
	struct delivery *delivery = arg;
	struct consumers *consumers = delivery->runner->consumers;
	struct failure failure = task_attempt(outage_wait, delivery);

	delivery->waits++;
	if (failure.kind == FAILURE_NONE && !consumers->stopping)
		delivery_enqueue(delivery);
	else
		delivery_release(delivery);
	consumers_task_ended(consumers);
}

/* No attempt is spent while the database is away. Until it is back nothing new is fetched either: deliveries that one
 * process after the other claims would count as crashes. */
static void wait_out_outage(struct delivery *delivery)
{
	static const struct task_options options = { .name = "event waits" };
	struct consumers *consumers = delivery->runner->consumers;

	if (!db_status(consumers->options.db).connected)
		consumers->unavailable_until_us = loop_now_us(consumers->loop) + US_PER_S;
	delivery_pass(delivery, DELIVERY_WAITING);
	if (!consumers_spawn(consumers, &options, outage_wait_task, delivery))
		delivery_release(delivery);
}

static void delivery_set_error(struct delivery *delivery, const struct failure *failure)
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
	snprintf(delivery->error, sizeof(delivery->error), detail.len ? "%s: %.*s" : "%s", word, STR_ARG(detail));
	/* It becomes a column: PostgreSQL would refuse half a character, and the event would come round for ever. */
	delivery->error[utf8_mend(delivery->error, strlen(delivery->error))] = '\0';
}

/* An outage of the database is no failure of the event. With the database there something else is away: that counts as
 * an attempt after a few waits. */
static bool is_outage(const struct delivery *delivery, const struct failure *failure)
{
	return failure->kind == FAILURE_UNAVAILABLE &&
	       (delivery->waits < WAITS_MAX || !db_status(delivery->runner->consumers->options.db).connected);
}

void delivery_settle(struct delivery *delivery, const struct failure *failure)
{
	if (failure->kind == FAILURE_CANCELLED) {
		delivery_release(delivery);
	} else if (is_outage(delivery, failure)) {
		wait_out_outage(delivery);
	} else {
		delivery->permanent |= failure->kind == FAILURE_REFUSED;
		delivery_set_error(delivery, failure);
		store_failure_soon(delivery);
	}
}

void delivery_dead_letter(struct delivery *delivery, const char *reason)
{
	delivery->permanent = true;
	snprintf(delivery->error, sizeof(delivery->error), "%s", reason);
	store_failure_soon(delivery);
}
