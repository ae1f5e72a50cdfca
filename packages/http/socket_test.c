/* SPDX-License-Identifier: Apache-2.0 */
#include "http/test_main.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "http/socket.h"

static void test_tcp(void **state)
{
	int fd = socket_bind_tcp("127.0.0.1", 0, false);

	assert_true(fd >= 0);
	assert_in_range(socket_port(fd), 1, 65535);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(socket_bind_tcp("127.0.0.1", socket_port(fd), false), -EADDRINUSE);
	close(fd);
}

static void test_port_shared(void **state)
{
	int one = socket_bind_tcp("127.0.0.1", 0, true);
	int two;

	assert_true(one >= 0 && listen(one, 1) == 0);
	two = socket_bind_tcp("127.0.0.1", socket_port(one), true);
	assert_true(two >= 0 && listen(two, 1) == 0);
	close(one);
	close(two);
}

static void test_bad_addresses(void **state)
{
	assert_true(socket_bind_tcp("300.1.1.1", 0, false) < 0);
	assert_int_equal(socket_bind_tcp("127.0.0.1", 65536, false), -EINVAL);
	assert_int_equal(socket_bind_tcp("127.0.0.1", -1, false), -EINVAL);
}

static void test_unix(void **state)
{
	char folder[] = "/tmp/http-socket-XXXXXX";
	char path[64];
	char long_path[200];
	int fd;

	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/s", folder);
	fd = socket_bind_unix(path);
	assert_true(fd >= 0);
	assert_int_equal(socket_port(fd), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(socket_bind_unix(path), -EADDRINUSE);
	close(fd);
	/* Its owner is gone, the file is not. */
	fd = socket_bind_unix(path);
	assert_true(fd >= 0);
	close(fd);
	unlink(path);
	rmdir(folder);
	memset(long_path, 'p', sizeof(long_path));
	long_path[sizeof(long_path) - 1] = '\0';
	assert_int_equal(socket_bind_unix(long_path), -ENAMETOOLONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tcp),
		cmocka_unit_test(test_port_shared),
		cmocka_unit_test(test_bad_addresses),
		cmocka_unit_test(test_unix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
