/* SPDX-License-Identifier: Apache-2.0 */
/* Stock for staff: counters, ledger, corrections, and whether counters and ledger agree. */
#include "commerce/domain/stock.h"
#include "base/check.h"
#include "commerce/api.h"
#include "commerce/catalogue/catalogue_admin_sql.h"
#include "commerce/permissions.h"
#include "commerce/stock/routes.h"
#include "commerce/stock/stock_sql.h"
#include "commerce/stores/stores.h"
#include "service/audit.h"
#include "service/place.h"

static struct stock_counters stock_counters_of(const struct sql_stock_row *row)
{
	return (struct stock_counters){
		.on_hand = row->on_hand,
		.reserved = row->reserved,
		.safety = row->safety,
		.low_at = row->low_at,
	};
}

static struct stock_view stock_view_of(const struct sql_stock_row *row)
{
	struct stock_counters counters = stock_counters_of(row);

	return (struct stock_view){
		.store_id = row->store_id,
		.product_id = row->product_id,
		.sku = row->sku,
		.name = row->name,
		.unit = row->unit,
		.on_hand = row->on_hand,
		.reserved = row->reserved,
		.safety = row->safety,
		.available = stock_left(&counters),
		.low_at = row->low_at,
		.low = stock_is_low(&counters),
		.version = row->version,
		.updated_at = row->updated_at,
	};
}

static void stock_list_get(struct request *req)
{
	const struct stock_query *query = req->query;
	struct place after = place_read(req, query->cursor);
	struct sql_stock_rows found =
	        sql_stock_list(req->db, .store_id = staff_store(req, query->store_id),
	                       .search = search_pattern(query->q), .low = query->filter_low,
	                       .after_sku = after.set ? after.key : STR(""), .row_limit = page_limit(query->limit));
	struct page page = page_cut(found.count, query->limit);
	struct stock_view *views = ARENA_ARRAY(task_arena(), struct stock_view, page.shown);
	struct str next = STR_NULL;

	for (size_t i = 0; i < page.shown; i++)
		views[i] = stock_view_of(&found.rows[i]);
	if (page.has_more)
		next = place_next(req, found.rows[page.shown - 1].product_id, found.rows[page.shown - 1].sku);
	reply_plain(req, &(struct stock_page){
	                         .data = { views, page.shown }, .has_more = page.has_more, .next_cursor = next });
}

/* ---- Ledger ----------------------------------------------------------------------------------- */

static struct stock_movement_view movement_view(const struct sql_stock_movements_row *row)
{
	return (struct stock_movement_view){
		.id = row->id,
		.kind = row->kind,
		.on_hand_delta = row->on_hand_delta,
		.reserved_delta = row->reserved_delta,
		.order_id = row->order_id,
		.actor = row->actor,
		.reason = row->reason,
		.at = row->at,
	};
}

static void stock_movements_get(struct request *req)
{
	const struct stock_movement_query *query = req->query;
	struct uuid product_id = request_id(req, "product_id"), store_id = staff_store(req, query->store_id);
	struct place after = place_read(req, query->cursor);

	(void)sql_stock_get(req->db, .product_id = product_id, .store_id = store_id);
	struct sql_stock_movements_rows found = sql_stock_movements(
	        req->db, .product_id = product_id, .store_id = store_id, .before_id = place_number_or(after, INT64_MAX),
	        .row_limit = page_limit(query->limit));
	struct page page = page_cut(found.count, query->limit);
	struct stock_movement_view *views = ARENA_ARRAY(task_arena(), struct stock_movement_view, page.shown);
	struct str next = STR_NULL;

	for (size_t i = 0; i < page.shown; i++)
		views[i] = movement_view(&found.rows[i]);
	if (page.has_more)
		next = place_next(req, product_id, number_key(found.rows[page.shown - 1].id));
	reply_plain(req, &(struct stock_movement_page){
	                         .data = { views, page.shown }, .has_more = page.has_more, .next_cursor = next });
}

static void stock_reconcile_get(struct request *req)
{
	const struct stock_store_query *query = req->query;
	struct sql_stock_reconcile_rows found =
	        sql_stock_reconcile(req->db, .store_id = staff_stores(req, query->store_id));
	struct stock_difference *views = ARENA_ARRAY(task_arena(), struct stock_difference, found.count);

	for (size_t i = 0; i < found.count; i++)
		views[i] = (struct stock_difference){
			.store_id = found.rows[i].store_id,
			.product_id = found.rows[i].product_id,
			.on_hand = found.rows[i].on_hand,
			.reserved = found.rows[i].reserved,
			.ledger_on_hand = found.rows[i].ledger_on_hand,
			.ledger_reserved = found.rows[i].ledger_reserved,
		};
	reply_plain(req, &(struct stock_reconciliation){ .agree = !found.count, .data = { views, found.count } });
}

/* ---- Adjusting -------------------------------------------------------------------------------- */

/* A rule that the schema cannot express: either delta, or set_to with expected. */
static struct stock_change stock_change_of(const struct adjust_stock *cmd)
{
	static const struct field_error either = { STR("#/delta"),
		                                   STR("must be given, or set_to and expected instead of it") },
	                                nothing = { STR("#/delta"), STR("must not be 0") },
	                                expected = { STR("#/expected"), STR("is required with set_to") },
	                                alone = { STR("#/expected"), STR("is allowed only with set_to") };
	const struct field_error *wrong = cmd->delta.set == cmd->set_to.set       ? &either
	                                  : cmd->delta.set && !cmd->delta.value   ? &nothing
	                                  : cmd->set_to.set && !cmd->expected.set ? &expected
	                                  : cmd->delta.set && cmd->expected.set   ? &alone
	                                                                          : NULL;

	if (wrong)
		refuse_fields(&problem_invalid_body, wrong, 1);
	return (struct stock_change){
		.counted = cmd->set_to.set,
		.amount = cmd->set_to.set ? cmd->set_to.value : cmd->delta.value,
		.expected = cmd->expected.value,
	};
}

NORETURN static void refuse_change(enum stock_refusal no, const struct sql_stock_row *row)
{
	static const struct {
		const struct problem *problem;
		const char *detail;
	} words[] = {
		[STOCK_NOT_EXPECTED] = { &problem_stock_not_expected, "on_hand is not the expected number" },
		[STOCK_NEGATIVE] = { &problem_stock_negative, "on_hand would be negative" },
		[STOCK_BELOW_RESERVED] = { &problem_stock_below_reserved,
		                           "orders have reserved more pieces than would be left" },
		[STOCK_TOO_HIGH] = { &problem_stock_too_high, "on_hand would be above the maximum" },
	};
	const struct problem_member members[] = {
		{ STR("on_hand"), number_key(row->on_hand) },
		{ STR("reserved"), number_key(row->reserved) },
	};

	refuse_with(words[no].problem, str_from(words[no].detail), members, ARRAY_COUNT(members));
}

struct stock_entry {
	struct str kind; /* kind of the ledger entry */
	int64_t delta;
	struct str reason;
};

static void emit_adjusted(struct tx *tx, struct uuid id, const struct stock_view *now, const struct stock_entry *entry,
                          int64_t seq)
{
	emit(tx, inventory_adjusted, id, seq,
	     &(struct inventory_adjusted_data){
	             .store_id = now->store_id,
	             .product_id = now->product_id,
	             .sku = now->sku,
	             .kind = entry->kind,
	             .delta = entry->delta,
	             .on_hand = now->on_hand,
	             .reserved = now->reserved,
	             .available = now->available,
	             .reason = entry->reason,
	     });
}

static void emit_low(struct tx *tx, struct uuid id, const struct stock_view *now, int64_t seq)
{
	emit(tx, inventory_low, id, seq,
	     &(struct inventory_low_data){
	             .store_id = now->store_id,
	             .product_id = now->product_id,
	             .sku = now->sku,
	             .available = now->available,
	             .low_at = now->low_at,
	     });
}

static struct stock_view adjusted_view(const struct sql_stock_row *row, const struct stock_counters *after,
                                       int64_t now_us)
{
	struct stock_view view = stock_view_of(row);

	view.on_hand = after->on_hand;
	view.available = stock_left(after);
	view.low = stock_is_low(after);
	view.version++;
	view.updated_at = now_us;
	return view;
}

static void stock_store(struct request *req, struct tx *tx, const struct sql_stock_row *row,
                        const struct stock_view *now, const struct stock_entry *entry)
{
	struct stock_counters before = stock_counters_of(row);
	bool falls_low = now->low && !stock_is_low(&before);

	sql_stock_adjust(tx, .product_id = row->product_id, .store_id = row->store_id, .delta = entry->delta,
	                 .events = 1 + falls_low, .now = req->now_us);
	sql_stock_entry_insert(tx, .store_id = row->store_id, .product_id = row->product_id, .kind = entry->kind,
	                       .delta = entry->delta, .actor = request_staff(req), .reason = entry->reason,
	                       .now = req->now_us);
	emit_adjusted(tx, row->id, now, entry, row->event_seq + 1);
	if (falls_low)
		emit_low(tx, row->id, now, row->event_seq + 2);
}

/* Locks the counter instead of comparing versions: busy products change many times a second, and a correction must
 * not fail for that. */
static void stock_adjust(struct request *req)
{
	const struct adjust_stock *cmd = req->body;
	struct stock_change change = stock_change_of(cmd);
	struct uuid product_id = request_id(req, "product_id"), store_id = staff_store(req, cmd->store_id);
	struct tx *tx = tx_begin(req->db);

	sql_stock_open(tx, .store_id = store_id, .product_id = product_id, .now = req->now_us);
	const struct sql_stock_row *row = sql_stock_lock(tx, .product_id = product_id, .store_id = store_id);

	struct stock_counters before = stock_counters_of(row), after;
	enum stock_refusal no = stock_change(&before, &change, &after);

	if (no)
		refuse_change(no, row);
	struct stock_view now = adjusted_view(row, &after, req->now_us);

	stock_store(req, tx, row, &now,
	            &(struct stock_entry){
	                    .kind = change.counted ? STR("count") : STR("adjust"),
	                    .delta = after.on_hand - before.on_hand,
	                    .reason = cmd->reason,
	            });
	reply_version(req, now.version);
	reply_commit_plain(req, tx, &now);
}

/* ---- Levels ----------------------------------------------------------------------------------- */

/* The pieces do not change, so the ledger gets no entry. */
static void stock_levels_set(struct request *req)
{
	const struct set_stock_levels *cmd = req->body;
	struct uuid product_id = request_id(req, "product_id"), store_id = staff_store(req, cmd->store_id);
	struct tx *tx = tx_begin(req->db);

	sql_stock_open(tx, .store_id = store_id, .product_id = product_id, .now = req->now_us);
	const struct sql_stock_row *row = sql_stock_lock(tx, .product_id = product_id, .store_id = store_id);

	request_check_version(req, row->version);
	struct stock_counters before = stock_counters_of(row), after = before;
	struct stock_view was = stock_view_of(row);

	if (cmd->safety.set)
		after.safety = cmd->safety.value;
	if (cmd->low_at.set)
		after.low_at = cmd->low_at.value;
	struct stock_view now = adjusted_view(row, &after, req->now_us);
	bool falls_low = now.low && !stock_is_low(&before);

	now.safety = after.safety;
	now.low_at = after.low_at;
	sql_stock_levels_set(tx, .product_id = product_id, .store_id = store_id, .safety = after.safety,
	                     .low_at = after.low_at, .events = falls_low, .now = req->now_us);
	if (falls_low)
		emit_low(tx, row->id, &now, row->event_seq + 1);
	audit_before(req, &stock_view_schema, &was);
	reply_version(req, now.version);
	reply_commit_plain(req, tx, &now);
}

/* ---- Routes ----------------------------------------------------------------------------------- */

static const struct problem *const adjust_problems[] = {
	&problem_not_found,      &problem_stock_not_expected,
	&problem_stock_negative, &problem_stock_below_reserved,
	&problem_stock_too_high, NULL,
};
static const struct problem *const read_problems[] = { &problem_not_found, NULL };
static const struct problem *const levels_problems[] = { &problem_not_found, &problem_precondition_failed, NULL };

static const struct route stock_rows[] = {
	{
	        .method = HTTP_GET,
	        .path = "/api/admin/stock",
	        .name = "stock_list",
	        .doc = "Lists the stock of all products that are sold, sorted by SKU, in pages.",
	        .plain = stock_list_get,
	        .needs = &permission_stock_read,
	        .query = &stock_query_schema,
	        .reply = &stock_page_schema,
	        .problems = read_problems,
	},
	{
	        .method = HTTP_GET,
	        .path = "/api/admin/stock/reconcile",
	        .name = "stock_reconcile",
	        .doc = "Compares all stock counters with the sums of the ledger, in one snapshot.",
	        .plain = stock_reconcile_get,
	        .needs = &permission_stock_read,
	        .query = &stock_store_query_schema,
	        .reply = &stock_reconciliation_schema,
	        .problems = read_problems,
	},
	{
	        .method = HTTP_GET,
	        .path = "/api/admin/stock/{product_id}/movements",
	        .name = "stock_movements",
	        .doc = "Lists the ledger entries of a product, newest first.",
	        .plain = stock_movements_get,
	        .needs = &permission_stock_read,
	        .query = &stock_movement_query_schema,
	        .reply = &stock_movement_page_schema,
	        .problems = read_problems,
	},
	{
	        .method = HTTP_POST,
	        .path = "/api/admin/stock/{product_id}/adjust",
	        .name = "stock_adjust",
	        .doc = "Corrects on_hand: by a difference, or to a counted number if on_hand is still the expected "
	               "number.",
	        .plain = stock_adjust,
	        .needs = &permission_stock_adjust,
	        .body = &adjust_stock_schema,
	        .reply = &stock_view_schema,
	        .idempotency = IDEMPOTENCY_ACCEPTED,
	        .problems = adjust_problems,
	},
	{
	        .method = HTTP_PATCH,
	        .path = "/api/admin/stock/{product_id}",
	        .name = "stock_levels_set",
	        .doc = "Sets the safety stock and the low-stock limit. on_hand, reserved and the ledger do not change.",
	        .plain = stock_levels_set,
	        .needs = &permission_stock_adjust,
	        .body = &set_stock_levels_schema,
	        .reply = &stock_view_schema,
	        .idempotency = IDEMPOTENCY_ACCEPTED,
	        .problems = levels_problems,
	},
};
const struct routes stock_routes = ROUTES(stock_rows);
