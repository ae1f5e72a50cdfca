/* SPDX-License-Identifier: Apache-2.0 */
#include "db/test_stores.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/attr.h"

enum { PATH_MAX_HERE = 104, PATIENCE_S = 30, TICK_US = 5000 };

struct stores {
	int orders; /* our end of the socket pair */
	pid_t owner;
	char folder[64];
	char conninfo[PATH_MAX_HERE + 32];
	char redis_socket[PATH_MAX_HERE];
	char redis_url[PATH_MAX_HERE + 16];
};

/* What the server owner, the forked process, knows. */
struct servers {
	const char *folder;
	const struct passwd *postgres_user; /* NULL when we are not root */
	pid_t postgres, redis;
};

NORETURN PRINTF_LIKE(1, 2) static void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("test stores: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	abort();
}

static void become(const struct passwd *user)
{
	if (!user)
		return;
	if (setgroups(0, NULL) || setgid(user->pw_gid) || setuid(user->pw_uid))
		_exit(126);
}

/* Output goes to a log in the folder, so a failing start can be read while it lasts. */
static pid_t spawn(const struct servers *servers, const struct passwd *user, const char *const argv[])
{
	char log[PATH_MAX_HERE];
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	become(user);
	snprintf(log, sizeof(log), "%s/log", servers->folder);
	int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0644);
	if (fd >= 0) {
		dup2(fd, 1);
		dup2(fd, 2);
	}
	if (chdir(servers->folder))
		_exit(126);
	signal(SIGINT, SIG_DFL);
	execv(argv[0], (char *const *)argv);
	_exit(127);
}

static bool init_cluster(struct servers *servers)
{
	const char *argv[] = {
		PG_BINDIR "/initdb", "-N", "-D", "pg", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-locale",
		"--no-instructions", NULL
	};
	int status = -1;
	pid_t pid = spawn(servers, servers->postgres_user, argv);

	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

static bool start_postgres(struct servers *servers)
{
	const char *address = getenv("STORES_LISTEN");
	char listen[64];
	const char *argv[] = { PG_BINDIR "/postgres",
		               "-D",
		               "pg",
		               "-k",
		               servers->folder,
		               "-c",
		               listen,
		               "-c",
		               "fsync=off",
		               "-c",
		               "full_page_writes=off",
		               "-c",
		               "max_connections=200",
		               "-c",
		               "autovacuum=off",
		               "-c",
		               "shared_buffers=64MB",
		               "-c",
		               "unix_socket_permissions=0777",
		               NULL };

	snprintf(listen, sizeof(listen), "listen_addresses=%s", address ? address : "");
	servers->postgres = spawn(servers, servers->postgres_user, argv);
	return servers->postgres > 0;
}

static bool start_redis(struct servers *servers)
{
	const char *address = getenv("STORES_LISTEN");
	char socket[PATH_MAX_HERE];
	const char *argv[] = { REDIS_SERVER,
		               "--port",
		               address ? "6379" : "0",
		               "--bind",
		               address ? address : "127.0.0.1",
		               "--unixsocket",
		               socket,
		               "--save",
		               "",
		               "--appendonly",
		               "no",
		               NULL };

	snprintf(socket, sizeof(socket), "%s/redis.sock", servers->folder);
	unlink(socket);
	servers->redis = spawn(servers, NULL, argv);
	return servers->redis > 0;
}

static bool end_process(pid_t *pid, int how)
{
	if (*pid > 0) {
		kill(*pid, how);
		waitpid(*pid, NULL, 0);
	}
	*pid = 0;
	return true;
}

static bool obey(struct servers *servers, char order)
{
	switch (order) {
	case 'i':
		return init_cluster(servers);
	case 'p':
		return start_postgres(servers);
	case 'P':
		return end_process(&servers->postgres, SIGQUIT);
	case 'r':
		return start_redis(servers);
	case 'R':
		return end_process(&servers->redis, SIGKILL);
	default:
		return false;
	}
}

static int remove_entry(const char *path, const struct stat *info, int flag, struct FTW *ftw)
{
	(void)info, (void)flag, (void)ftw;
	return remove(path);
}

NORETURN static void keep(int orders, const char *folder, const struct passwd *postgres_user)
{
	struct servers servers = { .folder = folder, .postgres_user = postgres_user };
	char order;

	setsid();
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	while (read(orders, &order, 1) == 1) {
		char answer = obey(&servers, order) ? 'y' : 'n';
		if (write(orders, &answer, 1) != 1)
			break;
	}
	end_process(&servers.redis, SIGKILL);
	end_process(&servers.postgres, SIGQUIT);
	nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	_exit(0);
}

static void order(struct stores *stores, char what)
{
	char answer = 'n';

	if (write(stores->orders, &what, 1) != 1 || read(stores->orders, &answer, 1) != 1 || answer != 'y')
		die("order '%c' failed, see %s/log", what, stores->folder);
}

static bool postgres_answers(const struct stores *stores)
{
	return PQping(stores->conninfo) == PQPING_OK;
}

static bool redis_answers(const struct stores *stores)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char pong[8] = "";
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", stores->redis_socket);
	bool yes = fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
	           write(fd, "PING\r\n", 6) == 6 && read(fd, pong, 7) > 4 && memcmp(pong, "+PONG", 5) == 0;
	if (fd >= 0)
		close(fd);
	return yes;
}

static void wait_until(const struct stores *stores, bool (*answers)(const struct stores *), const char *name)
{
	for (int i = 0; i < PATIENCE_S * 1000000 / TICK_US; i++) {
		if (answers(stores))
			return;
		usleep(TICK_US);
	}
	die("%s does not answer, see %s/log", name, stores->folder);
}

void stores_revive(struct stores *stores, unsigned which)
{
	if (which & STORES_POSTGRES)
		order(stores, 'p');
	if (which & STORES_REDIS)
		order(stores, 'r');
	if (which & STORES_POSTGRES)
		wait_until(stores, postgres_answers, "PostgreSQL");
	if (which & STORES_REDIS)
		wait_until(stores, redis_answers, "Redis");
}

void stores_kill(struct stores *stores, unsigned which)
{
	if (which & STORES_POSTGRES)
		order(stores, 'P');
	if (which & STORES_REDIS)
		order(stores, 'R');
}

struct stores *stores_start(unsigned which)
{
	struct stores *stores = calloc(1, sizeof(*stores));
	const struct passwd *user = geteuid() == 0 ? getpwnam("postgres") : NULL;
	int pair[2];

	if (!stores || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		die("%s", strerror(errno));
	snprintf(stores->folder, sizeof(stores->folder), "/tmp/stoa-test-XXXXXX");
	if (!mkdtemp(stores->folder) || chmod(stores->folder, 0755))
		die("%s: %s", stores->folder, strerror(errno));
	if (user && chown(stores->folder, user->pw_uid, user->pw_gid))
		die("%s: %s", stores->folder, strerror(errno));
	snprintf(stores->conninfo, sizeof(stores->conninfo), "host=%s user=postgres dbname=postgres", stores->folder);
	snprintf(stores->redis_socket, sizeof(stores->redis_socket), "%s/redis.sock", stores->folder);
	snprintf(stores->redis_url, sizeof(stores->redis_url), "unix://%s/redis.sock", stores->folder);

	fflush(NULL);
	stores->owner = fork();
	if (stores->owner < 0)
		die("fork: %s", strerror(errno));
	if (stores->owner == 0) {
		close(pair[0]);
		keep(pair[1], stores->folder, user);
	}
	close(pair[1]);
	stores->orders = pair[0];
	if (which & STORES_POSTGRES)
		order(stores, 'i');
	stores_revive(stores, which);
	return stores;
}

void stores_stop(struct stores *stores)
{
	if (!stores)
		return;
	close(stores->orders);
	waitpid(stores->owner, NULL, 0);
	free(stores);
}

const char *stores_conninfo(const struct stores *stores)
{
	return stores->conninfo;
}

const char *stores_redis_url(const struct stores *stores)
{
	return stores->redis_url;
}

const char *stores_redis_socket(const struct stores *stores)
{
	return stores->redis_socket;
}

const char *stores_folder(const struct stores *stores)
{
	return stores->folder;
}
