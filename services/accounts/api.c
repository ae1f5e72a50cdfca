/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts/api.h"

SCHEMA_TABLE(register_account, REGISTER_ACCOUNT, "An account to be created")
SCHEMA_TABLE(login, LOGIN, "A login with e-mail address and password")
SCHEMA_TABLE(refresh, REFRESH, "The refresh token to be exchanged")
SCHEMA_TABLE(account_view, ACCOUNT_VIEW, "An account")
SCHEMA_TABLE(session_view, SESSION_VIEW, "An account and its tokens")
SCHEMA_TABLE(change_me, CHANGE_ME, "Changes of the own account; members that are left out stay as they are")

ACCOUNTS_PROBLEMS(PROBLEM_DEFINE)
