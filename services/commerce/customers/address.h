/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses as orders have them: copies of what was sent or stored. */
#ifndef STOA_COMMERCE_CUSTOMERS_ADDRESS_H
#define STOA_COMMERCE_CUSTOMERS_ADDRESS_H

#include "base/arena.h"
#include "commerce/customers/api.h"
#include "service/request.h"

/* The address of an order to be placed, sent with it or stored. Refuses anything but exactly one of the two. */
const struct order_address *address_of_order(struct request *req, const struct order_address *sent, struct opt_uuid id);

/* The address in a row of any statement that gives its columns; its note has different names. In the task's arena. */
#define address_of_row(row, note_) \
	((const struct order_address *)arena_copy(task_arena(), \
	                                          &(struct order_address){ \
	                                                  .recipient = (row)->recipient, \
	                                                  .street = (row)->street, \
	                                                  .postal_code = (row)->postal_code, \
	                                                  .city = (row)->city, \
	                                                  .country = (row)->country, \
	                                                  .note = (note_), \
	                                          }, \
	                                          sizeof(struct order_address)))

#endif
