/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `stoa token`: an access token for an account that exists, signed with the configured key, to try an API without a
 * password. A user who can run it can read the key as well. It is refused in production all the same: an operator logs
 * in there, which leaves a session and a trail.
 */
#include "auth/token.h"
#include "accounts/accounts_sql.h"
#include "accounts/config.h"
#include "apps/stoa/args.h"
#include "apps/stoa/cli.h"
#include "apps/stoa/database.h"
#include "apps/stoa/stack/configure.h"
#include "base/clock.h"
#include "service/app.h"
#include "service/platform.h"
#include "task/task.h"

enum { SECRET_MIN = 32, CONNINFO_MAX = 2048 };
#define TIMEOUT_US (30 * US_PER_S)

struct token_request {
	const char *role, *email, *account;
	enum audience audience; /* of the role; AUDIENCE_NONE: none was given */
	struct permissions *permissions;
	struct config config;
	struct accounts_config accounts;
};

static const struct sql_account_row *find_account(struct db *db, const struct token_request *request)
{
	struct str email = str_lower(task_arena(), str_from(request->email));
	const struct sql_account_row *account = NULL;
	struct uuid id;

	if (request->account)
		return uuid_parse(str_from(request->account), &id) ? NULL : sql_account_find(db, .id = id);
	if (request->audience != AUDIENCE_ADMIN)
		account = sql_account_by_email(db, .audience = STR("public"), .email = email);
	if (!account && request->audience != AUDIENCE_PUBLIC)
		account = sql_account_by_email(db, .audience = STR("admin"), .email = email);
	return account;
}

static bool find_audience(struct token_request *request)
{
	const struct role *role = role_find(request->permissions, str_from(request->role));

	request->audience = role ? role->audience : AUDIENCE_NONE;
	return role != NULL;
}

static void print_token(const struct token_request *request, const struct sql_account_row *account)
{
	const struct role *role = role_find(request->permissions, account->role);
	int64_t now = clock_now_us();

	if (!role)
		fail("the role of that account, %.*s, is none of this release", STR_ARG(account->role));
	const char *secret = app_token_secret(&request->config, role->audience);
	struct actor actor = { .account_id = account->id,
		               .role = role,
		               .audience = role->audience,
		               .session_id = uuid_new_v7(now),
		               .expires_at = now + request->accounts.access_ttl };

	if (strlen(secret) < SECRET_MIN)
		fail("%s is not set", app_token_variable(role->audience));
	struct token_signer *signer = token_signer_new(role->audience, str_from(secret), request->permissions);
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

static int run_request(struct token_request *request)
{
	char conninfo[CONNINFO_MAX];

	if (request->role && !find_audience(request)) {
		fprintf(stderr, "stoa: %s: no such role; `stoa permissions` lists them\n", request->role);
		return EXIT_USAGE;
	}
	database_config(&request->config, conninfo, sizeof(conninfo));
	config_load_section(&accounts_config_section, &request->config, &request->accounts);
	if (strcmp(request->config.environment, "production") == 0) {
		fprintf(stderr, "stoa: token is refused in production (STOA_ENV); log in instead\n");
		return EXIT_FAILED;
	}
	return database_run(print_token_of_account, request, TIMEOUT_US);
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

	if (args_parse(argc, argv, rows, NULL, 0) < 0)
		return EXIT_USAGE;
	if (!request.email == !request.account) {
		fprintf(stderr, "stoa: token takes either --email E or --account ID; --role R chooses when the address "
		                "has two accounts\n");
		return EXIT_USAGE;
	}
	request.permissions = platform_permissions(services_all);
	int status = run_request(&request);

	permissions_free(request.permissions);
	return status;
}

const struct command command_token = {
	.name = "token",
	.options = OPTIONS({ "email", "E", "of the account with this e-mail address" },
	                   { "account", "ID", "of the account with this id" },
	                   { "role", "R", "which account, when the address has two" }),
	.help = "print an access token for an account; refused in production",
	.example = "stoa token --email ada@example.com",
	.run = run_token,
};
