/* SPDX-License-Identifier: Apache-2.0 */
/* The routes of service keys, and their table for the gate. */
#ifndef STOA_ACCOUNTS_PEOPLE_SERVICE_KEYS_H
#define STOA_ACCOUNTS_PEOPLE_SERVICE_KEYS_H

#include "service/service.h"

extern const struct routes service_key_routes;
extern const struct service_keys accounts_keys;

#endif
