/* SPDX-License-Identifier: Apache-2.0 */
/* What can be set of commerce; rows as config/config.h describes them. */
#ifndef STOA_COMMERCE_CONFIG_H
#define STOA_COMMERCE_CONFIG_H

#include "config/config.h"

/* clang-format off */
#define COMMERCE_CONFIG(X, T) \
	X(T, choice, payment_provider, STOA_PAYMENT_PROVIDER, "auto", ONE_OF("auto instant manual"), \
	  "Who authorises cards: instant always does and at once, manual waits for staff; auto: manual in production") \
	X(T, duration, reservation_ttl, STOA_RESERVATION_TTL, "10m", RANGE(1000000, 86400000000), \
	  "How long goods are held for a card that is not authorised yet")
/* clang-format on */

CONFIG_STRUCT(commerce_config, COMMERCE_CONFIG);

/* Whether cards wait for staff to record what the provider says: STOA_PAYMENT_PROVIDER, "auto" resolved. */
bool commerce_payment_manual(const struct commerce_config *config, const struct config *platform);

#endif
