/* SPDX-License-Identifier: Apache-2.0 */
#include "welcome.h"

static const char addresses[] = "  %-18s http://127.0.0.1:%d%s\n";

static void print_addresses(const struct stack *stack)
{
	if (stack->gateway) {
		printf(addresses, "Gateway", stack->ports[PORT_GATEWAY], "");
		printf(addresses, "  its statistics", stack->ports[PORT_STATS], "/");
	}
	for (int part = 0; part < PART_COUNT; part++)
		for (int copy = 0; part_rows[part].app && copy < stack->copies[part]; copy++)
			printf(addresses, copy ? "" : part_rows[part].title, stack_port(stack, (enum part)part, copy),
			       part == PART_PUBLIC_API || part == PART_ADMIN_API ? "/openapi.json" : "/ready");
	printf("  %-18s psql \"%s\"\n", "PostgreSQL", stack->database_url);
	if (stack->redis)
		printf("  %-18s redis-cli -s %s/redis.sock\n", "Redis", stack->sockets);
}

static void print_logins(void)
{
	printf("\nDemo accounts, all with the password stoa-demo-password\n"
	       "  %-18s anna.keller@example.com\n  %-18s admin@stoa.example\n",
	       "customer", "staff");
}

static void print_commands(int public_port, int admin_port)
{
	printf("\nTry\n"
	       "  curl -s 'http://127.0.0.1:%d/api/products?search=milk&limit=3' | jq\n"
	       "  curl -s http://127.0.0.1:%d/api/auth/login -H 'Content-Type: application/json' \\\n"
	       "    -d '{\"email\":\"anna.keller@example.com\",\"password\":\"stoa-demo-password\"}' | jq\n"
	       "  curl -s http://127.0.0.1:%d/api/admin/auth/login -H 'Content-Type: application/json' \\\n"
	       "    -d '{\"email\":\"admin@stoa.example\",\"password\":\"stoa-demo-password\"}' | jq\n",
	       public_port, public_port, admin_port);
}

void welcome_print(const struct stack *stack, double seconds, bool seeded)
{
	int public_port = stack->ports[stack->gateway ? PORT_GATEWAY : PORT_PUBLIC];
	int admin_port = stack->ports[stack->gateway ? PORT_GATEWAY : PORT_ADMIN];

	printf("\nstoa is up after %.1f s; data and logs in %s\n\n", seconds, stack->dir);
	print_addresses(stack);
	if (seeded) {
		print_logins();
		print_commands(public_port, admin_port);
	}
	printf("\nCtrl-C ends all of it; `stoa status` and `stoa help` from another shell.\n");
	fflush(stdout);
}
