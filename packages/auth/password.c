/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/password.h"

#include <sodium.h>
#include <stdatomic.h>
#include <string.h>

#include "base/check.h"
#include "task/task.h"

enum { RUNNING_MAX = 2, POLL_US = 2000, WAITING_MAX = 64 };

/* Counters shared by all threads of the process: each hash takes 64 MiB and tens of milliseconds of a core. */
static atomic_int running;
static atomic_int waiting;

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

static bool take_slot(void)
{
	if (atomic_fetch_add(&running, 1) < RUNNING_MAX)
		return true;
	atomic_fetch_sub(&running, 1);
	return false;
}

static void release_slot(void *arg)
{
	atomic_fetch_sub(&running, 1);
}

static void stop_waiting(void *arg)
{
	atomic_fetch_sub(&waiting, 1);
}

static void wait_for_slot(void)
{
	if (take_slot())
		return;
	if (atomic_fetch_add(&waiting, 1) >= WAITING_MAX) {
		atomic_fetch_sub(&waiting, 1);
		fail_unavailable(1, "too many passwords are being checked");
	}
	arena_on_reset(task_arena(), stop_waiting, NULL);
	while (!take_slot())
		task_sleep_us(POLL_US);
	arena_unhook(task_arena(), stop_waiting, NULL);
	stop_waiting(NULL);
}

/* The slot hangs on the arena while the work runs: a task that is cancelled gives it back. */
static void run(struct work *work)
{
	wait_for_slot();
	arena_on_reset(task_arena(), release_slot, NULL);
	task_offload(compute, work);
	arena_unhook(task_arena(), release_slot, NULL);
	release_slot(NULL);
}

struct str password_hash(struct str password)
{
	struct work work = { .password = password };

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
		.password = password,
		.hash = str_is_null(hash) ? password_nobody : str_cstr(task_arena(), hash),
	};

	run(&work);
	return work.ok && !str_is_null(hash);
}
