/* SPDX-License-Identifier: Apache-2.0 */
/* refused: 'struct sql_audit_entries_params' has no member named 'acter' */
#include "service/audit.h"

void audit_of_account(struct db *db, struct sql_page page, struct opt_uuid account);

void audit_of_account(struct db *db, struct sql_page page, struct opt_uuid account)
{
	sql_audit_entries(db, .page = page, .acter = account);
}
