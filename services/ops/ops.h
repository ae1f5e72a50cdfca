/* SPDX-License-Identifier: Apache-2.0 */
/* The operators' service: the platform's own events, dead letters, consumers and processes, for whoever runs it. */
#ifndef STOA_OPS_OPS_H
#define STOA_OPS_OPS_H

#include "service/service.h"

extern const struct service ops_service;

#endif
