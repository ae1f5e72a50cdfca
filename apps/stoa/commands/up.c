/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `stoa up`: the whole stack on one machine. It checks configuration, programs and ports before it starts any process.
 * Each child ends when this process ends, in whatever way (process.h). Ending never touches data.
 */
#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "apps/stoa/args.h"
#include "apps/stoa/cli.h"
#include "apps/stoa/files.h"
#include "apps/stoa/stack/configure.h"
#include "apps/stoa/stack/orphans.h"
#include "apps/stoa/stack/parts.h"
#include "apps/stoa/stack/supervisor.h"
#include "apps/stoa/stack/welcome.h"
#include "base/check.h"
#include "base/clock.h"
#include "config/config.h"
#include "service/platform.h"

#define READY_TIMEOUT_US (120 * US_PER_S)

struct up_options {
	const char *dir, *bus, *scale;
	bool no_seed, no_gateway, watch;
	int64_t port_base;
};

static int set_copies(struct stack *stack, struct str item)
{
	struct str count = item, name = str_cut(&count, '=');
	int64_t copies;

	for (int part = 0; part < PART_COUNT; part++) {
		if (!part_rows[part].app || !str_eq(str_from(part_name(part)), name))
			continue;
		if (str_is_null(count) || str_to_i64(count, &copies) < 0 || copies < 0 || copies > STACK_COPIES_MAX)
			break;
		stack->copies[part] = (int)copies;
		return 0;
	}
	fprintf(stderr,
	        "stoa: --scale: got \"%.*s\", takes public-api, admin-api, worker or cron with 0 to %d copies, for "
	        "example "
	        "worker=2\n",
	        STR_ARG(item), STACK_COPIES_MAX);
	return -1;
}

static int stack_from_options(struct stack *stack, const struct up_options *options)
{
	struct str rest = str_from(options->scale);

	if (stack_locate(stack, options->dir))
		return -1;
	while (!str_is_null(rest))
		if (set_copies(stack, str_cut(&rest, ',')))
			return -1;
	stack->gateway = !options->no_gateway;
	return configure_ports(stack, options->port_base);
}

/* Not a failure: what was asked for is already so. */
static int print_already_running(const struct stack *stack)
{
	printf("stoa is already running from %s (pid %d); `stoa status` shows it, `stoa down` ends it\n", stack->dir,
	       (int)stack_lock_holder(stack));
	return EXIT_DONE;
}

static int write_pid(const struct stack *stack)
{
	char text[16];

	snprintf(text, sizeof(text), "%d\n", (int)getpid());
	return file_write(stack_path(stack, "up.pid").text, 0600, NULL, str_from(text));
}

/* Keeps the log of the last run. */
static void rotate_logs(const struct stack *stack)
{
	for (int part = 0; part < PART_COUNT; part++) {
		for (int copy = 0; copy < stack->copies[part]; copy++) {
			struct path log = part_log(stack, (enum part)part, copy), old;

			snprintf(old.text, sizeof(old.text), "%.*s.1", (int)sizeof(old.text) - 3, log.text);
			rename(log.text, old.text);
		}
	}
	unlink(stack_path(stack, "logs/setup.log").text);
}

static int make_cluster(struct supervisor *supervisor, const struct stack *stack)
{
	struct path data = postgres_folder(stack, "data"), unfinished = postgres_folder(stack, "unfinished");

	if (file_exists(data.text))
		return 0;
	folder_remove(unfinished.text);
	printf("stoa: creating a PostgreSQL cluster in %s\n", data.text);
	if (!supervisor_wait_setup(supervisor, "initdb", setup_spawn_initdb(stack)))
		return -1;
	if (rename(unfinished.text, data.text)) {
		fprintf(stderr, "stoa: %s: %s\n", data.text, strerror(errno));
		return -1;
	}
	return 0;
}

static bool start_stores(struct supervisor *supervisor, const struct stack *stack)
{
	if (stack->redis)
		supervisor_start(supervisor, PART_REDIS, 0);
	if (make_cluster(supervisor, stack) || configure_postgres(stack))
		return false;
	supervisor_start(supervisor, PART_POSTGRES, 0);
	if (!supervisor_wait_ready(supervisor, READY_TIMEOUT_US))
		return false;
	return postgres_has_database(stack) ||
	       supervisor_wait_setup(supervisor, "createdb", setup_spawn_createdb(stack));
}

static void start_apps(struct supervisor *supervisor, const struct stack *stack)
{
	for (int part = 0; part < PART_COUNT; part++)
		for (int copy = 0; part_rows[part].app && copy < stack->copies[part]; copy++)
			supervisor_start(supervisor, (enum part)part, copy);
}

static bool start_all(struct supervisor *supervisor, const struct stack *stack, bool seed)
{
	if (!start_stores(supervisor, stack) ||
	    !supervisor_wait_setup(supervisor, "stoa migrate", setup_spawn_stoa(stack, "migrate")))
		return false;
	start_apps(supervisor, stack);
	if (seed && !supervisor_wait_setup(supervisor, "stoa seed", setup_spawn_stoa(stack, "seed")))
		return false;
	if (!supervisor_wait_ready(supervisor, READY_TIMEOUT_US))
		return false;
	if (stack->gateway)
		supervisor_start(supervisor, PART_GATEWAY, 0);
	return supervisor_wait_ready(supervisor, READY_TIMEOUT_US);
}

/* Checks everything that can be refused, before any process runs. */
static int prepare_stack(struct stack *stack, const char *bus, struct config *config)
{
	char error[512];

	if (bus)
		setenv("STOA_BUS", bus, 1);
	if (config_read(config, port_fallback(PORT_PUBLIC), error, sizeof(error)) ||
	    platform_configs(services_all, config, NULL, error, sizeof(error))) {
		fprintf(stderr, "%s\n", error);
		return -1;
	}
	stack->redis = strcmp(config->bus, "redis") == 0;
	for (int part = 0; part < PART_COUNT; part++) {
		struct path program = stack_program(stack, part_name(part));

		if (part_rows[part].app && stack->copies[part] && !file_is_program(program.text)) {
			fprintf(stderr, "stoa: %s does not exist; `make build` builds it\n", program.text);
			return -1;
		}
	}
	if (orphans_end(stack) || configure_check_ports(stack) > 0 || configure_secrets(stack) ||
	    configure_environment(stack))
		return -1;
	if (stack->redis && configure_redis(stack))
		return -1;
	return stack->gateway ? configure_gateway(stack, config->host) : 0;
}

static int run_stack(const struct stack *stack, const struct up_options *options, const struct config *config)
{
	int64_t began = clock_mono_us();
	struct supervisor supervisor;
	bool ready;

	rotate_logs(stack);
	supervisor_init(&supervisor, stack);
	supervisor.watch = options->watch;
	supervisor.drain_grace_us = config->drain_grace;
	ready = start_all(&supervisor, stack, !options->no_seed);
	if (ready) {
		welcome_print(stack, (double)(clock_mono_us() - began) / US_PER_S, !options->no_seed);
		supervisor_stay(&supervisor);
	}
	printf("\nstoa: ending all processes\n");
	supervisor_end(&supervisor);
	printf("stoa: ended; data is kept in %s\n", stack->dir);
	return ready && !supervisor.broken ? EXIT_DONE : supervisor.end_requests ? EXIT_DONE : EXIT_FAILED;
}

static int run_up(int argc, char **argv)
{
	struct up_options options = { 0 };
	const struct arg rows[] = {
		{ "dir", ARG_TEXT, .text = &options.dir },
		{ "bus", ARG_TEXT, .text = &options.bus },
		{ "scale", ARG_TEXT, .text = &options.scale },
		{ "no-seed", ARG_FLAG, .flag = &options.no_seed },
		{ "no-gateway", ARG_FLAG, .flag = &options.no_gateway },
		{ "watch", ARG_FLAG, .flag = &options.watch },
		{ "port-base", ARG_NUMBER, .number = &options.port_base },
		{ NULL },
	};
	struct config config;
	struct stack stack;
	int lock, status;

	if (args_parse(argc, argv, rows, NULL, 0) < 0 || stack_from_options(&stack, &options))
		return EXIT_USAGE;
	if (stack_make_folders(&stack))
		return EXIT_FAILED;
	lock = stack_lock_acquire(&stack);
	if (lock < 0)
		return print_already_running(&stack);
	status = write_pid(&stack) || prepare_stack(&stack, options.bus, &config)
	                 ? EXIT_FAILED
	                 : run_stack(&stack, &options, &config);
	unlink(stack_path(&stack, "up.pid").text);
	/* Sockets outside of the stack's folder: this process has made that folder, so it removes it. */
	if (strncmp(stack.sockets, stack.dir, strlen(stack.dir)) != 0)
		folder_remove(stack.sockets);
	close(lock);
	return status;
}

const struct command command_up = {
	.name = "up",
	.options =
	        OPTIONS(OPTION_DIR, { "no-seed", NULL, "without demo data" }, { "no-gateway", NULL, "without HAProxy" },
	                { "bus", "BUS", "redis, or postgres: without Redis" },
	                { "scale", "APP=N", "so many copies of an app, several with commas" },
	                { "port-base", "N", "use the ports from N on" },
	                { "watch", NULL, "restart the apps when their programs change" }),
	.help = "start the whole stack on this machine and supervise it until Ctrl-C; data is kept in .stoa",
	.example = "stoa up --scale worker=2,public-api=2",
	.run = run_up,
};
