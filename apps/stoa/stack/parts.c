/* SPDX-License-Identifier: Apache-2.0 */
#include "parts.h"

#include <signal.h>
#include <unistd.h>

#include "probe.h"
#include "process.h"

struct path postgres_folder(const struct stack *stack, const char *name)
{
	struct path link = stack_path(stack, "postgres"), path;
	ssize_t got = readlink(link.text, path.text, sizeof(path.text) - 1);

	if (got < 0)
		return stack_path(stack, "postgres/%s", name);
	path.text[got] = '\0';
	snprintf(path.text + got, sizeof(path.text) - (size_t)got, "/%s", name);
	return path;
}

struct path part_log(const struct stack *stack, enum part part, int copy)
{
	return stack_path(stack, "logs/%s.log", stack_name(part, copy).text);
}

static pid_t spawn_postgres(const struct stack *stack, int copy)
{
	struct path data = postgres_folder(stack, "data"), log = part_log(stack, PART_POSTGRES, copy);

	return process_spawn(&(struct process_start){
	        .argv = (const char *const[]){ PG_BINDIR "/postgres", "-D", data.text, NULL },
	        .log = log.text,
	        .folder = "/",
	        .user = stack->postgres_user,
	        .death_signal = SIGINT,
	});
}

static pid_t spawn_redis(const struct stack *stack, int copy)
{
	struct path config = stack_path(stack, "etc/redis.conf"), log = part_log(stack, PART_REDIS, copy);

	return process_spawn(&(struct process_start){
	        .argv = (const char *const[]){ "redis-server", config.text, NULL },
	        .log = log.text,
	        .death_signal = SIGTERM,
	});
}

static pid_t spawn_gateway(const struct stack *stack, int copy)
{
	struct path config = stack_path(stack, "etc/haproxy.cfg"), log = part_log(stack, PART_GATEWAY, copy);

	return process_spawn(&(struct process_start){
	        .argv = (const char *const[]){ HAPROXY, "-db", "-f", config.text, NULL },
	        .log = log.text,
	        .death_signal = SIGTERM,
	});
}

/* The other variables come from our own environment: configure_environment(). */
static pid_t spawn_app(const struct stack *stack, enum part part, int copy)
{
	struct path program = stack_program(stack, part_name(part)), log = part_log(stack, part, copy);
	char port[16];

	snprintf(port, sizeof(port), "%d", stack_port(stack, part, copy));
	return process_spawn(&(struct process_start){
	        .argv = (const char *const[]){ program.text, NULL },
	        .log = log.text,
	        .death_signal = SIGTERM,
	        .variables = (const struct process_variable[]){ { "PORT", port }, { NULL } },
	});
}

pid_t part_spawn(const struct stack *stack, enum part part, int copy)
{
	switch (part) {
	case PART_POSTGRES:
		return spawn_postgres(stack, copy);
	case PART_REDIS:
		return spawn_redis(stack, copy);
	case PART_GATEWAY:
		return spawn_gateway(stack, copy);
	default:
		return spawn_app(stack, part, copy);
	}
}

static struct path postgres_socket(const struct stack *stack)
{
	struct path path;

	snprintf(path.text, sizeof(path.text), "%s/.s.PGSQL.5432", stack->sockets);
	return path;
}

bool postgres_has_database(const struct stack *stack)
{
	return !probe_database_missing(postgres_socket(stack).text);
}

static bool postgres_ready(const struct stack *stack, char *why, size_t size)
{
	static const char *const words[] = { [POSTGRES_SILENT] = "does not answer",
		                             [POSTGRES_BUSY] = "accepts no sessions yet",
		                             [POSTGRES_READY] = "" };
	enum postgres_answer answer;
	answer = probe_postgres(postgres_socket(stack).text);
	snprintf(why, size, "%s", words[answer]);
	return answer == POSTGRES_READY;
}

static bool http_ready(int port, const char *path, char *why, size_t size)
{
	char body[2048];
	int status = probe_http(port, path, body, sizeof(body));
	const char *reason = strstr(body, "\"reason\":\"");

	if (status == 200)
		return true;
	if (status < 0)
		snprintf(why, size, "does not answer on port %d", port);
	else if (reason)
		snprintf(why, size, "%.*s", (int)strcspn(reason + 10, "\""), reason + 10);
	else
		snprintf(why, size, "answers %d", status);
	return false;
}

bool part_ready(const struct stack *stack, enum part part, int copy, char *why, size_t size)
{
	struct path path;

	why[0] = '\0';
	switch (part) {
	case PART_POSTGRES:
		return postgres_ready(stack, why, size);
	case PART_REDIS:
		snprintf(path.text, sizeof(path.text), "%s/redis.sock", stack->sockets);
		if (probe_redis(path.text))
			return true;
		snprintf(why, size, "does not answer");
		return false;
	default: /* the gateway: the answer of an API behind it */
		return http_ready(stack_port(stack, part, copy), "/ready", why, size);
	}
}

static pid_t spawn_setup(const struct stack *stack, const char *const *argv, const struct passwd *user)
{
	struct path log = stack_path(stack, "logs/setup.log");

	return process_spawn(&(struct process_start){
	        .argv = argv, .log = log.text, .folder = user ? "/" : NULL, .user = user, .death_signal = SIGTERM });
}

/* In another folder first: an interrupted initdb leaves nothing that looks like a cluster. Access is by the permissions
 * of the sockets' folder, so PostgreSQL trusts each connection. */
pid_t setup_spawn_initdb(const struct stack *stack)
{
	struct path data = postgres_folder(stack, "unfinished");

	return spawn_setup(stack,
	                   (const char *const[]){ PG_BINDIR "/initdb", "-D", data.text, "-U", "stoa", "-A", "trust",
	                                          "-E", "UTF8", "--locale=C.UTF-8", "--data-checksums",
	                                          "--no-instructions", NULL },
	                   stack->postgres_user);
}

pid_t setup_spawn_createdb(const struct stack *stack)
{
	return spawn_setup(stack,
	                   (const char *const[]){ PG_BINDIR "/createdb", "-h", stack->sockets, "-U", "stoa",
	                                          "--maintenance-db=postgres", "stoa", NULL },
	                   stack->postgres_user);
}

pid_t setup_spawn_stoa(const struct stack *stack, const char *command)
{
	return spawn_setup(stack, (const char *const[]){ "/proc/self/exe", command, NULL }, NULL);
}
