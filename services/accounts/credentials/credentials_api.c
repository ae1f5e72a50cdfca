/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts/credentials/credentials_api.h"

SCHEMA_TABLE(change_password, CHANGE_PASSWORD, "The old password and the new")
SCHEMA_TABLE(mail_wanted, MAIL_WANTED, "Who wants a mail")
SCHEMA_TABLE(mail_promised, MAIL_PROMISED, "What was asked for is on its way, if an account has that address")
SCHEMA_TABLE(reset_password, RESET_PASSWORD, "Proof of the address, and the new password")
SCHEMA_TABLE(code_login, CODE_LOGIN, "Who wants in with a code")
SCHEMA_TABLE(token_back, TOKEN_BACK, "A token that came by mail")
SCHEMA_TABLE(change_email, CHANGE_EMAIL, "The address to move to")
