/* SPDX-License-Identifier: Apache-2.0 */
/* What accounts knows of a person, told and forgotten. Mail that has left the spool is the mail program's. */
#include "accounts/people/person.h"

#include "accounts/account.h"
#include "accounts/people/accounts_person_sql.h"
#include "accounts/people/people_sql.h"
#include "accounts/permissions.h"
#include "accounts/sessions/login_throttle.h"
#include "accounts/sessions/tokens_sql.h"
#include "auth/password.h"

static void tell(struct db *db, const struct person *person, person_row_fn *row, void *arg)
{
	struct sql_accounts_person_rows found = sql_accounts_person(db, .id = person->id, .email = person->email);

	for (size_t i = 0; i < found.count; i++)
		row(arg, found.rows[i].table, found.rows[i].data);
}

static struct str under_way(struct db *db, const struct person *person)
{
	const struct sql_account_row *account = sql_account_find(db, .id = person->id);
	bool root = account && !account->disabled && str_eq(account->role, str_from(role_super_admin.name));

	return root ? STR("the account is a super_admin's; disable it first") : STR_NULL;
}

static bool shut_out(struct tx *tx, const struct person *person, int64_t now_us)
{
	const struct sql_account_row *account = sql_account_disable(tx, .id = person->id, .now = now_us);

	if (!account)
		return false;
	account_emit_changed(tx, account);
	sql_refresh_account_revoke(tx, .account_id = person->id, .life_us = person->token_life_us, .now = now_us);
	return true;
}

static void erase(struct tx *tx, const struct person *person, int64_t now_us)
{
	const struct sql_account_row *account = sql_accounts_person_erase(
	        tx, .id = person->id, .password_hash = str_from(password_nobody), .now = now_us);

	if (account) {
		account_emit_changed(tx, account);
		login_throttle_unlock(tx, account->audience, person->email);
	}
	sql_refresh_account_revoke(tx, .account_id = person->id, .life_us = person->token_life_us, .now = now_us);
	sql_accounts_person_identities_erase(tx, .id = person->id);
	sql_accounts_person_secrets_erase(tx, .id = person->id, .email = person->email);
	sql_accounts_person_mail_erase(tx, .email = person->email);
}

const struct person_data accounts_person = {
	.tell = tell, .under_way = under_way, .shut_out = shut_out, .erase = erase
};
