/* SPDX-License-Identifier: Apache-2.0 */
/* Stands in while packages/events is not there to link. */
#include "events/live.h"
#include "events/relay.h"
#include "service/platform.h"

extern const struct sql_module sql_events_module;
const struct sql_module sql_events_module = { .name = "events" };
const struct migration_set events_migrations = { .name = "stoa" };

struct events *events_open(struct loop *loop, const struct events_options *options)
{
	return NULL;
}
void events_close(struct events *events)
{
}
struct live *live_open(struct loop *loop, struct db *db, struct redis *redis)
{
	return NULL;
}
void live_close(struct live *live)
{
}
size_t live_watch_count(const struct live *live)
{
	return 0;
}
struct bus *bus_redis_new(struct redis *redis, int64_t stream_max_bytes)
{
	return NULL;
}
struct bus *bus_postgres_new(struct db *db)
{
	return NULL;
}
struct relay *relay_start(struct loop *loop, const struct relay_options *options)
{
	return NULL;
}
void relay_stop(struct relay *relay)
{
}
struct consumers *consumers_start(struct loop *loop, const struct consumers_options *options)
{
	return NULL;
}
void consumers_stop(struct consumers *consumers, void (*on_stopped)(void *arg), void *arg)
{
	on_stopped(arg);
}
struct uuid emit(struct tx *tx, const struct event_type *type, struct uuid aggregate_id, int64_t aggregate_seq,
                 const void *data)
{
	return (struct uuid){ 0 };
}
const void *event_data(const struct event *event, const struct event_type *type)
{
	fail("no events");
}
const struct tx_refusal *consumer_commit(struct consumption *consumption)
{
	fail("no events");
}
void consumer_again(struct consumption *consumption)
{
	fail("no events");
}
struct live_watch *live_watch(struct live *live, struct uuid aggregate_id, int64_t after_seq, live_on_event *on_event,
                              void *arg)
{
	fail("no events");
}
void live_unwatch(struct live_watch *watch)
{
}
