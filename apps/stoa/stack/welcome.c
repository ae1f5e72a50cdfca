/* SPDX-License-Identifier: Apache-2.0 */
#include "welcome.h"

#include "apps/stoa/cli.h"
#include "apps/stoa/database.h"
#include "apps/stoa/sql/cli_sql.h"
#include "base/clock.h"

static const char address_line[] = "  %-18s http://127.0.0.1:%d%s\n";

/* E-mail addresses for the commands to try: the first customer, the first member of staff. */
struct logins {
	char customer[256], staff[256];
};

static void print_addresses(const struct stack *stack)
{
	if (stack->gateway) {
		printf(address_line, "Gateway", stack->ports[PORT_GATEWAY], "");
		printf(address_line, "  statistics", stack->ports[PORT_STATS], "/");
	}
	for (int part = 0; part < PART_COUNT; part++)
		for (int copy = 0; part_rows[part].app && copy < stack->copies[part]; copy++)
			printf(address_line, copy ? "" : part_rows[part].title,
			       stack_port(stack, (enum part)part, copy),
			       part == PART_PUBLIC_API || part == PART_ADMIN_API ? "/openapi.json" : "/ready");
	printf("  %-18s psql \"%s\"\n", "PostgreSQL", stack->database_url);
	if (stack->redis)
		printf("  %-18s redis-cli -s %s/redis.sock\n", "Redis", stack->sockets);
}

static void print_logins(struct db *db, void *arg)
{
	struct sql_cli_demo_login_list_rows rows = sql_cli_demo_login_list(db);
	struct logins *logins = arg;

	if (rows.count)
		printf("\nDemo accounts; each has the password stoa-demo-password\n");
	for (size_t i = 0; i < rows.count; i++) {
		const struct sql_cli_demo_login_list_row *row = &rows.rows[i];
		bool is_staff = str_eq(row->audience, STR("admin"));
		char *first = is_staff ? logins->staff : logins->customer;

		printf("  %-18.*s %.*s\n", STR_ARG(row->role), STR_ARG(row->email));
		if (!*first || str_eq(row->role, STR("customer")))
			snprintf(first, sizeof(logins->staff), "%.*s", STR_ARG(row->email));
	}
}

static void print_login_command(int port, const char *path, const char *email)
{
	if (*email)
		printf("  curl -s http://127.0.0.1:%d%s -H 'Content-Type: application/json' \\\n"
		       "    -d '{\"email\":\"%s\",\"password\":\"stoa-demo-password\"}' | jq\n",
		       port, path, email);
}

void welcome_print(const struct stack *stack, double seconds, bool seeded)
{
	int public_port = stack->ports[stack->gateway ? PORT_GATEWAY : PORT_PUBLIC];
	int admin_port = stack->ports[stack->gateway ? PORT_GATEWAY : PORT_ADMIN];
	struct logins logins = { 0 };

	printf("\nstoa is up after %.1f s; data and logs are in %s\n\n", seconds, stack->dir);
	print_addresses(stack);
	if (seeded && database_run(print_logins, &logins, 10 * US_PER_S) == EXIT_DONE) {
		printf("\nTry\n  curl -s 'http://127.0.0.1:%d/api/products?q=milk&limit=3' | jq\n", public_port);
		print_login_command(public_port, "/api/auth/login", logins.customer);
		print_login_command(admin_port, "/api/admin/auth/login", logins.staff);
	}
	printf("\nCtrl-C ends the stack. In another shell: `stoa status`, `stoa help`.\n");
	fflush(stdout);
}
