/* SPDX-License-Identifier: Apache-2.0 */
/*
 * X-API-Key: a machine instead of a person. Keys are for the admin API, and a request has a key or a token, not both.
 * One service stores the keys (struct service_keys); each loop remembers its answers for a second. INTERNAL_API_KEY
 * needs no such service.
 */
#include <sodium.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/clock.h"
#include "http/message.h"
#include "service/internal.h"
#include "telemetry/log.h"

/* NULL: none of the services hosted stores keys. */
static const struct service_keys *service_keys_of(const struct process *process)
{
	for (const struct service *const *service = process->services; *service; service++)
		if ((*service)->keys)
			return (*service)->keys;
	return NULL;
}

/* ---- Written down --------------------------------------------------------------------------------- */

struct touch {
	const struct service_keys *keys;
	struct db *db;
	struct uuid id;
};

static void touch(void *arg)
{
	const struct touch *touch = arg;

	touch->keys->used(touch->db, touch->id, task_now_us());
}

/* Nobody waits for it, and the next minute brings another. */
static void touch_later(void *arg)
{
	struct touch mine = *(struct touch *)arg;

	free(arg);
	struct failure failure = task_attempt(touch, &mine);

	if (failure.kind && failure.kind != FAILURE_CANCELLED)
		log_warn("a service key's last use was not written down: %.*s", STR_ARG(failure.detail));
}

static void note_use(struct host *host, const struct service_keys *keys, const struct service_key *key, int64_t now_us)
{
	if (!service_key_used(host->keys, key, now_us))
		return;
	struct touch *later = malloc(sizeof(*later));

	CHECK(later);
	*later = (struct touch){ keys, host->app.db, key->id };
	if (!task_spawn(host->app.loop,
	                &(struct task_options){ .name = "key use", .timeout_us = 10 * US_PER_S, .background = true },
	                touch_later, later))
		free(later);
}

/* ---- Known ------------------------------------------------------------------------------------------ */

static bool is_internal(const struct process *process, const uint8_t hash[SERVICE_KEY_HASH_LEN])
{
	return process->has_internal_key && !sodium_memcmp(process->internal_key.hash, hash, SERVICE_KEY_HASH_LEN);
}

/* False: nobody has this key. A task that waited finds the answer in `ret`, whatever became of the table meanwhile. */
static bool find(struct request_state *state, struct str text, struct service_key *ret)
{
	struct host *host = state->host;
	uint8_t hash[SERVICE_KEY_HASH_LEN];
	int64_t now_us = clock_now_us();

	service_key_hash(hash, text);
	if (is_internal(host->process, hash)) {
		*ret = host->process->internal_key;
		return true;
	}
	const struct service_keys *keys = service_keys_of(host->process);
	const struct service_key *known = service_key_recall(host->keys, hash, now_us);

	if (!keys || !service_key_shaped(text))
		return false;
	if (known)
		*ret = *known;
	else if (!keys->find(&host->app, hash, ret) || sodium_memcmp(ret->hash, hash, SERVICE_KEY_HASH_LEN) != 0)
		return false;
	else
		service_key_remember(host->keys, ret, now_us);
	if (ret->expires_at <= now_us)
		return false;
	note_use(host, keys, ret, now_us);
	return true;
}

bool gate_key(struct request_state *state)
{
	const struct route *route = state->entry->route;
	struct str text = request_header(&state->req, HEADER_api_key);
	struct service_key key;

	if (str_is_null(text))
		return false;
	if (!str_is_null(request_header(&state->req, HEADER_authorization)))
		refuse_header("X-API-Key", "send either this or Authorization");
	if (route->needs == &permission_anyone)
		return true;
	if (!state->host->process->kind->takes_keys)
		refuse(&problem_unauthenticated, "Keys are for the admin API; send an access token");
	if (!find(state, text, &key))
		refuse(&problem_unauthenticated, "The key is not one of ours, revoked or expired");
	state->actor = service_key_actor(&key, task_arena());
	state->req.actor = &state->actor;
	return true;
}
