/* SPDX-License-Identifier: Apache-2.0 */
#include "apps/stoa/cli.h"
#include "base/check.h"

/* clang-format off */
/* X(name): the row command_name, in name.c. In the order in which `stoa help` lists them. */
#define COMMANDS(X) \
	X(up)           \
	X(down)         \
	X(status)       \
	X(run)          \
	X(migrate)      \
	X(seed)         \
	X(events)       \
	X(consumers)    \
	X(dead)         \
	X(audit)        \
	X(mail)         \
	X(person)       \
	X(token)        \
	X(config)       \
	X(permissions)  \
	X(openapi)      \
	X(doctor)       \
	X(completion)   \
	X(man)          \
	X(version)      \
	X(help)
/* clang-format on */

#define DECLARE(name) extern const struct command command_##name;
COMMANDS(DECLARE)

#define POINTER(name) &command_##name,
const struct command *const commands[] = { COMMANDS(POINTER) };
const size_t command_count = ARRAY_COUNT(commands);

const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < command_count; i++)
		if (strcmp(name, commands[i]->name) == 0)
			return commands[i];
	return NULL;
}
