/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A crash at a chosen place, for the tests that kill processes. Hooks like relay_options.on_step take no argument, so
 * what is armed is one of the few globals: set before any thread starts, counted down atomically afterwards.
 */
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "service/internal.h"

static struct {
	struct str step;
	atomic_llong passings_left;
} armed;

void fault_arm(const struct config *config)
{
	struct str rest = str_from(config->fault);
	int64_t nth = 1;

	if (!rest.len || !str_eq(str_from(config->environment), STR("test")))
		return;
	armed.step = str_cut(&rest, ':');
	if (!str_is_null(rest) && str_to_i64(rest, &nth))
		nth = 1;
	armed.passings_left = nth;
}

void fault_point(const char *area, const char *step)
{
	struct str armed_step = armed.step, armed_area;

	if (!armed.step.len)
		return;
	armed_area = str_cut(&armed_step, '.');
	if (!str_eq(armed_area, str_from(area)) || !str_eq(armed_step, str_from(step)))
		return;
	if (atomic_fetch_sub(&armed.passings_left, 1) == 1)
		kill(getpid(), SIGKILL);
}
