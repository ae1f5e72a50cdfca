/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stored addresses of a customer. Every change locks the customer's address book, which is one row, so changes run
 * one after the other. The limit of fifty addresses and the one default are checked under this lock. Orders have copies
 * of their address, so an address can be deleted at any time.
 */
#include "base/check.h"
#include "commerce/api.h"
#include "commerce/customers/addresses_sql.h"
#include "commerce/customers/api.h"
#include "commerce/customers/routes.h"
#include "commerce/permissions.h"
#include "service/place.h"

SCHEMA_TABLE(add_address, ADD_ADDRESS, "An address to be stored")
SCHEMA_TABLE(change_address, CHANGE_ADDRESS, "Changes of an address; members that are left out stay as they are")
SCHEMA_TABLE(address_view, ADDRESS_VIEW, "A stored address of a customer")
SCHEMA_TABLE(address_page, ADDRESS_PAGE, "A page of the customer's addresses")
SCHEMA_TABLE(address_query, ADDRESS_QUERY, "Page of the list")

static struct address_view address_view_of(const struct sql_address_row *row)
{
	return (struct address_view){
		.id = row->id,
		.label = row->label,
		.recipient = row->recipient,
		.street = row->street,
		.postal_code = row->postal_code,
		.city = row->city,
		.country = row->country,
		.note = row->note,
		.is_default = row->is_default,
		.version = row->version,
		.created_at = row->created_at,
		.updated_at = row->updated_at,
	};
}

/* An address of another customer is not found. */
static struct address_view own_address(struct request *req, struct db *db)
{
	const struct sql_address_row *row =
	        sql_address_find(db, .id = request_id(req, "id"), .customer_id = req->actor->account_id);

	if (!row)
		refuse(&problem_not_found, "there is no such address");
	return address_view_of(row);
}

static void address_list_get(struct request *req)
{
	const struct address_query *query = req->query;
	struct place after = place_read(req, query->cursor);
	struct sql_address_rows found = sql_address_list(req->db, .customer_id = req->actor->account_id,
	                                                 .after_id = after.set ? SOME(uuid, after.id) : NONE(uuid),
	                                                 .row_limit = page_limit(query->limit));
	struct page page = page_cut(found.count, query->limit);
	struct address_view *views = ARENA_ARRAY(task_arena(), struct address_view, page.shown);
	struct str next = STR_NULL;

	for (size_t i = 0; i < page.shown; i++)
		views[i] = address_view_of(&found.rows[i]);
	if (page.has_more)
		next = place_next(req, views[page.shown - 1].id, STR(""));
	reply_plain(req, &(struct address_page){
	                         .data = { views, page.shown }, .has_more = page.has_more, .next_cursor = next });
}

static void address_get(struct request *req)
{
	struct address_view address = own_address(req, req->db);

	reply_version(req, address.version);
	reply_plain(req, &address);
}

/* ---- Changing --------------------------------------------------------------------------------- */

/* A customer's address book during a change: the number of addresses, and the default. */
struct book {
	int64_t addresses;
	struct opt_uuid default_id;
};

static struct book book_lock(struct tx *tx, struct uuid customer_id)
{
	const struct sql_address_book_lock_row *row = sql_address_book_lock(tx, .customer_id = customer_id);

	return (struct book){ row->addresses, row->default_id };
}

static void book_set(struct tx *tx, struct uuid customer_id, const struct book *book)
{
	sql_address_book_set(tx, .customer_id = customer_id, .addresses = book->addresses,
	                     .default_id = book->default_id);
}

static bool book_is_default(const struct book *book, struct uuid id)
{
	return book->default_id.set && uuid_eq(book->default_id.value, id);
}

static void book_set_default(struct book *book, struct uuid id, bool wanted)
{
	if (wanted)
		book->default_id = SOME(uuid, id);
	else if (book_is_default(book, id))
		book->default_id = NONE(uuid);
}

static void address_add(struct request *req)
{
	const struct add_address *cmd = req->body;
	struct uuid id = uuid_new_v7(req->now_us), owner = req->actor->account_id;
	struct tx *tx = tx_begin(req->db);
	struct book book = book_lock(tx, owner);

	if (book.addresses >= ADDRESSES_MAX)
		refuse(&problem_too_many_addresses, "delete another address first; the maximum is %d", ADDRESSES_MAX);
	book_set_default(&book, id, cmd->is_default.set ? cmd->is_default.value : !book.addresses);
	book.addresses++;
	book_set(tx, owner, &book);
	sql_address_insert(tx, .id = id, .customer_id = owner, .label = cmd->label, .recipient = cmd->recipient,
	                   .street = cmd->street, .postal_code = cmd->postal_code, .city = cmd->city,
	                   .country = cmd->country, .note = cmd->note, .now = req->now_us);
	reply_location(req, "/api/addresses/%.*s", STR_ARG(uuid_text(task_arena(), id)));
	reply_version(req, 1);
	reply_commit_plain(req, tx,
	                   &(struct address_view){ .id = id,
	                                           .label = cmd->label,
	                                           .recipient = cmd->recipient,
	                                           .street = cmd->street,
	                                           .postal_code = cmd->postal_code,
	                                           .city = cmd->city,
	                                           .country = cmd->country,
	                                           .note = cmd->note,
	                                           .is_default = book_is_default(&book, id),
	                                           .version = 1,
	                                           .created_at = req->now_us,
	                                           .updated_at = req->now_us });
}

/* A member that is left out stays as it is. An empty text removes a member that may be absent. */
static void member_patch(struct str *member, struct str sent, bool may_go)
{
	if (!str_is_null(sent))
		*member = may_go && !sent.len ? STR_NULL : sent;
}

static void address_change(struct request *req)
{
	const struct change_address *cmd = req->body;
	struct tx *tx = tx_begin(req->db);
	struct book book = book_lock(tx, req->actor->account_id);
	struct address_view address = own_address(req, tx_db(tx));

	request_check_version(req, address.version);
	member_patch(&address.label, cmd->label, true);
	member_patch(&address.recipient, cmd->recipient, false);
	member_patch(&address.street, cmd->street, false);
	member_patch(&address.postal_code, cmd->postal_code, false);
	member_patch(&address.city, cmd->city, false);
	member_patch(&address.country, cmd->country, false);
	member_patch(&address.note, cmd->note, true);
	if (cmd->is_default.set)
		book_set_default(&book, address.id, cmd->is_default.value);
	book_set(tx, req->actor->account_id, &book);
	sql_address_update(tx, .id = address.id, .version = address.version, .label = address.label,
	                   .recipient = address.recipient, .street = address.street, .postal_code = address.postal_code,
	                   .city = address.city, .country = address.country, .note = address.note, .now = req->now_us);
	address.is_default = book_is_default(&book, address.id);
	address.updated_at = req->now_us;
	reply_version(req, ++address.version);
	reply_commit_plain(req, tx, &address);
}

static void address_remove(struct request *req)
{
	struct tx *tx = tx_begin(req->db);
	struct book book = book_lock(tx, req->actor->account_id);
	struct address_view address = own_address(req, tx_db(tx));

	request_check_version(req, address.version);
	book_set_default(&book, address.id, false);
	book.addresses--;
	sql_address_delete(tx, .id = address.id);
	book_set(tx, req->actor->account_id, &book);
	reply_commit_none(req, tx);
}

/* ---- For orders ------------------------------------------------------------------------------- */

const struct order_address *address_of_order(struct request *req, const struct order_address *sent, struct opt_uuid id)
{
	static const struct field_error either = { STR("#/address"),
		                                   STR("exactly one of address and address_id is required") },
	                                unknown = { STR("#/address_id"),
		                                    STR("is not the id of one of your addresses") };

	if ((sent != NULL) == id.set)
		refuse_fields(&problem_invalid_body, &either, 1);
	if (sent)
		return sent;
	const struct sql_address_row *row =
	        sql_address_find(req->db, .id = id.value, .customer_id = req->actor->account_id);

	if (!row)
		refuse_fields(&problem_unknown_address, &unknown, 1);
	return arena_copy(task_arena(),
	                  &(struct order_address){
	                          .recipient = row->recipient,
	                          .street = row->street,
	                          .postal_code = row->postal_code,
	                          .city = row->city,
	                          .country = row->country,
	                          .note = row->note,
	                  },
	                  sizeof(struct order_address));
}

/* ---- Routes ----------------------------------------------------------------------------------- */

static const struct problem *const add_problems[] = { &problem_too_many_addresses, NULL };
static const struct problem *const change_problems[] = { &problem_not_found, &problem_precondition_failed, NULL };
static const struct problem *const read_problems[] = { &problem_not_found, NULL };

static const struct route address_rows[] = {
	{
	        .method = HTTP_GET,
	        .path = "/api/addresses",
	        .name = "address_list",
	        .doc = "Lists the customer's addresses, oldest first.",
	        .plain = address_list_get,
	        .needs = &permission_addresses_own,
	        .query = &address_query_schema,
	        .reply = &address_page_schema,
	},
	{
	        .method = HTTP_POST,
	        .path = "/api/addresses",
	        .name = "address_add",
	        .doc = "Stores an address; the first one becomes the default.",
	        .plain = address_add,
	        .needs = &permission_addresses_own,
	        .body = &add_address_schema,
	        .reply = &address_view_schema,
	        .status = 201,
	        .idempotency = IDEMPOTENCY_ACCEPTED,
	        .problems = add_problems,
	},
	{
	        .method = HTTP_GET,
	        .path = "/api/addresses/{id}",
	        .name = "address_get",
	        .doc = "Shows one of the customer's addresses.",
	        .plain = address_get,
	        .needs = &permission_addresses_own,
	        .reply = &address_view_schema,
	        .problems = read_problems,
	},
	{
	        .method = HTTP_PATCH,
	        .path = "/api/addresses/{id}",
	        .name = "address_change",
	        .doc = "Changes an address; If-Match is optional. Existing orders keep their copy.",
	        .plain = address_change,
	        .needs = &permission_addresses_own,
	        .body = &change_address_schema,
	        .reply = &address_view_schema,
	        .idempotency = IDEMPOTENCY_ACCEPTED,
	        .problems = change_problems,
	},
	{
	        .method = HTTP_DELETE,
	        .path = "/api/addresses/{id}",
	        .name = "address_remove",
	        .doc = "Deletes an address; If-Match is optional. Existing orders keep their copy.",
	        .plain = address_remove,
	        .needs = &permission_addresses_own,
	        .status = 204,
	        .problems = change_problems,
	},
};
const struct routes address_routes = ROUTES(address_rows);
