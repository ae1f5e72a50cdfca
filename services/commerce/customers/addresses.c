/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Customers: their names, and the addresses that they store. Every change locks the customer's address book, which is one row, so changes run
 * one after the other. The limit of fifty addresses and the one default are checked under this lock. Orders have copies
 * of their address, so an address can be deleted at any time.
 */
#include "commerce/commerce.h"
#include "commerce/customers/address.h"
#include "commerce/customers/commerce_person_sql.h"
#include "commerce/customers/customers_sql.h"
#include "commerce/events.h"
#include "commerce/permissions.h"
#include "events/consumer.h"
#include "service/page.h"

SCHEMA_DEFINE(CUSTOMERS_SHAPES)
CUSTOMERS_PROBLEMS(PROBLEM_DEFINE)

HANDLER(address_list, nothing, address_view)
{
	reply_page(req, sql_addresses(req->db, .page = req->page, .customer_id = req->actor->account_id));
}

HANDLER(address_get, nothing, address_view)
{
	reply(req, sql_address_get(req->db, .id = request_id(req, "id"), .customer_id = req->actor->account_id));
}

HANDLER(address_add, add_address, address_view)
{
	struct uuid id = uuid_new_v7(req->now_us), owner = req->actor->account_id;
	struct tx *tx = tx_begin(req->db);
	int64_t count = sql_address_book_lock(tx, .customer_id = owner)->addresses;
	bool is_default = input->is_default.set ? input->is_default.value : !count;

	if (count >= ADDRESSES_MAX)
		refuse(&problem_too_many_addresses, "Delete another address first; the maximum is %d", ADDRESSES_MAX);
	sql_address_book_set(tx, .customer_id = owner, .added = 1, .id = id, .is_default = is_default);
	reply_commit(req, tx,
	             sql_address_insert(tx, .id = id, .customer_id = owner, .label = input->label,
	                                .recipient = input->recipient, .street = input->street,
	                                .postal_code = input->postal_code, .city = input->city,
	                                .country = input->country, .note = input->note, .is_default = is_default,
	                                .now = req->now_us));
}

HANDLER(address_change, change_address, address_view)
{
	struct uuid id = request_id(req, "id"), owner = req->actor->account_id;
	struct tx *tx = tx_begin(req->db);

	sql_address_book_lock(tx, .customer_id = owner);
	struct sql_address_row address = *sql_address_get(tx_db(tx), .id = id, .customer_id = owner);

	request_check_version(req, address.version);
	request_patch(req, address_view, &address);
	sql_address_book_set(tx, .customer_id = owner, .added = 0, .id = id, .is_default = address.is_default);
	reply_commit(req, tx,
	             sql_address_update(tx, .id = id, .label = address.label, .recipient = address.recipient,
	                                .street = address.street, .postal_code = address.postal_code,
	                                .city = address.city, .country = address.country, .note = address.note,
	                                .is_default = address.is_default, .now = req->now_us));
}

HANDLER(address_remove, nothing, nothing)
{
	struct uuid id = request_id(req, "id"), owner = req->actor->account_id;
	struct tx *tx = tx_begin(req->db);

	sql_address_book_lock(tx, .customer_id = owner);
	request_check_version(req, sql_address_get(tx_db(tx), .id = id, .customer_id = owner)->version);
	sql_address_delete(tx, .id = id);
	sql_address_book_set(tx, .customer_id = owner, .added = -1, .id = id, .is_default = false);
	reply_commit_none(req, tx);
}

const struct order_address *address_of_order(struct request *req, const struct order_address *sent, struct opt_uuid id)
{
	if ((sent != NULL) == id.set)
		refuse_field(&problem_invalid_body, "#/address", "exactly one of address and address_id is required");
	if (sent)
		return sent;
	const struct sql_address_row *row =
	        sql_address_find(req->db, .id = id.value, .customer_id = req->actor->account_id);

	if (!row)
		refuse_field(&problem_unknown_address, "#/address_id", "is not the id of one of your addresses");
	return address_of_row(row, row->note);
}

/* Told by accounts, so that an order is placed without asking there. */
CONSUMER(keep_customer, commerce_account_changed)
{
	if (!str_eq(data->role, STR("customer")))
		return;
	sql_customer_upsert(consumption->tx, .id = data->account_id, .email = data->email, .name = data->name,
	                    .phone = data->phone, .seq = consumption->event->aggregate_seq,
	                    .now = consumption->event->occurred_at);
}

/* clang-format off */
static const struct route address_rows[] = {
	{ GET("/api/addresses", address_list), .doc = "Lists the customer's addresses, oldest first.",
	  .needs = &permission_addresses_own, .list = &sql_addresses_list },
	{ POST("/api/addresses", address_add), .doc = "Stores an address; the first one becomes the default.",
	  .needs = &permission_addresses_own, .creates = "/api/addresses/{id}",
	  .problems = PROBLEMS(&problem_too_many_addresses) },
	{ GET("/api/addresses/{id}", address_get), .doc = "Shows one of the customer's addresses.",
	  .needs = &permission_addresses_own },
	{ PATCH("/api/addresses/{id}", address_change),
	  .doc = "Changes an address; If-Match is optional. Existing orders keep their copy.",
	  .needs = &permission_addresses_own, .if_match = IF_MATCH_ACCEPTED,
	  .patches = &address_view_schema },
	{ DELETE("/api/addresses/{id}", address_remove),
	  .doc = "Deletes an address; If-Match is optional. Existing orders keep their copy.",
	  .needs = &permission_addresses_own, .if_match = IF_MATCH_ACCEPTED },
};
static const struct routes address_routes = ROUTES(address_rows);

static const struct subscription subscriptions[] = {
	{ .name = "commerce.keep_customer", .consumer = &keep_customer_consumer },
};

const struct subject customers_subject = {
	.name = "customers",
	.sql = LIST(const struct sql_module *const, &sql_addresses_module, &sql_commerce_person_module,
	            &sql_customers_module),
	.public_routes = LIST(const struct routes *const, &address_routes),
	.subscriptions = SUBSCRIPTIONS(subscriptions),
};
/* clang-format on */
