/* SPDX-License-Identifier: Apache-2.0 */
/* How often who may try what, besides an audience's general limit. */
#ifndef STOA_ACCOUNTS_RATE_RULES_H
#define STOA_ACCOUNTS_RATE_RULES_H

#include "auth/rate_limit.h"

extern const struct rate_rule login_rate_rule;    /* per address and per account: passwords, codes, mailed secrets */
extern const struct rate_rule register_rate_rule; /* per address */
extern const struct rate_rule mail_rate_rule;     /* per address and per recipient: whatever sends mail */

#endif
