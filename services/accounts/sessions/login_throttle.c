/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts/sessions/login_throttle.h"

#include "accounts/account.h"
#include "accounts/api.h"
#include "accounts/config.h"
#include "accounts/domain/lockout.h"
#include "accounts/permissions.h"
#include "accounts/sessions/login_throttle_sql.h"
#include "accounts/sessions/session.h"
#include "auth/password.h"
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

static void throttle_refuse_locked(struct request *req, const struct login_throttle_try *try)
{
	const struct accounts_config *config = service_config(req->app, accounts);
	struct sql_login_throttle_list_rows found =
	        sql_login_throttle_list(req->db, .subjects = try->subjects, .limits = try->limits);
	int64_t latest = 0;

	for (size_t i = 0; i < found.count; i++) {
		int64_t until = lockout_until(found.rows[i].tries.items, found.rows[i].tries.count, req->now_us,
		                              found.rows[i].most, config->lockout_window);

		latest = until > latest ? until : latest;
	}
	if (latest)
		refuse_for_now(req, &problem_account_locked, latest - req->now_us);
}

static bool throttle_take(struct request *req, const struct login_throttle_try *try)
{
	const struct accounts_config *config = service_config(req->app, accounts);
	struct tx *tx = tx_begin(req->db);
	struct sql_login_throttle_subject_rows rows =
	        sql_login_throttle_acquire(tx, .subjects = try->subjects, .now = try->taken_at,
	                                   .since = try->taken_at - config->lockout_window, .limits = try->limits);

	if (rows.count == try->subjects.count)
		tx_commit(tx);
	else
		tx_rollback(tx);
	return rows.count == try->subjects.count;
}

struct login_throttle_try login_throttle_acquire(struct request *req, enum login_throttle_kind kind, struct str email)
{
	struct str audience = audience_text(req), *subjects = ARENA_ARRAY(task_arena(), struct str, SUBJECTS);
	const struct accounts_config *config = service_config(req->app, accounts);
	int64_t *limits = ARENA_ARRAY(task_arena(), int64_t, SUBJECTS);
	struct login_throttle_try try = {
		.subjects = { subjects, SUBJECTS },
		.limits = { limits, SUBJECTS },
		.taken_at = req->now_us,
		.counted = config->lockout_failures > 0,
	};

	limits[NAME] = config->lockout_account;
	limits[ADDRESS] = config->lockout_failures;

	subjects[NAME] = throttle_subject(audience, kinds[kind], email);
	subjects[ADDRESS] = throttle_subject(audience, "address", http_request(req->exchange)->network);
	if (!try.counted)
		return try;
	throttle_refuse_locked(req, &try);
	if (throttle_take(req, &try))
		return try;
	throttle_refuse_locked(req, &try);
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

struct comparison {
	struct str password, hash;
	bool good;
};

static void password_compare(void *arg)
{
	struct comparison *comparison = arg;

	comparison->good = password_check(comparison->password, comparison->hash);
}

struct str password_check_throttled(struct request *req, struct str email, struct str password,
                                    struct login_throttle_try *ret_try)
{
	*ret_try = login_throttle_acquire(req, LOGIN_THROTTLE_PASSWORD, email);
	const struct sql_account_password_find_row *found =
	        sql_account_password_find(req->db, .audience = audience_text(req), .email = email);
	struct comparison comparison = { .password = password, .hash = found ? found->password_hash : STR_NULL };
	struct failure failure = task_attempt(password_compare, &comparison);

	if (failure.kind == FAILURE_UNAVAILABLE && ret_try->counted) {
		struct tx *tx = tx_collect(req->db);

		sql_login_throttle_return(tx, .subjects = ret_try->subjects, .taken_at = ret_try->taken_at);
		tx_commit(tx);
	}
	if (failure.kind)
		fail_again(&failure);
	return comparison.good ? comparison.hash : STR_NULL;
}

void login_throttle_unlock(struct tx *tx, struct str audience, struct str email)
{
	struct str items[] = { throttle_subject(audience, kinds[LOGIN_THROTTLE_CODE], email),
		               throttle_subject(audience, kinds[LOGIN_THROTTLE_PASSWORD], email) };

	sql_login_throttle_clear(tx, .subjects = { items, ARRAY_COUNT(items) });
}

/* Staff unlock a login after too many wrong tries. Client addresses stay locked: nobody knows whose they are. */
HANDLER(account_unlock, nothing, nothing)
{
	const struct sql_account_row *account = sql_account_get(req->db, .id = request_id(req, "id"));
	struct tx *tx = tx_collect(req->db);

	login_throttle_unlock(tx, account->audience, account->email);
	reply_commit_none(req, tx);
}

/* clang-format off */
static const struct route unlock_rows[] = {
	{ POST("/api/admin/accounts/{id}/unlock", account_unlock),
	  .doc = "Unlocks an account of either side: deletes its wrong tries.",
	  .needs = &permission_accounts_unlock },
};
/* clang-format on */

const struct routes unlock_routes = ROUTES(unlock_rows);
