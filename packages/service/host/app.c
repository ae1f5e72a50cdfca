/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From main to running loops. The first loop runs on the main thread and takes the signals; each further one has a
 * thread of its own. The port is taken before anything else is started, so a second process on the same one is told so
 * at once.
 */
#include "service/app.h"

#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <signal.h>
#include <sodium.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "service/internal.h"
#include "telemetry/log.h"

struct options {
	int64_t port; /* -1: not given */
	struct str services;
};

enum { EXIT_USAGE = 2, EXIT_GO_ON = -1 };

static int usage(const struct app_kind *kind, FILE *out)
{
	fprintf(out,
	        "usage: %s [--port=N] [--services=a,b]\n"
	        "\n"
	        "  --port=N        port to listen on (PORT, default %d)\n"
	        "  --services=a,b  host only these (default: all)\n"
	        "  --help, --version\n"
	        "\n"
	        "Everything else is set by environment variables: stoa config lists them.\n",
	        kind->name, kind->port);
	return out == stdout ? 0 : EXIT_USAGE;
}

static int parse_port(const char *text, int64_t *ret)
{
	if (!str_to_i64(str_from(text), ret) && *ret >= 0 && *ret <= 65535)
		return EXIT_GO_ON;
	fprintf(stderr, "--port: got '%s', takes a number from 0 to 65535\n", text);
	return EXIT_USAGE;
}

/* EXIT_GO_ON, or the exit code. */
static int parse_options(int argc, char **argv, const struct app_kind *kind, struct options *ret)
{
	static const struct option known[] = {
		{ "port", required_argument, NULL, 'p' },
		{ "services", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' },
		{ 0 },
	};
	int code = EXIT_GO_ON;

	*ret = (struct options){ .port = -1 };
	optind = 0; /* begin anew, for a process that calls app_main twice */
	while (code == EXIT_GO_ON) {
		int letter = getopt_long(argc, argv, "", known, NULL);

		if (letter == -1)
			return optind == argc ? EXIT_GO_ON : usage(kind, stderr);
		if (letter == 'p')
			code = parse_port(optarg, &ret->port);
		else if (letter == 's')
			ret->services = str_from(optarg);
		else if (letter == 'v')
			code = printf("%s %s\n", kind->name, STOA_VERSION) < 0;
		else
			code = usage(kind, letter == 'h' ? stdout : stderr);
	}
	return code;
}

/* With SO_REUSEPORT a second process of the same user would share the port without a word; a plain bind is told. */
static int probe_port(const struct process *process)
{
	struct sockaddr_storage address = { 0 };
	const char *host = process->config.host;
	int port = (int)process->config.port, error = 0, on = 1;
	socklen_t size = sizeof(struct sockaddr_in);

	if (process->host_count < 2 || port == 0)
		return 0;
	if (uv_ip4_addr(host, port, (struct sockaddr_in *)&address)) {
		if (uv_ip6_addr(host, port, (struct sockaddr_in6 *)&address))
			return 0;
		size = sizeof(struct sockaddr_in6);
	}
	int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return 0;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&address, size))
		error = -errno;
	close(fd);
	return error;
}

static int report_listening(const struct process *process, int error)
{
	const struct config *config = &process->config;

	if (error == -EADDRINUSE)
		fprintf(stderr, "%s: port %lld is in use; set PORT (or --port) to another one\n", process->kind->name,
		        (long long)config->port);
	else
		fprintf(stderr, "%s: cannot listen on STOA_HOST %s, PORT %lld: %s\n", process->kind->name, config->host,
		        (long long)config->port, strerror(-error));
	return 1;
}

static void on_unhandled(const char *task_name, const struct failure *failure)
{
	log_error("task %s ended: %.*s", task_name, STR_ARG(failure->detail));
}

static void *run_thread(void *arg)
{
	host_run(arg);
	return NULL;
}

/* The kernel delivers the process's signals to the main thread alone. */
static void start_thread(struct host *host)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	CHECK(pthread_create(&host->thread, NULL, run_thread, host) == 0);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static int run(struct process *process)
{
	int error = probe_port(process);

	for (int i = 0; i < process->host_count && !error; i++)
		error = host_open(&process->hosts[i]);
	if (error)
		return report_listening(process, error);
	host_watch_signals(&process->hosts[0]);
	log_info("listening on %s port %d, %d loops, release %s", process->config.host,
	         http_server_port(process->hosts[0].app.server), process->host_count, process->config.release);
	startup_begin(&process->hosts[0]);
	for (int i = 1; i < process->host_count; i++)
		start_thread(&process->hosts[i]);
	host_run(&process->hosts[0]);
	for (int i = 1; i < process->host_count; i++)
		pthread_join(process->hosts[i].thread, NULL);
	return atomic_load(&process->exit_code);
}

int app_main(int argc, char **argv, const struct app_kind *kind, const struct service *const *services)
{
	struct options options;
	struct config config;
	static struct process process;
	int code = parse_options(argc, argv, kind, &options);

	if (code != EXIT_GO_ON)
		return code;
	config_load(&config, kind->port);
	if (options.port >= 0)
		config.port = options.port;
	signal(SIGPIPE, SIG_IGN);
	CHECK(sodium_init() >= 0);
	log_init(kind->name, config.log_level, config.log_format);
	tasks_on_unhandled(on_unhandled);
	fault_arm(&config);
	code = process_init(&process, kind, services, &config, options.services);
	if (!code)
		code = run(&process);
	/* After a failure the loops that were opened never ran; the exit closes what they hold. */
	if (!code)
		process_done(&process);
	return code;
}
