/* SPDX-License-Identifier: Apache-2.0 */
#include "configure.h"

#include <unistd.h>

#include "apps/stoa/files.h"
#include "base/buf.h"
#include "base/random.h"
#include "config/row.h"
#include "parts.h"
#include "ports.h"
#include "process.h"
#include "template.h"

enum { FILE_MAX = 64 * 1024, PORT_LAST = 65535, SECRET_BYTES = 32 };

/* For variables that only the command line reads; the package config reads the environment. */
static const char *environment_value(const char *variable)
{
	return config_environment(&(struct config_row){ .variable = variable });
}

int configure_ports(struct stack *stack, int64_t base)
{
	if (base > PORT_LAST - PORT_COUNT) {
		fprintf(stderr, "stoa: --port-base: takes 1 to %d\n", PORT_LAST - PORT_COUNT);
		return -1;
	}
	for (int port = 0; port < PORT_COUNT; port++) {
		const char *text = environment_value(port_rows[port].variable);
		int64_t value = base ? base + port : port_fallback(port);

		if (text && (str_to_i64(str_from(text), &value) < 0 || value < 1 || value > PORT_LAST)) {
			fprintf(stderr, "%s: got \"%.80s\", takes a whole number from 1 to %d\n",
			        port_rows[port].variable, text, PORT_LAST);
			return -1;
		}
		stack->ports[port] = (int)value;
	}
	return 0;
}

static int check_port(int port, const char *name, const char *variable)
{
	char command[64], taker[96] = "a process of another user";
	pid_t owner;

	if (!port_is_busy(port))
		return 0;
	owner = port_owner(port);
	if (owner) {
		process_command(owner, command, sizeof(command));
		snprintf(taker, sizeof(taker), "%s (pid %d)", command, (int)owner);
	}
	fprintf(stderr, "stoa: port %d for %s is taken by %s; set %s to use another\n", port, name, taker, variable);
	return 1;
}

int configure_check_ports(const struct stack *stack)
{
	int busy = 0;

	for (int part = 0; part < PART_COUNT; part++) {
		enum stack_port port = part_rows[part].port;

		if (port == PORT_NONE || (part == PART_GATEWAY && !stack->gateway))
			continue;
		for (int copy = 0; copy < stack->copies[part]; copy++)
			busy += check_port(stack_port(stack, (enum part)part, copy),
			                   stack_name((enum part)part, copy).text, port_rows[port].variable);
	}
	if (stack->gateway)
		busy += check_port(stack->ports[PORT_STATS], "gateway statistics", port_rows[PORT_STATS].variable);
	return busy;
}

static void append_secret(struct buf *buf, const char *name)
{
	unsigned char bytes[SECRET_BYTES];

	random_bytes(bytes, sizeof(bytes));
	buf_printf(buf, "%s='", name);
	for (size_t i = 0; i < sizeof(bytes); i++)
		buf_printf(buf, "%02x", bytes[i]);
	buf_str(buf, STR("'\n"));
	explicit_bzero(bytes, sizeof(bytes));
}

int configure_secrets(const struct stack *stack)
{
	static const char *const names[] = { "JWT_SECRET", "ADMIN_JWT_SECRET", "STOA_CURSOR_SECRET",
		                             "INTERNAL_API_KEY" };
	struct path path = stack_path(stack, "secrets.env");
	struct buf buf;
	int result;

	if (file_exists(path.text))
		return 0;
	buf_init(&buf, FILE_MAX);
	buf_str(&buf, STR("# Created once for this stack. These keys sign tokens: keep them secret.\n"));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		append_secret(&buf, names[i]);
	result = file_write(path.text, 0600, NULL, buf_view(&buf));
	buf_done(&buf);
	return result;
}

static void append_variable(struct buf *buf, const char *name, const char *value)
{
	setenv(name, value, 1);
	buf_printf(buf, "%s='%s'\n", name, value);
}

/* By default mail stays in the stack's folder and its links lead to the stack's gateway. */
static void append_mail(struct buf *buf, const struct stack *stack)
{
	const char *spool = environment_value("STOA_MAIL_SPOOL"), *url = environment_value("STOA_PUBLIC_URL");
	char own_url[64];

	snprintf(own_url, sizeof(own_url), "http://localhost:%d", stack->ports[PORT_GATEWAY]);
	append_variable(buf, "STOA_MAIL_SPOOL", spool ? spool : stack_path(stack, "mail").text);
	append_variable(buf, "STOA_PUBLIC_URL", url ? url : own_url);
}

int configure_environment(const struct stack *stack)
{
	struct buf buf;
	char number[16];
	int result;

	if (env_file_load(stack_path(stack, "secrets.env").text, false) < 0) {
		fprintf(stderr, "stoa: %s is not readable\n", stack_path(stack, "secrets.env").text);
		return -1;
	}
	buf_init(&buf, FILE_MAX);
	buf_str(&buf, STR("# The environment of the stack. `stoa up` overwrites this file.\n"));
	append_variable(&buf, "DATABASE_URL", stack->database_url);
	if (stack->redis) {
		append_variable(&buf, "REDIS_URL", stack->redis_url);
	} else {
		unsetenv("REDIS_URL");
		unsetenv("REDIS_HOST");
	}
	append_variable(&buf, "STOA_BUS", stack->redis ? "redis" : "postgres");
	append_mail(&buf, stack);
	for (int port = 0; port < PORT_COUNT; port++) {
		snprintf(number, sizeof(number), "%d", stack->ports[port]);
		append_variable(&buf, port_rows[port].variable, number);
	}
	result = file_write(stack_path(stack, "stack.env").text, 0600, NULL, buf_view(&buf));
	buf_done(&buf);
	return result;
}

static int write_template(const char *name, const char *path, const struct passwd *owner,
                          const struct template_value *values)
{
	struct buf buf;
	int result;

	buf_init(&buf, FILE_MAX);
	template_fill(&buf, template_find(name), values);
	result = buf.overflow ? -1 : file_write(path, 0600, owner, buf_view(&buf));
	buf_done(&buf);
	return result;
}

int configure_postgres(const struct stack *stack)
{
	return write_template("postgresql.conf", postgres_folder(stack, "data/postgresql.conf").text,
	                      stack->postgres_user,
	                      (const struct template_value[]){ { "SOCKETS", stack->sockets }, { NULL } });
}

int configure_redis(const struct stack *stack)
{
	return write_template("redis.conf", stack_path(stack, "etc/redis.conf").text, NULL,
	                      (const struct template_value[]){ { "SOCKETS", stack->sockets }, { NULL } });
}

static void append_servers(struct buf *buf, const struct stack *stack, enum part part)
{
	for (int copy = 0; copy < stack->copies[part]; copy++)
		buf_printf(buf, "%s\tserver %s 127.0.0.1:%d", copy ? "\n" : "", stack_name(part, copy).text,
		           stack_port(stack, part, copy));
	buf_char(buf, '\0');
}

int configure_gateway(const struct stack *stack, const char *host)
{
	struct buf public_servers, admin_servers;
	char gateway[16], statistics[16];
	int result;

	buf_init(&public_servers, FILE_MAX);
	buf_init(&admin_servers, FILE_MAX);
	append_servers(&public_servers, stack, PART_PUBLIC_API);
	append_servers(&admin_servers, stack, PART_ADMIN_API);
	snprintf(gateway, sizeof(gateway), "%d", stack->ports[PORT_GATEWAY]);
	snprintf(statistics, sizeof(statistics), "%d", stack->ports[PORT_STATS]);
	result = write_template("haproxy.cfg", stack_path(stack, "etc/haproxy.cfg").text, NULL,
	                        (const struct template_value[]){ { "SOCKETS", stack->sockets },
	                                                         { "HOST", host },
	                                                         { "GATEWAY_PORT", gateway },
	                                                         { "STATS_PORT", statistics },
	                                                         { "PUBLIC_SERVERS", public_servers.ptr },
	                                                         { "ADMIN_SERVERS", admin_servers.ptr },
	                                                         { NULL } });
	buf_done(&public_servers);
	buf_done(&admin_servers);
	return result;
}

void configure_connect(const char *dir)
{
	struct stack stack;

	if (environment_value("DATABASE_URL") || environment_value("DB_HOST") || stack_locate(&stack, dir) < 0)
		return;
	if (env_file_load(stack_path(&stack, "stack.env").text, false) == 0 &&
	    env_file_load(stack_path(&stack, "secrets.env").text, false) < 0)
		fprintf(stderr, "stoa: %s is not readable\n", stack_path(&stack, "secrets.env").text);
}
