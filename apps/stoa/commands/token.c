/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `stoa token`: an access token for an account that exists, signed with the configured key: to try an API without a
 * password at hand. Whoever can run it has the key anyway; production refuses all the same, so that nobody makes a
 * habit of it.
 */
#include "auth/token.h"
#include "accounts/accounts_sql.h"
#include "apps/stoa/args.h"
#include "apps/stoa/cli.h"
#include "apps/stoa/database.h"
#include "apps/stoa/stack/configure.h"
#include "base/clock.h"
#include "task/task.h"

enum { SECRET_MIN = 32, CONNINFO_MAX = 2048 };
#define TIMEOUT_US (30 * US_PER_S)

struct wanted {
	const char *role, *email, *account;
	struct config config;
	bool done;
};

static const struct sql_account_row *find_account(struct db *db, const struct wanted *wanted)
{
	struct str email = str_lower(task_arena(), str_from(wanted->email));
	const struct sql_account_row *account = NULL;
	struct uuid id;

	if (wanted->account)
		return uuid_parse(str_from(wanted->account), &id) ? NULL : sql_account_find(db, .id = id);
	if (!wanted->role || role_audience(role_find(str_from(wanted->role))) == AUDIENCE_PUBLIC)
		account = sql_account_by_email(db, .audience = STR("public"), .email = email);
	if (!account && (!wanted->role || role_audience(role_find(str_from(wanted->role))) == AUDIENCE_ADMIN))
		account = sql_account_by_email(db, .audience = STR("admin"), .email = email);
	return account;
}

static void print_token(const struct wanted *wanted, const struct sql_account_row *account)
{
	enum role role = role_find(account->role);
	enum audience audience = role_audience(role);
	const char *secret = audience == AUDIENCE_ADMIN ? wanted->config.admin_jwt_secret : wanted->config.jwt_secret;
	int64_t now = clock_now_us();
	struct actor actor = { .account_id = account->id,
		               .role = role,
		               .audience = audience,
		               .session_id = uuid_new_v7(now),
		               .expires_at = now + wanted->config.access_ttl };

	if (strlen(secret) < SECRET_MIN)
		fail("%s is not set", audience == AUDIENCE_ADMIN ? "ADMIN_JWT_SECRET" : "JWT_SECRET");
	struct token_signer *signer = token_signer_new(audience, str_from(secret));
	struct str token = token_sign(signer, task_arena(), &actor, now);

	printf("%.*s\n", STR_ARG(token));
	token_signer_free(signer);
}

static void make_token(struct db *db, void *arg)
{
	struct wanted *wanted = arg;
	const struct sql_account_row *account = find_account(db, wanted);

	if (!account)
		fail("there is no such account");
	if (wanted->role && !str_eq(str_from(wanted->role), account->role))
		fail("that account is %.*s, not %s", STR_ARG(account->role), wanted->role);
	if (account->disabled_at.set)
		fail("that account is disabled");
	print_token(wanted, account);
}

static int run_token(int argc, char **argv)
{
	struct wanted wanted = { 0 };
	const struct arg rows[] = {
		{ "role", ARG_TEXT, .text = &wanted.role },
		{ "email", ARG_TEXT, .text = &wanted.email },
		{ "account", ARG_TEXT, .text = &wanted.account },
		{ NULL },
	};
	char conninfo[CONNINFO_MAX];

	if (args_parse(argc, argv, rows, NULL, 0) < 0)
		return EXIT_USAGE;
	if (!wanted.email == !wanted.account) {
		fprintf(stderr,
		        "stoa: token takes --email E or --account ID, and --role R when an address has two accounts\n");
		return EXIT_USAGE;
	}
	if (wanted.role && role_find(str_from(wanted.role)) == ROLE_NONE) {
		fprintf(stderr, "stoa: %s: no such role; `stoa permissions` lists them\n", wanted.role);
		return EXIT_USAGE;
	}
	database_config(&wanted.config, conninfo, sizeof(conninfo));
	if (strcmp(wanted.config.environment, "production") == 0) {
		fprintf(stderr, "stoa: token is not for production (STOA_ENV): log in instead\n");
		return EXIT_FAILED;
	}
	return database_run(make_token, &wanted, TIMEOUT_US);
}

const struct command command_token = {
	.name = "token",
	.arguments = "--email E | --account ID [--role R]",
	.help = "sign an access token (not in production)",
	.run = run_token,
};
