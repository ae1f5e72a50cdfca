/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts/api.h"

SCHEMA_TABLE(register_account, REGISTER_ACCOUNT, "Who wants an account")
SCHEMA_TABLE(login, LOGIN, "Who wants in")
SCHEMA_TABLE(refresh, REFRESH, "The token to be exchanged")
SCHEMA_TABLE(account_view, ACCOUNT_VIEW, "An account")
SCHEMA_TABLE(session_view, SESSION_VIEW, "An account and its tokens")
SCHEMA_TABLE(change_me, CHANGE_ME, "What to change; what is left out stays")

ACCOUNTS_PROBLEMS(PROBLEM_DEFINE)
const struct problem *const accounts_problems[] = { ACCOUNTS_PROBLEMS(PROBLEM_POINTER) NULL };
