/* SPDX-License-Identifier: Apache-2.0 */
#include "service/test_peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"
#include "service/probe.h"

enum { PATIENCE_MS = 60000 };

static const struct service *const services[] = { &probe_service, NULL };

static bool file_has(const char *path, const char *text, char *ret_line, size_t size)
{
	char line[4096];
	bool found = false;
	FILE *file = fopen(path, "r");

	CHECK(file);
	while (!found && fgets(line, sizeof(line), file))
		found = strstr(line, text) != NULL;
	fclose(file);
	if (found && ret_line)
		snprintf(ret_line, size, "%s", line);
	return found;
}

bool peer_logged(const struct peer *peer, const char *text)
{
	return file_has(peer->log, text, NULL, 0);
}

static NORETURN void become_app(const struct app_kind *kind, const char *const *variables, const char *arg,
                                const char *log)
{
	char name[] = "app", port[] = "--port=0", extra[256];
	char *argv[] = { name, port, NULL, NULL };
	int fd = open(log, O_WRONLY | O_APPEND | O_CLOEXEC);

	prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that failed stops nobody */
	CHECK(fd >= 0);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	for (; *variables; variables++) {
		char variable[1024];
		char *value;

		snprintf(variable, sizeof(variable), "%s", *variables);
		value = strchr(variable, '=');
		CHECK(value);
		*value = '\0';
		setenv(variable, value + 1, 1);
	}
	snprintf(extra, sizeof(extra), "%s", arg ? arg : "");
	if (arg)
		argv[2] = extra;
	exit(app_main(arg ? 3 : 2, argv, kind, services));
}

struct peer peer_start(const struct app_kind *kind, const char *const *variables, const char *arg)
{
	struct peer peer = { .log = "/tmp/stoa-app-XXXXXX" };
	char line[4096];
	int fd = mkstemp(peer.log), waited = 0;

	CHECK(fd >= 0);
	close(fd);
	fflush(NULL);
	peer.pid = fork();
	CHECK(peer.pid >= 0);
	if (peer.pid == 0)
		become_app(kind, variables, arg, peer.log);
	while (!file_has(peer.log, "listening on", line, sizeof(line))) {
		CHECK(waited++ < PATIENCE_MS && waitpid(peer.pid, NULL, WNOHANG) == 0);
		usleep(1000);
	}
	const char *port = strstr(line, " port ");
	CHECK(port);
	peer.port = (int)strtol(port + 6, NULL, 10);
	return peer;
}

void peer_wait_ready(const struct peer *peer)
{
	for (int waited = 0; ask(peer, "GET", "/ready", "", NULL)->status != 200; waited++) {
		CHECK(waited < PATIENCE_MS / 10);
		usleep(10000);
	}
}

int peer_stop(struct peer *peer, int signal)
{
	int status = 0;

	if (signal)
		kill(peer->pid, signal);
	CHECK(waitpid(peer->pid, &status, 0) == peer->pid);
	if (getenv("STOA_TEST_SHOW_LOG")) {
		char line[4096];
		FILE *file = fopen(peer->log, "r");

		while (file && fgets(line, sizeof(line), file))
			fputs(line, stderr);
		if (file)
			fclose(file);
	}
	unlink(peer->log);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* ---- Client ---------------------------------------------------------------------------------------------------- */

int client_connect(int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	struct timeval patience = { .tv_sec = PATIENCE_MS / 1000 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	CHECK(fd >= 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	CHECK(connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
	return fd;
}

void client_send(int fd, const char *method, const char *path, const char *headers, const char *body)
{
	static char text[256 * 1024];
	int len = snprintf(text, sizeof(text), "%s %s HTTP/1.1\r\nHost: test\r\n%s", method, path, headers);

	if (body)
		len += snprintf(text + len, sizeof(text) - (size_t)len, "Content-Length: %zu\r\n\r\n%s", strlen(body),
		                body);
	else
		len += snprintf(text + len, sizeof(text) - (size_t)len, "\r\n");
	CHECK((size_t)len < sizeof(text));
	CHECK(send(fd, text, (size_t)len, MSG_NOSIGNAL) == len);
}

static size_t content_length(const struct answer *answer)
{
	const char *value = answer_header(answer, "Content-Length");

	return value ? strtoul(value, NULL, 10) : 0;
}

void client_read(int fd, struct answer *ret)
{
	size_t len = 0, want;
	char *end;

	*ret->head = *ret->body = '\0';
	ret->status = 0;
	do {
		ssize_t got = recv(fd, ret->head + len, 1, 0);

		if (got <= 0)
			return;
		len += (size_t)got;
		CHECK(len < sizeof(ret->head));
		ret->head[len] = '\0';
		end = strstr(ret->head, "\r\n\r\n");
	} while (!end);
	ret->status = (int)strtol(ret->head + strlen("HTTP/1.1 "), NULL, 10);
	want = ret->status == 204 || ret->status == 304 ? 0 : content_length(ret);
	CHECK(want < ANSWER_MAX);
	for (len = 0; len < want;) {
		ssize_t got = recv(fd, ret->body + len, want - len, 0);

		CHECK(got > 0);
		len += (size_t)got;
	}
	ret->body[len] = '\0';
}

const struct answer *ask(const struct peer *peer, const char *method, const char *path, const char *headers,
                         const char *body)
{
	static struct answer answer;
	int fd = client_connect(peer->port);

	client_send(fd, method, path, headers, body);
	client_read(fd, &answer);
	close(fd);
	return &answer;
}

const char *answer_header(const struct answer *answer, const char *name)
{
	static char value[4096];
	size_t name_len = strlen(name);

	for (const char *line = strstr(answer->head, "\r\n"); line; line = strstr(line + 2, "\r\n"))
		if (!strncasecmp(line + 2, name, name_len) && line[2 + name_len] == ':') {
			snprintf(value, sizeof(value), "%.*s", (int)strcspn(line + 4 + name_len, "\r"),
			         line + 4 + name_len);
			return value;
		}
	return NULL;
}
