/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subscriptions: one connection, one SUBSCRIBE per channel however many listen to it. Callbacks may subscribe and
 * unsubscribe as they like: what is unsubscribed during a delivery is only marked, and swept afterwards.
 *
 * A half-open connection would go unnoticed, since nothing is sent on it. Every 10 s the first channel is subscribed
 * again, which Redis acknowledges and nobody else sees; no word from the server until the next time means that it is
 * gone. (PING would do, but hiredis 0.14 keeps a callback for each for ever, because on such a connection the answer is
 * an array.)
 */
#include "base/check.h"
#include "base/clock.h"
#include "redis/internal.h"

enum { KEEPALIVE_MS = 10000, CHANNEL_MAX = 128 };

struct channel {
	struct list node;
	struct redis *redis;
	struct list subscriptions;
	int delivering;
	char name[CHANNEL_MAX];
};

struct redis_subscription {
	struct list node;
	struct channel *channel;
	redis_on_message *on_message;
	void (*on_lost)(void *arg);
	void *arg;
	bool dead;
};

static void channel_send(struct channel *channel, const char *command, redisCallbackFn *fn)
{
	const char *argv[] = { command, channel->name };
	const size_t lengths[] = { strlen(command), strlen(channel->name) };

	if (conn_is_ready(&channel->redis->listening))
		redisAsyncCommandArgv(channel->redis->listening.context, fn, channel->redis, 2, argv, lengths);
}

static void channel_sweep(struct channel *channel)
{
	if (channel->delivering)
		return;
	LIST_FOR_SAFE (node, &channel->subscriptions) {
		struct redis_subscription *subscription = CONTAINER_OF(node, struct redis_subscription, node);
		if (subscription->dead) {
			list_remove(node);
			free(subscription);
		}
	}
	if (!list_is_empty(&channel->subscriptions))
		return;
	channel_send(channel, "UNSUBSCRIBE", NULL);
	list_remove(&channel->node);
	free(channel);
}

/* `message` null: the channel has just become live. */
static void channel_deliver(struct channel *channel, struct str message)
{
	struct list *last = channel->subscriptions.prev, *node = &channel->subscriptions;

	channel->delivering++;
	while (node != last) {
		node = node->next;
		struct redis_subscription *subscription = CONTAINER_OF(node, struct redis_subscription, node);
		if (subscription->dead)
			continue;
		if (!str_is_null(message))
			subscription->on_message(subscription->arg, str_from(channel->name), message);
		else if (subscription->on_lost)
			subscription->on_lost(subscription->arg);
	}
	channel->delivering--;
	channel_sweep(channel);
}

static struct channel *channel_find(struct redis *redis, struct str name)
{
	LIST_FOR (node, &redis->channels) {
		struct channel *channel = CONTAINER_OF(node, struct channel, node);
		if (str_eq(str_from(channel->name), name))
			return channel;
	}
	return NULL;
}

static struct str text_of(const redisReply *reply)
{
	return reply->type == REDIS_REPLY_STRING ? (struct str){ reply->str, reply->len } : STR("");
}

static struct channel *channel_of(struct redis *redis, const redisReply *reply, struct str kind)
{
	if (!reply || reply->type != REDIS_REPLY_ARRAY || reply->elements != 3 ||
	    !str_eq(text_of(reply->element[0]), kind))
		return NULL;
	return redis->closed ? NULL : channel_find(redis, text_of(reply->element[1]));
}

static void on_message(redisAsyncContext *context, void *reply, void *data)
{
	struct channel *channel = channel_of(data, reply, STR("message"));

	(void)context;
	if (channel)
		channel_deliver(channel, text_of(((redisReply *)reply)->element[2]));
}

/* hiredis gives the acknowledgement and the messages of a channel to one callback. */
static void on_first(redisAsyncContext *context, void *reply, void *data)
{
	struct channel *channel = channel_of(data, reply, STR("subscribe"));

	if (channel)
		channel_deliver(channel, STR_NULL);
	else
		on_message(context, reply, data);
}

static void on_keepalive(uv_timer_t *timer)
{
	struct redis *redis = CONTAINER_OF(timer, struct redis, keepalive);
	struct conn *conn = &redis->listening;

	if (!conn_is_ready(conn) || list_is_empty(&redis->channels))
		return;
	if (loop_now_us(redis->loop) - conn->read_us > 2 * KEEPALIVE_MS * US_PER_MS)
		conn_drop(conn, "no sign of life on the subscriptions' connection");
	else
		channel_send(CONTAINER_OF(redis->channels.next, struct channel, node), "SUBSCRIBE", on_message);
}

void listening_on_ready(struct conn *conn)
{
	LIST_FOR (node, &conn->redis->channels)
		channel_send(CONTAINER_OF(node, struct channel, node), "SUBSCRIBE", on_first);
}

struct redis_subscription *redis_subscribe(struct redis *redis, const char *name, redis_on_message *on_message_fn,
                                           void (*on_lost)(void *arg), void *arg)
{
	struct redis_subscription *subscription = calloc(1, sizeof(*subscription));
	struct channel *channel = channel_find(redis, str_from(name));

	CHECK(subscription && strlen(name) < CHANNEL_MAX);
	if (!channel) {
		channel = calloc(1, sizeof(*channel));
		CHECK(channel);
		channel->redis = redis;
		list_init(&channel->subscriptions);
		snprintf(channel->name, sizeof(channel->name), "%s", name);
		list_push_back(&redis->channels, &channel->node);
	}
	*subscription = (struct redis_subscription){
		.channel = channel, .on_message = on_message_fn, .on_lost = on_lost, .arg = arg
	};
	list_push_back(&channel->subscriptions, &subscription->node);
	conn_start(&redis->listening);
	channel_send(channel, "SUBSCRIBE", on_first);
	return subscription;
}

void redis_unsubscribe(struct redis_subscription *subscription)
{
	if (!subscription)
		return;
	subscription->dead = true;
	channel_sweep(subscription->channel);
}

void listening_init(struct redis *redis)
{
	list_init(&redis->channels);
	redis->listening.on_ready = listening_on_ready;
	CHECK(uv_timer_init(loop_uv(redis->loop), &redis->keepalive) == 0);
	redis->handles++;
	uv_timer_start(&redis->keepalive, on_keepalive, KEEPALIVE_MS, KEEPALIVE_MS);
	uv_unref((uv_handle_t *)&redis->keepalive);
}

static void on_keepalive_closed(uv_handle_t *handle)
{
	redis_unref(handle->data);
}

void listening_stop(struct redis *redis)
{
	CHECK(list_is_empty(&redis->channels)); /* every subscription must be given up before */
	redis->keepalive.data = redis;
	uv_close((uv_handle_t *)&redis->keepalive, on_keepalive_closed);
}
