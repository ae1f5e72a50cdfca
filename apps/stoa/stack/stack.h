/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The private stack of one folder (.stoa): its files, its parts, its ports.
 *
 *     secrets.env   keys, made once, mode 0600
 *     stack.env     connections and ports of the stack; other commands connect by it
 *     processes     one line a process: name, pid, start in clock ticks, port
 *     up.lock       held by the running `stoa up`; the kernel releases it however that process ends
 *     postgres/     data of the cluster; as root it belongs to the user postgres
 *     run/          Unix sockets; in /tmp when the path here would be too long, or not accessible to the user postgres
 *     etc/ logs/    filled-in configuration, one log file a process
 *     mail/         mail that the processes send, one file a message
 */
#ifndef STOA_APPS_STOA_STACK_STACK_H
#define STOA_APPS_STOA_STACK_STACK_H

#include <pwd.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/attr.h"

enum { STACK_PATH_MAX = 1024, STACK_SOCKETS_MAX = 80, STACK_COPIES_MAX = 16 };

enum part {
	PART_POSTGRES,
	PART_REDIS,
	PART_PUBLIC_API,
	PART_ADMIN_API,
	PART_WORKER,
	PART_CRON,
	PART_GATEWAY,
	PART_COUNT
};

/* Of the parts that listen, and of the gateway's statistics. */
enum stack_port {
	PORT_PUBLIC,
	PORT_ADMIN,
	PORT_WORKER,
	PORT_CRON,
	PORT_GATEWAY,
	PORT_STATS,
	PORT_COUNT,
	PORT_NONE = PORT_COUNT
};

struct port_row {
	const char *variable;
	int fallback; /* of parts that are no app */
};
extern const struct port_row port_rows[PORT_COUNT];

struct app_kind;

struct part_row {
	const struct app_kind
	        *app;      /* a binary of ours beside the command line, of that name and port; NULL: another's */
	const char *name;  /* of one that is another's */
	const char *title; /* for people */
	enum stack_port port;
	int stop_signal;
	int stop_wave;    /* lower ones end first */
	int stop_grace_s; /* seconds until SIGKILL */
};
extern const struct part_row part_rows[PART_COUNT];

const char *part_name(int part);
int port_fallback(int port); /* where neither a variable nor an option says another */

struct stack {
	char dir[STACK_PATH_MAX / 2]; /* absolute */
	char bin[STACK_PATH_MAX / 2]; /* of the command line itself */
	char sockets[STACK_SOCKETS_MAX];
	char database_url[STACK_SOCKETS_MAX + 64];
	char redis_url[STACK_SOCKETS_MAX + 32];
	int ports[PORT_COUNT];
	int copies[PART_COUNT];
	bool gateway, redis;
	const struct passwd *postgres_user; /* NULL unless we are root */
};

/* DIR, or .stoa when NULL; creates nothing. -1 after a line on standard error. */
MUST_CHECK int stack_locate(struct stack *ret, const char *dir);
/* Creates the folders, with the owners and modes that their users need. */
MUST_CHECK int stack_make_folders(struct stack *stack);

/* dir/<format>, cut at STACK_PATH_MAX. */
struct path {
	char text[STACK_PATH_MAX];
};
struct path stack_path(const struct stack *stack, const char *format, ...) PRINTF_LIKE(2, 3);

/* The n-th copy of a part, from 0: "worker", "worker-2"; its port: 3002, 3012, 3022. */
struct part_name {
	char text[32];
};
struct part_name stack_name(enum part part, int copy);
int stack_port(const struct stack *stack, enum part part, int copy);

/* A program of ours: beside the command line or one folder up, as the build leaves them. */
struct path stack_program(const struct stack *stack, const char *name);

/* The lock. acquire: a descriptor to keep open, -1 when another process holds it. holder: the pid, 0 when it is free.
 */
MUST_CHECK int stack_lock_acquire(const struct stack *stack);
pid_t stack_lock_holder(const struct stack *stack);

#endif
