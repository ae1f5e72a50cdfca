/* SPDX-License-Identifier: Apache-2.0 */
/* A name with two addresses, of which the first says nothing at all. It needs a network and an /etc/hosts of its own,
 * and is skipped where the kernel gives none. */
#include "db/test_stage.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "db/internal.h"

enum { SKIPPED = 77, PORT = 5432 };

#define DEAD  "127.0.0.1" /* getaddrinfo(3) prefers it: it is the source address for both */
#define ALIVE "127.0.0.2"

static bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	bool done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return done;
}

/* Who may not make namespaces as they are makes a user namespace first, in which they stay who they are. */
static bool unshare_all(void)
{
	char map[2][64];

	if (unshare(CLONE_NEWNS | CLONE_NEWNET) == 0)
		return true;
	snprintf(map[0], sizeof(map[0]), "%u %u 1", getuid(), getuid());
	snprintf(map[1], sizeof(map[1]), "%u %u 1", getgid(), getgid());
	return unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET) == 0 && write_file("/proc/self/uid_map", map[0]) &&
	       write_file("/proc/self/setgroups", "deny") && write_file("/proc/self/gid_map", map[1]);
}

static bool make_hosts(void)
{
	char path[] = "/tmp/stoa-hosts-XXXXXX";
	int fd = mkstemp(path);
	bool made = fd >= 0 && write_file(path, DEAD " two.test\n" ALIVE " two.test\n") && fchmod(fd, 0644) == 0 &&
	            mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	            mount(path, "/etc/hosts", NULL, MS_BIND, NULL) == 0;

	if (fd >= 0)
		close(fd);
	unlink(path);
	return made;
}

static bool start_loopback(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool up = fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &request) == 0;

	if (fd >= 0)
		close(fd);
	return up;
}

/* The kernel drops what comes when nobody accepts: to the client it is a network that loses everything. */
static void fill_dead_address(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	inet_pton(AF_INET, DEAD, &address.sin_addr);
	assert_return_code(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_return_code(listen(listener, 0), 0);
	for (int i = 0; i < 3; i++)
		(void)!connect(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), (struct sockaddr *)&address,
		               sizeof(address));
}

static void write_in_tx(struct stage *stage, int64_t n)
{
	struct tx *tx = tx_begin(stage->db);

	insert(tx, &item_insert, n);
	tx_commit(tx);
}

static void sleep_three(struct stage *stage, int64_t n)
{
	size_t count;

	(void)n;
	sql_read(stage->db, &sleep_read, &(struct sleep_params){ .seconds = 3 }, &count);
}

/* What has found the way once shows it to those who come later: a session, and the breaker's probe. */
static void test_the_address_that_answers_is_kept(void **state)
{
	struct db_options options = { .conninfo = "host=two.test user=postgres dbname=postgres",
		                      .application_name = "test",
		                      .modules = stage_modules };
	struct stage stage = { .loop = loop_new() };

	(void)state;
	stage.db = db_open(stage.loop, &options);
	spawn(&stage, wait_connected, 0, 60 * US_PER_S);
	run_all(&stage);
	spawn(&stage, write_in_tx, 5000, 5 * US_PER_S);
	run_all(&stage);
	assert_int_equal(stage.ends.none, 2);
	breaker_done(&CONTAINER_OF(stage.db, struct core, db)->breaker); /* as after a while without need of it */
	spawn(&stage, sleep_three, 0, 20 * US_PER_S);
	run_all(&stage);
	assert_int_equal(stage.ends.none, 3);
	db_close(stage.db);
	loop_run(stage.loop);
	loop_free(stage.loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_the_address_that_answers_is_kept) };

	if (!unshare_all() || !make_hosts() || !start_loopback()) {
		perror("skipped: no namespaces");
		return SKIPPED;
	}
	setenv("STORES_LISTEN", ALIVE, 1);
	fill_dead_address();
	return cmocka_run_group_tests(tests, stage_start, stage_stop);
}
