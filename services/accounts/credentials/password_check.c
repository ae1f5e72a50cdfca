/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts/credentials/password_check.h"

#include "accounts/account.h"
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

struct str password_check_throttled(struct request *req, const struct login_throttle_try *try, struct str email,
                                    struct str password)
{
	const struct sql_account_password_find_row *found =
	        sql_account_password_find(req->db, .audience = audience_text(req), .email = email);
	struct comparison comparison = { .password = password, .hash = found ? found->password_hash : STR_NULL };
	struct failure failure = task_attempt(password_compare, &comparison);

	if (failure.kind == FAILURE_UNAVAILABLE)
		login_throttle_return(req, try);
	if (failure.kind)
		fail_again(&failure);
	return comparison.good ? comparison.hash : STR_NULL;
}
