/* SPDX-License-Identifier: Apache-2.0 */
#include "commerce/commerce.h"

void commerce_seed(struct db *db, int64_t now_us)
{
}
