/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Readers are in one of two lists. Those that are caught up have been given all up to the tail's own position; a round
 * reads what follows it, once, and hands it to each. Those behind are read for one by one, by their own type and from
 * their own position. After a page that is not full a reader is caught up: the settled position was read before the
 * page, and all of the reader's events up to there were on it. A reader that is not ready for more falls behind, and is
 * asked again a little later.
 *
 * The settled position follows a commit by some 50 ms (the relay saves its offset no more often): after a notice the
 * end is looked at a few times in a row.
 */
#include "events/tail.h"

#include "base/check.h"
#include "base/clock.h"
#include "events/log/internal.h"
#include "events/sql/event_sql.h"
#include "redis/redis.h"
#include "telemetry/log.h"

enum { PAGE = 100, TAIL_ARENA_MAX = 128 << 20 };

#define STEP_US               (50 * US_PER_MS) /* while something is expected */
#define BUSY_US               (500 * US_PER_MS)
#define POLL_WITH_REDIS_US    US_PER_S
#define POLL_WITHOUT_REDIS_US (200 * US_PER_MS)

struct tail_reader {
	struct list node; /* behind or caught up */
	struct tail *tail;
	struct tail_reader_options options;
	int64_t position;
	char type[]; /* the options' */
};

struct tail {
	struct loop *loop;
	struct db *db;
	struct task *task;
	struct wakeup *wakeup;
	struct redis_subscription *changes;
	struct list behind, caught_up;
	struct tail_reader *current; /* whose page is being read; NULL when it has left meanwhile */
	int64_t position;            /* of those caught up */
	int64_t busy_until;          /* monotonic */
	bool redis;
};

static void on_notice(void *arg, struct str channel, struct str message)
{
	struct tail *tail = arg;

	(void)channel, (void)message;
	if (list_is_empty(&tail->caught_up))
		return;
	tail->busy_until = loop_now_us(tail->loop) + BUSY_US;
	wakeup_set(tail->wakeup);
}

static void on_notices_lost(void *arg)
{
	on_notice(arg, STR_NULL, STR_NULL);
}

int64_t tail_settled(struct db *db)
{
	return sql_event_settled(db)->position;
}

/* ---- Handing out ------------------------------------------------------------------------------- */

static void reader_move(struct tail_reader *reader, struct list *to)
{
	list_remove(&reader->node);
	list_push_back(to, &reader->node);
}

/* False: it cannot take this one now. */
static bool reader_give(struct tail_reader *reader, const struct event *event)
{
	const struct tail_reader_options *options = &reader->options;

	if (event->position <= reader->position)
		return true;
	if (!options->is_ready(options->arg))
		return false;
	if (str_is_null(options->type) || str_eq(options->type, event->type))
		options->on_event(options->arg, event);
	reader->position = event->position;
	return true;
}

static void give_all_caught_up(struct tail *tail, struct event_list events)
{
	LIST_FOR_SAFE (node, &tail->caught_up) {
		struct tail_reader *reader = CONTAINER_OF(node, struct tail_reader, node);

		for (size_t i = 0; i < events.count; i++)
			if (!reader_give(reader, &events.items[i])) {
				reader_move(reader, &tail->behind);
				break;
			}
	}
}

static void reader_catch_up(struct tail *tail, struct tail_reader *reader, int64_t settled)
{
	if (list_is_empty(&tail->caught_up))
		tail->position = settled;
	if (reader->position < settled)
		reader->position = settled;
	reader_move(reader, &tail->caught_up);
}

/* ---- Rounds ------------------------------------------------------------------------------------ */

/* The next of those behind that can take something; NULL: none. */
static struct tail_reader *next_reader_behind(struct tail *tail)
{
	LIST_FOR (node, &tail->behind) {
		struct tail_reader *reader = CONTAINER_OF(node, struct tail_reader, node);

		if (reader->options.is_ready(reader->options.arg))
			return reader;
	}
	return NULL;
}

/* True: there may be more to do at once. */
static bool tail_read_behind(struct tail *tail)
{
	struct tail_reader *reader = next_reader_behind(tail);
	struct event_list events;
	int64_t after, settled;
	size_t given = 0;

	tail->current = reader;
	if (!reader)
		return false;
	/* The reader may leave during each wait below: what they need of it is taken before. */
	struct str type = str_is_null(reader->options.type) ? STR_NULL : str_dup(task_arena(), reader->options.type);
	after = reader->position;
	settled = tail_settled(tail->db);
	if (!tail->current)
		return true;
	events = events_after(tail->db, after, type, PAGE);
	if (!tail->current)
		return true;
	tail->current = NULL;
	while (given < events.count && reader_give(reader, &events.items[given]))
		given++;
	if (given == events.count && events.count < PAGE)
		reader_catch_up(tail, reader, settled);
	else
		reader_move(reader, &tail->behind); /* the others' turn */
	return true;
}

static bool tail_read_end(struct tail *tail)
{
	struct event_list events;

	if (list_is_empty(&tail->caught_up))
		return false;
	events = events_after(tail->db, tail->position, STR_NULL, PAGE);
	if (!events.count)
		return false;
	give_all_caught_up(tail, events);
	tail->position = events.items[events.count - 1].position;
	return events.count == PAGE;
}

static void tail_round(void *arg)
{
	struct tail *tail = arg;
	bool more = tail_read_behind(tail);
	int64_t wait_us = tail->redis ? POLL_WITH_REDIS_US : POLL_WITHOUT_REDIS_US;

	more |= tail_read_end(tail);
	if (more)
		return;
	if (!list_is_empty(&tail->behind) || loop_now_us(tail->loop) < tail->busy_until)
		wait_us = STEP_US;
	else if (list_is_empty(&tail->caught_up))
		wait_us = 60 * US_PER_S;
	wakeup_wait(tail->wakeup, wait_us);
}

static void tail_wait_to_retry(void *arg)
{
	task_sleep_us(POLL_WITHOUT_REDIS_US);
	(void)arg;
}

static void tail_free(struct tail *tail)
{
	CHECK(list_is_empty(&tail->caught_up) && list_is_empty(&tail->behind));
	redis_unsubscribe(tail->changes);
	wakeup_free(tail->wakeup);
	free(tail);
}

static void tail_task(void *arg)
{
	struct tail *tail = arg;
	struct failure failure;

	do {
		failure = task_attempt(tail_round, tail);
		tail->current = NULL;
		if (failure.kind != FAILURE_NONE && failure.kind != FAILURE_CANCELLED) {
			log_warn("tail of the log: %.*s", STR_ARG(failure.detail));
			failure = task_attempt(tail_wait_to_retry, NULL);
		}
		arena_reset(task_arena());
	} while (failure.kind != FAILURE_CANCELLED);
	tail_free(tail);
}

/* ---- From outside ------------------------------------------------------------------------------ */

struct tail *tail_open(struct loop *loop, struct db *db, struct redis *redis)
{
	static const struct task_options options = { .name = "tail of the log",
		                                     .background = true,
		                                     .arena_max = TAIL_ARENA_MAX };
	struct tail *tail = calloc(1, sizeof(*tail));

	CHECK(tail);
	tail->loop = loop;
	tail->db = db;
	tail->redis = redis != NULL;
	tail->wakeup = wakeup_new(loop);
	list_init(&tail->behind);
	list_init(&tail->caught_up);
	if (redis)
		tail->changes = redis_subscribe(redis, CHANGES_CHANNEL, on_notice, on_notices_lost, tail);
	tail->task = task_spawn(loop, &options, tail_task, tail);
	CHECK(tail->task);
	return tail;
}

void tail_close(struct tail *tail)
{
	if (tail)
		task_cancel(tail->task);
}

struct tail_reader *tail_join(struct tail *tail, const struct tail_reader_options *options)
{
	struct tail_reader *reader = calloc(1, sizeof(*reader) + options->type.len);

	CHECK(reader);
	reader->tail = tail;
	reader->options = *options;
	reader->position = options->after;
	if (!str_is_null(options->type)) {
		memcpy(reader->type, options->type.ptr, options->type.len);
		reader->options.type = (struct str){ reader->type, options->type.len };
	}
	list_push_back(&tail->behind, &reader->node);
	wakeup_set(tail->wakeup);
	return reader;
}

void tail_leave(struct tail_reader *reader)
{
	if (!reader)
		return;
	if (reader->tail->current == reader)
		reader->tail->current = NULL;
	list_remove(&reader->node);
	free(reader);
}
