/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts/sessions/login_throttle.h"

#include "accounts/account.h"
#include "accounts/api.h"
#include "accounts/config.h"
#include "accounts/domain/lockout.h"
#include "accounts/sessions/login_throttle_sql.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/encode.h"
#include "service/app.h"
#include "service/refuse.h"

enum { NAME, ADDRESS, SUBJECTS };

static const char *const kinds[] = { [LOGIN_THROTTLE_PASSWORD] = "password", [LOGIN_THROTTLE_CODE] = "code" };

static struct str throttle_subject(struct str audience, const char *kind, struct str who)
{
	struct str text = str_printf(task_arena(), "%.*s %s %.*s", STR_ARG(audience), kind, STR_ARG(who));

	return base64url_encode(task_arena(), secret_hash(task_arena(), text));
}

static struct str_list throttle_subjects_of(struct request *req, enum login_throttle_kind kind, struct str email)
{
	struct str *items = ARENA_ARRAY(task_arena(), struct str, SUBJECTS);
	char *network = arena_alloc(task_arena(), LOCKOUT_NETWORK_MAX);
	struct str audience = audience_text(req);

	items[NAME] = throttle_subject(audience, kinds[kind], email);
	items[ADDRESS] =
	        throttle_subject(audience, "address", lockout_network(http_request(req->exchange)->client, network));
	return (struct str_list){ items, SUBJECTS };
}

static int64_t throttle_locked_until(struct request *req, struct str_list subjects)
{
	const struct accounts_config *config = service_config(req->app, accounts);
	struct sql_login_throttle_list_rows rows = sql_login_throttle_list(req->db, .subjects = subjects);
	int64_t latest = 0;

	for (size_t i = 0; i < rows.count; i++) {
		int64_t until = lockout_until(rows.rows[i].tries.items, rows.rows[i].tries.count, req->now_us,
		                              config->lockout_failures, config->lockout_window);

		latest = until > latest ? until : latest;
	}
	return latest;
}

static void throttle_refuse_locked(struct request *req, struct str_list subjects)
{
	int64_t until = throttle_locked_until(req, subjects);

	if (until)
		refuse_for_now(req, &problem_account_locked, until - req->now_us);
}

static bool throttle_take(struct request *req, const struct login_throttle_try *try)
{
	const struct accounts_config *config = service_config(req->app, accounts);
	struct tx *tx = tx_begin(req->db);
	struct sql_login_throttle_subject_rows rows = sql_login_throttle_acquire(
	        tx, .subjects = try->subjects, .now = try->taken_at, .since = try->taken_at - config->lockout_window,
	        .max = config->lockout_failures);

	if (rows.count == try->subjects.count)
		tx_commit(tx);
	else
		tx_rollback(tx);
	return rows.count == try->subjects.count;
}

struct login_throttle_try login_throttle_acquire(struct request *req, enum login_throttle_kind kind, struct str email)
{
	struct login_throttle_try try = {
		.subjects = throttle_subjects_of(req, kind, email),
		.taken_at = req->now_us,
		.counted = service_config(req->app, accounts)->lockout_failures > 0,
	};

	if (!try.counted)
		return try;
	throttle_refuse_locked(req, try.subjects);
	if (throttle_take(req, &try))
		return try;
	throttle_refuse_locked(req, try.subjects);
	fail_conflict("another request took the last try and returned it");
}

void login_throttle_passed(struct tx *tx, const struct login_throttle_try *try)
{
	const struct str_list name = { &try->subjects.items[NAME], 1 }, address = { &try->subjects.items[ADDRESS], 1 };

	if (!try->counted)
		return;
	sql_login_throttle_clear(tx, .subjects = name);
	sql_login_throttle_return(tx, .subjects = address, .taken_at = try->taken_at);
}

void login_throttle_return(struct request *req, const struct login_throttle_try *try)
{
	if (!try->counted)
		return;
	struct tx *tx = tx_collect(req->db);

	sql_login_throttle_return(tx, .subjects = try->subjects, .taken_at = try->taken_at);
	tx_commit(tx);
}

void login_throttle_unlock(struct tx *tx, struct str audience, struct str email)
{
	struct str items[] = { throttle_subject(audience, kinds[LOGIN_THROTTLE_CODE], email),
		               throttle_subject(audience, kinds[LOGIN_THROTTLE_PASSWORD], email) };

	sql_login_throttle_clear(tx, .subjects = { items, ARRAY_COUNT(items) });
}
