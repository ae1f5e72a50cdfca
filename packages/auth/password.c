/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/password.h"

#include <pthread.h>
#include <sodium.h>
#include <string.h>

#include "base/check.h"
#include "base/list.h"
#include "base/unicode.h"
#include "task/task.h"

enum { RUNNING_MAX = 2, POLL_US = 2000, PER_SECOND = 20 };

enum kind { KIND_CHECK, KIND_MAKE, KIND_COUNT };

static const struct {
	int running_max, waiting_max;
} limits[] = {
	[KIND_CHECK] = { RUNNING_MAX, 64 },
	[KIND_MAKE] = { 1, 32 },
};

/* Shared by all threads of the process: each hash takes 64 MiB and tens of milliseconds of a core. */
static struct {
	pthread_mutex_t lock;
	struct list waiting; /* of struct slot, in the order they came */
	int waiting_count[KIND_COUNT];
	int running[KIND_COUNT];
} hall = { .lock = PTHREAD_MUTEX_INITIALIZER, .waiting = { &hall.waiting, &hall.waiting } };

/* A turn in the hall: waited for, then held. In the arena, for a cancelled task leaves its stack before its hooks run.
 */
struct slot {
	struct list node;
	enum kind kind;
	bool held;
};

struct work {
	struct str password;
	const char *hash; /* to check; NULL: make one */
	char made[crypto_pwhash_STRBYTES];
	bool ok;
};

static void compute(void *arg)
{
	struct work *work = arg;

	if (work->hash)
		work->ok = !crypto_pwhash_str_verify(work->hash, work->password.ptr, work->password.len);
	else
		work->ok = !crypto_pwhash_str(work->made, work->password.ptr, work->password.len,
		                              crypto_pwhash_OPSLIMIT_INTERACTIVE, crypto_pwhash_MEMLIMIT_INTERACTIVE);
}

static bool has_room(enum kind kind, const int running[KIND_COUNT])
{
	return running[KIND_CHECK] + running[KIND_MAKE] < RUNNING_MAX && running[kind] < limits[kind].running_max;
}

/* A slot that queued earlier takes a free place first, even if its task has not looked yet. */
static bool take(struct slot *slot)
{
	int running[KIND_COUNT] = { hall.running[KIND_CHECK], hall.running[KIND_MAKE] };

	LIST_FOR (node, &hall.waiting) {
		struct slot *other = CONTAINER_OF(node, struct slot, node);

		if (other == slot)
			break;
		running[other->kind] += has_room(other->kind, running);
	}
	if (!has_room(slot->kind, running))
		return false;
	list_remove(&slot->node);
	hall.waiting_count[slot->kind]--;
	hall.running[slot->kind]++;
	slot->held = true;
	return true;
}

static bool try_take(struct slot *slot)
{
	pthread_mutex_lock(&hall.lock);
	bool taken = take(slot);
	pthread_mutex_unlock(&hall.lock);
	return taken;
}

static void leave(void *arg)
{
	struct slot *slot = arg;

	pthread_mutex_lock(&hall.lock);
	list_remove(&slot->node);
	if (slot->held)
		hall.running[slot->kind]--;
	else
		hall.waiting_count[slot->kind]--;
	pthread_mutex_unlock(&hall.lock);
}

/* False: too many wait already, and no place is free. */
static bool join(struct slot *slot)
{
	pthread_mutex_lock(&hall.lock);
	list_push_back(&hall.waiting, &slot->node);
	bool full = hall.waiting_count[slot->kind]++ >= limits[slot->kind].waiting_max;
	bool in = take(slot) || !full;
	pthread_mutex_unlock(&hall.lock);
	return in;
}

static struct slot *take_slot(enum kind kind)
{
	struct slot *slot = ARENA_NEW(task_arena(), struct slot);

	slot->kind = kind;
	arena_on_reset(task_arena(), leave, slot);
	if (!join(slot)) {
		arena_unhook(task_arena(), leave, slot);
		leave(slot);
		fail_unavailable(limits[kind].waiting_max / PER_SECOND + 1, "too many passwords are being hashed");
	}
	while (!slot->held && !try_take(slot))
		task_sleep_us(POLL_US);
	return slot;
}

/* The slot hangs on the arena while the work runs: a task that is cancelled gives it back. */
static void run(struct work *work)
{
	struct slot *slot = take_slot(work->hash ? KIND_CHECK : KIND_MAKE);

	task_offload(compute, work);
	arena_unhook(task_arena(), leave, slot);
	leave(slot);
}

struct str password_hash(struct str password)
{
	struct work work = { .password = unicode_password(task_arena(), password) };

	run(&work);
	if (!work.ok)
		fail("no memory for a password hash");
	return str_dup(task_arena(), str_from(work.made));
}

const char password_nobody[] =
        "$argon2id$v=19$m=65536,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

bool password_check(struct str password, struct str hash)
{
	struct work work = {
		.password = unicode_password(task_arena(), password),
		.hash = str_is_null(hash) ? password_nobody : str_cstr(task_arena(), hash),
	};

	run(&work);
	/* Made before passwords were brought into one form. */
	if (!work.ok && !str_eq(work.password, password)) {
		work.password = password;
		run(&work);
	}
	return work.ok && !str_is_null(hash);
}
