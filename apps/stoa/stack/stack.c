/* SPDX-License-Identifier: Apache-2.0 */
#include "stack.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apps/stoa/files.h"
#include "base/hash.h"
#include "process.h"
#include "service/app.h"

const struct port_row port_rows[PORT_COUNT] = {
	[PORT_PUBLIC] = { "PUBLIC_PORT" },         [PORT_ADMIN] = { "ADMIN_PORT" },
	[PORT_WORKER] = { "WORKER_PORT" },         [PORT_CRON] = { "CRON_PORT" },
	[PORT_GATEWAY] = { "GATEWAY_PORT", 8080 }, [PORT_STATS] = { "GATEWAY_STATS_PORT", 8404 },
};

/* SIGINT makes PostgreSQL end its sessions and stop; SIGUSR1 makes HAProxy finish its connections and stop. */
const struct part_row part_rows[PART_COUNT] = {
	[PART_POSTGRES] = { NULL, "postgres", "PostgreSQL", PORT_NONE, SIGINT, 2, 30 },
	[PART_REDIS] = { NULL, "redis", "Redis", PORT_NONE, SIGTERM, 2, 5 },
	[PART_PUBLIC_API] = { &app_public_api, NULL, "Public API", PORT_PUBLIC, SIGTERM, 1, 12 },
	[PART_ADMIN_API] = { &app_admin_api, NULL, "Admin API", PORT_ADMIN, SIGTERM, 1, 12 },
	[PART_WORKER] = { &app_worker, NULL, "Worker", PORT_WORKER, SIGTERM, 1, 12 },
	[PART_CRON] = { &app_cron, NULL, "Cron", PORT_CRON, SIGTERM, 1, 12 },
	[PART_GATEWAY] = { NULL, "gateway", "Gateway", PORT_GATEWAY, SIGUSR1, 0, 3 },
};

const char *part_name(int part)
{
	return part_rows[part].app ? part_rows[part].app->name : part_rows[part].name;
}

int port_fallback(int port)
{
	for (int part = 0; part < PART_COUNT; part++)
		if (part_rows[part].app && (int)part_rows[part].port == port)
			return part_rows[part].app->port;
	return port_rows[port].fallback;
}

struct path stack_path(const struct stack *stack, const char *format, ...)
{
	struct path path;
	va_list args;
	int used = snprintf(path.text, sizeof(path.text), "%s/", stack->dir);

	va_start(args, format);
	vsnprintf(path.text + used, sizeof(path.text) - (size_t)used, format, args);
	va_end(args);
	return path;
}

struct part_name stack_name(enum part part, int copy)
{
	struct part_name name;

	if (copy == 0)
		snprintf(name.text, sizeof(name.text), "%s", part_name(part));
	else
		snprintf(name.text, sizeof(name.text), "%s-%d", part_name(part), copy + 1);
	return name;
}

int stack_port(const struct stack *stack, enum part part, int copy)
{
	enum stack_port port = part_rows[part].port;

	return port == PORT_NONE ? 0 : stack->ports[port] + copy * 10;
}

struct path stack_program(const struct stack *stack, const char *name)
{
	struct path path;

	snprintf(path.text, sizeof(path.text), "%s/%s", stack->bin, name);
	if (file_is_program(path.text))
		return path;
	snprintf(path.text, sizeof(path.text), "%s/../%s", stack->bin, name);
	return path;
}

static int locate_programs(struct stack *stack)
{
	char path[STACK_PATH_MAX];
	ssize_t got = readlink("/proc/self/exe", path, sizeof(path) - 1);
	char *slash;

	if (got < 0)
		return path_print_error("/proc/self/exe", strerror(errno));
	path[got] = '\0';
	slash = strrchr(path, '/');
	if (!slash || (size_t)(slash - path) >= sizeof(stack->bin))
		return path_print_error(path, "the path is too long");
	snprintf(stack->bin, sizeof(stack->bin), "%.*s", (int)(slash - path), path);
	return 0;
}

/* Connection strings and configuration files carry this path between quotes. */
static int check_characters(const char *path)
{
	for (const char *c = path; *c; c++)
		if ((unsigned char)*c < ' ' || strchr("'\"\\%", *c))
			return path_print_error(
			        path, "the path may not contain quotes, backslashes, percent signs or control "
			              "characters");
	return 0;
}

int stack_locate(struct stack *ret, const char *dir)
{
	struct stack stack = { .gateway = true, .redis = true };
	char here[STACK_PATH_MAX];
	int length;

	if (!dir)
		dir = ".stoa";
	if (!getcwd(here, sizeof(here)))
		return path_print_error(".", strerror(errno));
	length = dir[0] == '/' ? snprintf(stack.dir, sizeof(stack.dir), "%s", dir)
	                       : snprintf(stack.dir, sizeof(stack.dir), "%s/%s", here, dir);
	if (length < 0 || (size_t)length >= sizeof(stack.dir))
		return path_print_error(dir, "the folder's path is too long");
	if (check_characters(stack.dir) || locate_programs(&stack))
		return -1;
	stack.postgres_user = geteuid() == 0 ? getpwnam("postgres") : NULL;
	if (geteuid() == 0 && !stack.postgres_user)
		return path_print_error("postgres", "no such user; PostgreSQL does not run as root (is it installed?)");
	for (int part = 0; part < PART_COUNT; part++)
		stack.copies[part] = 1;
	for (int port = 0; port < PORT_COUNT; port++)
		stack.ports[port] = port_fallback(port);
	*ret = stack;
	return 0;
}

/* As root: whether the user postgres can enter the folder. */
static bool postgres_reaches(const struct stack *stack, const char *path)
{
	int status = -1;
	pid_t pid;

	if (!stack->postgres_user)
		return true;
	pid = fork();
	if (pid == 0) {
		process_become(stack->postgres_user);
		_exit(access(path, X_OK) ? 1 : 0);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

static uint64_t hash_of_path(const char *text)
{
	static const uint8_t key[16] = "stoa stack names";

	return hash_keyed(key, text, strlen(text));
}

/* postgres/ lies in DIR unless its user cannot enter DIR (a clone below /root): then DIR/postgres is a link to a folder
 * that it can enter. */
static int make_postgres_folder(struct stack *stack, bool reachable)
{
	struct path link = stack_path(stack, "postgres"), target;

	if (reachable)
		return folder_make(link.text, 0700, stack->postgres_user);
	snprintf(target.text, sizeof(target.text), "/var/lib/stoa/%016llx",
	         (unsigned long long)hash_of_path(stack->dir));
	if (folder_make("/var/lib/stoa", 0755, NULL) || folder_make(target.text, 0700, stack->postgres_user))
		return -1;
	if (symlink(target.text, link.text) && errno != EEXIST)
		return path_print_error(link.text, strerror(errno));
	return 0;
}

/* The longest name below is ".s.PGSQL.5432.lock"; the address of a Unix socket holds 107 bytes. */
static int make_sockets_folder(struct stack *stack, bool reachable)
{
	struct path path = stack_path(stack, "run");

	if (!reachable || strlen(path.text) >= sizeof(stack->sockets) - 1)
		snprintf(path.text, sizeof(path.text), "/tmp/stoa-%016llx",
		         (unsigned long long)hash_of_path(stack->dir));
	snprintf(stack->sockets, sizeof(stack->sockets), "%.*s", STACK_SOCKETS_MAX - 1, path.text);
	snprintf(stack->database_url, sizeof(stack->database_url), "host='%s' user=stoa dbname=stoa", stack->sockets);
	snprintf(stack->redis_url, sizeof(stack->redis_url), "unix://%s/redis.sock", stack->sockets);
	return folder_make(stack->sockets, 0700, stack->postgres_user);
}

int stack_make_folders(struct stack *stack)
{
	/* Other users may pass through it only where the user postgres has to. */
	if (folder_make(stack->dir, stack->postgres_user ? 0711 : 0700, NULL))
		return -1;

	bool reachable = postgres_reaches(stack, stack->dir);

	if (make_postgres_folder(stack, reachable) || make_sockets_folder(stack, reachable))
		return -1;
	return folder_make(stack_path(stack, "logs").text, 0700, NULL) ||
	                       folder_make(stack_path(stack, "etc").text, 0700, NULL)
	               ? -1
	               : 0;
}

static struct flock lock_of_whole_file(void)
{
	return (struct flock){ .l_type = F_WRLCK, .l_whence = SEEK_SET };
}

int stack_lock_acquire(const struct stack *stack)
{
	struct flock lock = lock_of_whole_file();
	int fd = open(stack_path(stack, "up.lock").text, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd >= 0 && fcntl(fd, F_SETLK, &lock) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

pid_t stack_lock_holder(const struct stack *stack)
{
	struct flock lock = lock_of_whole_file();
	int fd = open(stack_path(stack, "up.lock").text, O_RDWR | O_CLOEXEC);
	pid_t pid = 0;

	if (fd < 0)
		return 0;
	if (fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK)
		pid = lock.l_pid;
	close(fd);
	return pid;
}
