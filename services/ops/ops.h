/* SPDX-License-Identifier: Apache-2.0 */
/* The service for operators: the platform's events, dead letters, consumers and processes. */
#ifndef STOA_OPS_OPS_H
#define STOA_OPS_OPS_H

#include "service/service.h"

extern const struct service ops_service;

extern const struct routes feed_routes, dead_routes, consumer_routes;

/* Their routes show data of all stores; they refuse staff of one store. */
void require_all_stores(const struct request *req);

#endif
