/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts/credentials/password_check.h"

#include "accounts/domain/password_rules.h"
#include "auth/password.h"

void password_require_fit(const char *pointer, struct str password, struct str email, struct str name)
{
	struct field_error error = { str_from(pointer), password_refusal_text(password_judge(password, email, name)) };

	if (!str_is_null(error.detail))
		refuse_fields(&problem_invalid_body, &error, 1);
}

struct comparison {
	struct str password, hash;
	bool good;
};

static void password_compare(void *arg)
{
	struct comparison *comparison = arg;

	comparison->good = password_check(comparison->password, comparison->hash);
}

bool password_check_throttled(struct request *req, const struct login_throttle_try *try, struct str password,
                              struct str hash)
{
	struct comparison comparison = { .password = password, .hash = hash };
	struct failure failure = task_attempt(password_compare, &comparison);

	if (failure.kind == FAILURE_UNAVAILABLE)
		login_throttle_return(req, try);
	if (failure.kind)
		fail_again(&failure);
	return comparison.good;
}
