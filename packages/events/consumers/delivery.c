/* SPDX-License-Identifier: Apache-2.0 */
#include "base/check.h"
#include "events/consumers/internal.h"

#define MAY(state) (1U << DELIVERY_##state)

/* From each state, those it may pass to. */
static const unsigned passes[] = {
	[DELIVERY_RECEIVED] = MAY(READY) | MAY(STORING) | MAY(DONE),
	[DELIVERY_READY] = MAY(HANDLING),
	[DELIVERY_HANDLING] = MAY(WAITING) | MAY(STORING) | MAY(DONE),
	[DELIVERY_WAITING] = MAY(READY),
	[DELIVERY_STORING] = MAY(DONE),
	[DELIVERY_DONE] = 0,
};

static struct str text_copy(char **at, struct str text)
{
	struct str copy = { *at, text.len };

	if (str_is_null(text))
		return STR_NULL;
	memcpy(*at, text.ptr, text.len);
	*at += text.len;
	return copy;
}

struct delivery *delivery_new(struct runner *runner, const struct event *event, struct str entry_id)
{
	size_t size = event->type.len + event->aggregate.len + event->source.len + event->traceparent.len +
	              event->data.len + entry_id.len;
	struct delivery *delivery = calloc(1, sizeof(*delivery) + size + 1);
	char *at = (char *)(delivery + 1);

	CHECK(delivery);
	delivery->runner = runner;
	delivery->state = DELIVERY_RECEIVED;
	delivery->event = *event;
	delivery->event.type = text_copy(&at, event->type);
	delivery->event.aggregate = text_copy(&at, event->aggregate);
	delivery->event.source = text_copy(&at, event->source);
	delivery->event.traceparent = text_copy(&at, event->traceparent);
	delivery->event.data = text_copy(&at, event->data);
	delivery->entry_id = text_copy(&at, entry_id);
	runner->in_hand++;
	return delivery;
}

void delivery_pass(struct delivery *delivery, enum delivery_state to)
{
	CHECK(passes[delivery->state] & (1U << to));
	delivery->state = to;
}

void delivery_enqueue(struct delivery *delivery)
{
	struct runner *runner = delivery->runner;

	delivery_pass(delivery, DELIVERY_READY);
	list_push_back(delivery->poison ? &runner->poison : &runner->ready, &delivery->node);
	runner_dispatch(runner);
}

static void runner_free_room(struct runner *runner)
{
	runner->in_hand--;
	if (runner->in_hand <= runner->concurrency / 2)
		wakeup_set(runner->room_free);
}

void delivery_acknowledge(struct delivery *delivery)
{
	struct runner *runner = delivery->runner;

	delivery_pass(delivery, DELIVERY_DONE);
	runner_free_room(runner);
	if (str_is_null(delivery->entry_id)) { /* from the retries: the bus does not know of it */
		free(delivery);
		return;
	}
	list_push_back(&runner->acks, &delivery->node);
	wakeup_set(runner->ack_due);
}

void delivery_release(struct delivery *delivery)
{
	runner_free_room(delivery->runner);
	free(delivery);
}

void deliveries_free(struct list *deliveries)
{
	struct list *node;

	while ((node = list_pop_front(deliveries)))
		free(CONTAINER_OF(node, struct delivery, node));
}
