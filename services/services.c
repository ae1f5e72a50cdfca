/* SPDX-License-Identifier: Apache-2.0 */
/* All services there are. Lower rows may listen to events of upper ones; none calls another. */
#include "accounts/accounts.h"
#include "commerce/commerce.h"
#include "ops/ops.h"

const struct service *const services_all[] = { &accounts_service, &commerce_service, &ops_service, NULL };
