/* SPDX-License-Identifier: Apache-2.0 */
/* refused: incompatible types when initializing type '_Bool' using type 'struct uuid' */
#include "service/audit.h"

void audit_of_account(struct db *db, struct sql_page page, struct uuid account);

void audit_of_account(struct db *db, struct sql_page page, struct uuid account)
{
	sql_audit_entries(db, .page = page, .actor = account);
}
