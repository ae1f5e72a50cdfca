/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts/credentials/credentials_api.h"

SCHEMA_TABLE(change_password, CHANGE_PASSWORD, "The current and the new password")
SCHEMA_TABLE(mail_wanted, MAIL_WANTED, "The e-mail address that requests a mail")
SCHEMA_TABLE(mail_promised, MAIL_PROMISED, "The mail is sent if an account has this address")
SCHEMA_TABLE(reset_password, RESET_PASSWORD, "A token from a mail, and the new password")
SCHEMA_TABLE(code_login, CODE_LOGIN, "A login with a mailed code")
SCHEMA_TABLE(token_back, TOKEN_BACK, "A token from a mail")
SCHEMA_TABLE(change_email, CHANGE_EMAIL, "The new e-mail address, and the current password")
