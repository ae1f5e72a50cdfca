/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `stoa token`: an access token for an account that exists, signed with the configured key, to try an API without a
 * password. A user who can run it can read the key as well. It is refused in production all the same: an operator logs
 * in there, which leaves a session and a trail.
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

struct token_request {
	const char *role, *email, *account;
	struct config config;
	bool done;
};

static const struct sql_account_row *find_account(struct db *db, const struct token_request *request)
{
	struct str email = str_lower(task_arena(), str_from(request->email));
	const struct sql_account_row *account = NULL;
	struct uuid id;

	if (request->account)
		return uuid_parse(str_from(request->account), &id) ? NULL : sql_account_find(db, .id = id);
	if (!request->role || role_audience(role_find(str_from(request->role))) == AUDIENCE_PUBLIC)
		account = sql_account_by_email(db, .audience = STR("public"), .email = email);
	if (!account && (!request->role || role_audience(role_find(str_from(request->role))) == AUDIENCE_ADMIN))
		account = sql_account_by_email(db, .audience = STR("admin"), .email = email);
	return account;
}

static void print_token(const struct token_request *request, const struct sql_account_row *account)
{
	enum role role = role_find(account->role);
	enum audience audience = role_audience(role);
	const char *secret = audience == AUDIENCE_ADMIN ? request->config.admin_jwt_secret : request->config.jwt_secret;
	int64_t now = clock_now_us();
	struct actor actor = { .account_id = account->id,
		               .role = role,
		               .audience = audience,
		               .session_id = uuid_new_v7(now),
		               .expires_at = now + request->config.access_ttl };

	if (strlen(secret) < SECRET_MIN)
		fail("%s is not set", audience == AUDIENCE_ADMIN ? "ADMIN_JWT_SECRET" : "JWT_SECRET");
	struct token_signer *signer = token_signer_new(audience, str_from(secret));
	struct str token = token_sign(signer, task_arena(), &actor, now);

	printf("%.*s\n", STR_ARG(token));
	token_signer_free(signer);
}

static void print_token_of_account(struct db *db, void *arg)
{
	struct token_request *request = arg;
	const struct sql_account_row *account = find_account(db, request);

	if (!account)
		fail("no such account");
	if (request->role && !str_eq(str_from(request->role), account->role))
		fail("the role of that account is %.*s, not %s", STR_ARG(account->role), request->role);
	if (account->disabled_at.set)
		fail("that account is disabled");
	print_token(request, account);
}

static int run_token(int argc, char **argv)
{
	struct token_request request = { 0 };
	const struct arg rows[] = {
		{ "role", ARG_TEXT, .text = &request.role },
		{ "email", ARG_TEXT, .text = &request.email },
		{ "account", ARG_TEXT, .text = &request.account },
		{ NULL },
	};
	char conninfo[CONNINFO_MAX];

	if (args_parse(argc, argv, rows, NULL, 0) < 0)
		return EXIT_USAGE;
	if (!request.email == !request.account) {
		fprintf(stderr, "stoa: token takes either --email E or --account ID; --role R chooses when the address "
		                "has two accounts\n");
		return EXIT_USAGE;
	}
	if (request.role && role_find(str_from(request.role)) == ROLE_NONE) {
		fprintf(stderr, "stoa: %s: no such role; `stoa permissions` lists them\n", request.role);
		return EXIT_USAGE;
	}
	database_config(&request.config, conninfo, sizeof(conninfo));
	if (strcmp(request.config.environment, "production") == 0) {
		fprintf(stderr, "stoa: token is refused in production (STOA_ENV); log in instead\n");
		return EXIT_FAILED;
	}
	return database_run(print_token_of_account, &request, TIMEOUT_US);
}

const struct command command_token = {
	.name = "token",
	.arguments = "--email E | --account ID [--role R]",
	.help = "print an access token for an account; refused in production",
	.run = run_token,
};
