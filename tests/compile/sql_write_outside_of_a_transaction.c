/* SPDX-License-Identifier: Apache-2.0 */
/* refused: from incompatible pointer type */
#include "service/audit.h"

void audit_link(struct db *db);

void audit_link(struct db *db)
{
	sql_audit_chain_lock(db);
}
