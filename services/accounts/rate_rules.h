/* SPDX-License-Identifier: Apache-2.0 */
/* How often who may try what, besides an audience's general limit. */
#ifndef STOA_ACCOUNTS_RATE_RULES_H
#define STOA_ACCOUNTS_RATE_RULES_H

#include "auth/rate_limit.h"
#include "service/request.h"

extern const struct rate_rule login_rate_rule;    /* per address and per account: passwords, codes, mailed secrets */
extern const struct rate_rule register_rate_rule; /* per address */
extern const struct rate_rule mail_rate_rule;     /* per address and per recipient: whatever sends mail */

/* Takes one try of a rate rule for a login name, in addition to the route's limit per client address. The name
 * includes the audience: tries on the public side do not lock staff out. Refuses rate_limited, with Retry-After. */
void check_rate(struct request *req, const struct rate_rule *rule, struct str email);

#endif
