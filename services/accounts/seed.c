/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts/accounts.h"

void accounts_seed(struct db *db, int64_t now_us)
{
}
