/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of an order: its price, the statuses it may have, the stock it can reserve. Pure: no I/O, no clock, no
 * allocation; time, ids and memory are passed in, results are enums and values, and out-parameters are untouched on
 * refusal.
 */
#ifndef STOA_COMMERCE_DOMAIN_ORDER_H
#define STOA_COMMERCE_DOMAIN_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/choice.h"
#include "base/machine.h"
#include "base/money.h"
#include "base/opt.h"
#include "base/str.h"
#include "base/uuid.h"
#include "commerce/domain/limits.h"

enum { ORDER_NUMBER_LEN = 15 };

/* The life of an order. X(prefix, name); API, events and database use these names. */
#define ORDER_STATUSES(X) \
	X(ORDER, pending) \
	X(ORDER, on_hold) \
	X(ORDER, confirmed) \
	X(ORDER, picking) \
	X(ORDER, ready) \
	X(ORDER, assigned) \
	X(ORDER, picked_up) \
	X(ORDER, in_transit) \
	X(ORDER, delivery_failed) \
	X(ORDER, returning) \
	X(ORDER, delivered) \
	X(ORDER, collected) \
	X(ORDER, cancelled) \
	X(ORDER, rejected) \
	X(ORDER, expired) \
	X(ORDER, returned) \
	X(ORDER, lost)

CHOICE_ENUM(order_status, ORDER_STATUSES)

/* The moves; their guards are order_move_check's to ask. */
extern const struct machine order_machine;

/* Who moves an order. Dispatch is staff who choose a courier; the provider is the one who records what a provider
 * reports of a payment. Neither is a change of status alone. */
enum order_actor {
	BY_CUSTOMER = 1,
	BY_STAFF = 2,
	BY_WORKER = 4,
	BY_COURIER = 8,
	BY_TIMER = 16,
	BY_DISPATCH = 32,
	BY_PROVIDER = 64,
};

/* How the customer gets the goods. X(prefix, name), as the statuses. */
#define FULFILMENTS(X) \
	X(FULFILMENT, delivery) \
	X(FULFILMENT, pickup)
CHOICE_ENUM(fulfilment, FULFILMENTS)

enum { PICKUP_CODE_LEN = 6, PICKUP_TRIES_MAX = 5 };

/* Why a move is refused. */
enum move_refusal {
	MOVE_OK,
	MOVE_ILLEGAL,        /* no row from -> to for this actor */
	MOVE_NOT_A_PICKUP,   /* only orders for pickup are collected */
	MOVE_NOT_A_DELIVERY, /* only orders for delivery are assigned */
	MOVE_UNREASONED,     /* a reason is required */
};

struct move_facts {
	enum fulfilment fulfilment;
	bool reasoned; /* a reason is given */
};

enum move_refusal order_move_check(enum order_status from, enum order_status to, enum order_actor actor,
                                   struct move_facts facts);
/* Whether an order with these facts (struct move_facts) meets a guard of the machine, given a reason. */
bool order_guard_holds(int guard, const void *facts);
/* Whether there is a row from -> to for this actor, whatever its guards. */
bool order_may_move(enum order_status from, enum order_status to, enum order_actor actor);
/* The statuses to which this actor may move such an order, at most ORDER_STATUS_COUNT. Returns how many. */
size_t order_moves(enum order_status from, enum order_actor actor, enum fulfilment fulfilment,
                   enum order_status ret[order_status_count]);
bool order_is_final(enum order_status status);

/* The number of an order, which people can read out: the date of the id and 40 of its random bits in Crockford's
 * base 32, "261121-7K3QF9ZT". */
void order_number(struct uuid id, char out[ORDER_NUMBER_LEN]);
/* The instant at which the day begins that a number with this beginning is of, of this century; 0 when it names no whole
 * day. */
int64_t order_number_day(struct str beginning);

/* ---- Placing ---------------------------------------------------------------------------------- */

/* What the customer wants when there are too few pieces of a product. X(prefix, name), as the statuses. */
#define SUBSTITUTIONS(X) \
	X(SUBSTITUTION, best_match) \
	X(SUBSTITUTION, specific) \
	X(SUBSTITUTION, refund) \
	X(SUBSTITUTION, contact_me)
CHOICE_ENUM(substitution, SUBSTITUTIONS)

struct line_request {
	struct uuid product_id;
	int64_t quantity; /* 1 to ORDER_QUANTITY_MAX */
	int substitution;
};

/* A line of an order. A product that can be ordered, with its current price, is a line without a quantity. */
struct order_line {
	struct uuid product_id;
	struct str sku;
	struct str name;
	struct str unit;
	struct money unit_price; /* tax included */
	int64_t tax_rate_bp;
	int64_t quantity;
	struct money total;
	int substitution;
};

struct order_totals {
	int64_t subtotal_minor;
	int64_t delivery_fee_minor;
	int64_t discount_minor;
	int64_t tax_minor; /* contained in the subtotal */
	int64_t total_minor;
	struct str currency;
};

enum order_refusal {
	ORDER_OK,
	ORDER_UNKNOWN_PRODUCT,   /* *ret_line is the line */
	ORDER_QUANTITY_TOO_HIGH, /* lines of one product summed */
	ORDER_OTHER_CURRENCY,    /* the product's price is not in the store's currency */
};

/* What a store asks for a delivery, in the currency in which it sells. */
struct delivery_terms {
	struct money fee;         /* 0 for pickup */
	struct opt_i64 free_from; /* no fee when the goods cost this much; not set: always a fee */
};

/* Prices an order of 1 to ORDER_LINES_MAX lines: lines of one product are summed first (into `lines`, room for `request_count`, sorted by product
 * id), totals computed. Tax is what the prices contain, rounded half up a line. No sum is above ORDER_TOTAL_MAX: prices
 * are at most PRICE_MAX. */
enum order_refusal order_price(const struct line_request *requests, size_t request_count,
                               const struct order_line *products, size_t product_count,
                               const struct delivery_terms *terms, struct order_line *lines, size_t *ret_count,
                               struct order_totals *ret_totals, size_t *ret_line);

/* ---- Reserving -------------------------------------------------------------------------------- */

/* Some pieces of a product, as orders reserve and move them. */
struct goods_line {
	struct uuid product_id;
	int64_t quantity;
};

struct stock_level {
	struct uuid product_id;
	int64_t available;
};

struct stock_shortage {
	struct uuid product_id;
	int64_t requested;
	int64_t available;    /* never negative */
	struct str sku, name; /* for people; not set here */
};

/* Which needs cannot be met: into `ret` (room for need_count). Returns how many. A product without a level has no
 * stock. */
size_t stock_shortages(const struct goods_line *needs, size_t need_count, const struct stock_level *levels,
                       size_t level_count, struct stock_shortage *ret);

#endif
