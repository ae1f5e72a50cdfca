/* SPDX-License-Identifier: Apache-2.0 */
/* Stock for staff: counters, ledger, corrections, and whether counters and ledger agree. */
#include "base/check.h"
#include "commerce/commerce.h"
#include "commerce/permissions.h"
#include "commerce/stock/api.h"
#include "commerce/stock/events.h"
#include "commerce/stores/stores.h"
#include "service/audit.h"
#include "service/page.h"

SCHEMA_DEFINE(STOCK_SHAPES)
SCHEMA_DEFINE(STOCK_EVENT_SHAPES)
STOCK_PROBLEMS(PROBLEM_DEFINE)
STOCK_EVENTS(EVENT_DEFINE)

HANDLER(stock_list, stock_query, stock_view)
{
	reply_page(req, sql_stock_counters(req->db, .page = req->page, .store_id = staff_store(req, input->store_id),
	                                   .search = input->q, .low = input->filter_low));
}

HANDLER(stock_movements, stock_movement_query, stock_movement_view)
{
	struct uuid product_id = request_id(req, "product_id"), store_id = staff_store(req, input->store_id);

	(void)sql_stock_get(req->db, .product_id = product_id, .store_id = store_id);
	reply_page(req,
	           sql_stock_movements(req->db, .page = req->page, .product_id = product_id, .store_id = store_id));
}

HANDLER(stock_reconcile, stock_store_query, stock_reconciliation)
{
	struct sql_stock_difference_rows found =
	        sql_stock_reconcile(req->db, .store_id = staff_stores(req, input->store_id));

	reply(req, &(struct stock_reconciliation){ .agree = !found.count, .data = { found.rows, found.count } });
}

/* ---- Changing --------------------------------------------------------------------------------- */

static struct stock_counters stock_counters_of(const struct sql_stock_row *row)
{
	return (struct stock_counters){
		.on_hand = row->on_hand,
		.reserved = row->reserved,
		.safety = row->safety,
		.low_at = row->low_at,
	};
}

/* Locks the counter instead of comparing versions: busy products change many times a second, and a change must not fail
 * for that. */
static struct sql_stock_row stock_lock(struct request *req, struct tx *tx, struct uuid store_id)
{
	struct uuid product_id = request_id(req, "product_id");

	sql_stock_open(tx, .store_id = store_id, .product_id = product_id, .now = req->now_us);
	return *sql_stock_lock(tx, .product_id = product_id, .store_id = store_id);
}

/* A change of the row is made: what follows from its counters. True when it makes the stock low. */
static bool stock_recount(struct sql_stock_row *row, int64_t now_us)
{
	struct stock_counters counters = stock_counters_of(row);
	bool was_low = row->low;

	row->available = stock_left(&counters);
	row->low = stock_is_low(&counters);
	row->version++;
	row->updated_at = now_us;
	return row->low && !was_low;
}

static void emit_low(struct tx *tx, const struct sql_stock_row *now, int64_t seq)
{
	emit(tx, inventory_low, now->id, seq,
	     &(struct inventory_low_data){
	             .store_id = now->store_id,
	             .product_id = now->product_id,
	             .sku = now->sku,
	             .available = now->available,
	             .low_at = now->low_at,
	     });
}

/* A rule that the schema cannot express: either delta, or set_to with expected. */
static struct stock_change stock_change_of(const struct adjust_stock *cmd)
{
	if (cmd->delta.set == cmd->set_to.set)
		refuse_field(&problem_invalid_body, "#/delta", "must be given, or set_to and expected instead of it");
	if (cmd->delta.set && !cmd->delta.value)
		refuse_field(&problem_invalid_body, "#/delta", "must not be 0");
	if (cmd->set_to.set && !cmd->expected.set)
		refuse_field(&problem_invalid_body, "#/expected", "is required with set_to");
	if (cmd->delta.set && cmd->expected.set)
		refuse_field(&problem_invalid_body, "#/expected", "is allowed only with set_to");
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
		{ STR("on_hand"), str_printf(task_arena(), "%lld", (long long)row->on_hand) },
		{ STR("reserved"), str_printf(task_arena(), "%lld", (long long)row->reserved) },
	};

	refuse_with(words[no].problem, str_from(words[no].detail), members, ARRAY_COUNT(members));
}

HANDLER(stock_adjust, adjust_stock, stock_view)
{
	struct stock_change change = stock_change_of(input);
	struct str kind = change.counted ? STR("count") : STR("adjust");
	struct uuid store_id = staff_store(req, input->store_id);
	struct tx *tx = tx_begin(req->db);
	struct sql_stock_row stock = stock_lock(req, tx, store_id);
	struct stock_counters before = stock_counters_of(&stock), after;
	enum stock_refusal no = stock_change(&before, &change, &after);

	if (no)
		refuse_change(no, &stock);
	int64_t delta = after.on_hand - before.on_hand;

	stock.on_hand = after.on_hand;
	bool falls_low = stock_recount(&stock, req->now_us);

	sql_stock_adjust(tx, .product_id = stock.product_id, .store_id = store_id, .delta = delta,
	                 .events = 1 + falls_low, .now = req->now_us);
	sql_stock_movement_insert(tx, .store_id = store_id, .product_id = stock.product_id, .kind = kind,
	                          .on_hand_delta = delta, .reserved_delta = 0, .actor = request_staff(req),
	                          .reason = input->reason, .now = req->now_us);
	emit(tx, inventory_adjusted, stock.id, stock.event_seq + 1,
	     &(struct inventory_adjusted_data){
	             .store_id = store_id,
	             .product_id = stock.product_id,
	             .sku = stock.sku,
	             .kind = kind,
	             .delta = delta,
	             .on_hand = stock.on_hand,
	             .reserved = stock.reserved,
	             .available = stock.available,
	             .reason = input->reason,
	     });
	if (falls_low)
		emit_low(tx, &stock, stock.event_seq + 2);
	reply_commit(req, tx, &stock);
}

/* The pieces do not change, so the ledger gets no entry. */
HANDLER(stock_levels_set, set_stock_levels, stock_view)
{
	struct uuid store_id = staff_store(req, input->store_id);
	struct tx *tx = tx_begin(req->db);
	struct sql_stock_row stock = stock_lock(req, tx, store_id);

	request_check_version(req, stock.version);
	audit_before(req, &stock_view_schema, &stock);
	request_patch(req, stock_view, &stock);
	bool falls_low = stock_recount(&stock, req->now_us);

	sql_stock_levels_set(tx, .product_id = stock.product_id, .store_id = store_id, .safety = stock.safety,
	                     .low_at = stock.low_at, .events = falls_low, .now = req->now_us);
	if (falls_low)
		emit_low(tx, &stock, stock.event_seq + 1);
	reply_commit(req, tx, &stock);
}

/* ---- Routes ----------------------------------------------------------------------------------- */

/* clang-format off */
static const struct route stock_rows[] = {
	{ GET("/api/admin/stock", stock_list), .doc = "Lists the stock of all products that are sold, sorted by SKU, in pages.",
	  .needs = &permission_stock_read, .list = &sql_stock_counters_list, .problems = PROBLEMS(&problem_not_found) },
	{ GET("/api/admin/stock/reconcile", stock_reconcile),
	  .doc = "Compares all stock counters with the sums of the ledger, in one snapshot.",
	  .needs = &permission_stock_read, .problems = PROBLEMS(&problem_not_found) },
	{ GET("/api/admin/stock/{product_id}/movements", stock_movements),
	  .doc = "Lists the ledger entries of a product, newest first.",
	  .needs = &permission_stock_read, .list = &sql_stock_movements_list },
	{ POST("/api/admin/stock/{product_id}/adjust", stock_adjust),
	  .doc = "Corrects on_hand: by a difference, or to a counted number if on_hand is still the expected number.",
	  .needs = &permission_stock_adjust,
	  .problems = PROBLEMS(&problem_stock_not_expected, &problem_stock_negative, &problem_stock_below_reserved,
	                       &problem_stock_too_high) },
	{ PATCH("/api/admin/stock/{product_id}", stock_levels_set),
	  .doc = "Sets the safety stock and the low-stock limit. on_hand, reserved and the ledger do not change.",
	  .needs = &permission_stock_adjust, .if_match = IF_MATCH_ACCEPTED,
	  .patches = &stock_view_schema },
};
static const struct routes stock_routes = ROUTES(stock_rows);

const struct subject stock_subject = {
	.name = "stock",
	.sql = LIST(const struct sql_module *const, &sql_stock_module),
	.admin_routes = LIST(const struct routes *const, &stock_routes),
	.events = &(const struct event_types)EVENT_TYPES(STOCK_EVENTS),
};
/* clang-format on */
