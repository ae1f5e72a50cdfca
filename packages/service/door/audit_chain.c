/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The chain of the audit trail. Form 1: a link's hash is SHA-256 of the 32 bytes of the hash before it (zeros before
 * the first) and the row as the JSON that audit_entry_schema writes. `stoa audit export` prints that JSON, so anybody
 * can compute the hashes again.
 */
#include <sodium.h>

#include "base/check.h"
#include "base/encode.h"
#include "service/audit.h"
#include "service/internal.h"
#include "service/sql/audit_sql.h"
#include "json/json.h"

SCHEMA_DEFINE(AUDIT_SHAPES)

enum { FORM = 1, SEAL_BATCH = 200, SEAL_BATCHES = 20, READ_BATCH = 500, ENTRY_MAX = 9 * 1024 * 1024 };

static struct str entry_json(const struct sql_audit_row *row)
{
	struct buf buf;

	buf_init_arena(&buf, task_arena(), ENTRY_MAX);
	json_write(&buf, &audit_entry_schema, row);
	if (buf.overflow) /* the changes are somebody's data */
		fail("an audit entry is larger than %d bytes", ENTRY_MAX);
	return buf_view(&buf);
}

struct link_hash {
	uint8_t bytes[AUDIT_HASH_LEN];
};

static struct str hash_view(const struct link_hash *hash)
{
	return (struct str){ (const char *)hash->bytes, sizeof(hash->bytes) };
}

static struct link_hash hash_next(struct link_hash previous, struct str json)
{
	crypto_hash_sha256_state hash;
	struct link_hash next;

	crypto_hash_sha256_init(&hash);
	crypto_hash_sha256_update(&hash, previous.bytes, sizeof(previous.bytes));
	crypto_hash_sha256_update(&hash, (const unsigned char *)json.ptr, json.len);
	crypto_hash_sha256_final(&hash, next.bytes);
	return next;
}

static struct link_hash hash_read(struct str bytes)
{
	struct link_hash hash = { 0 };

	if (bytes.len == sizeof(hash.bytes))
		memcpy(hash.bytes, bytes.ptr, sizeof(hash.bytes));
	return hash;
}

/* ---- Sealing ------------------------------------------------------------------------------------- */

static void add_links(struct tx *tx, int64_t number, struct link_hash hash, struct sql_audit_rows rows, int64_t now_us)
{
	int64_t *numbers = ARENA_ARRAY(task_arena(), int64_t, rows.count);
	struct uuid *ids = ARENA_ARRAY(task_arena(), struct uuid, rows.count);
	struct str *previous = ARENA_ARRAY(task_arena(), struct str, rows.count);
	struct str *hashes = ARENA_ARRAY(task_arena(), struct str, rows.count);

	for (size_t i = 0; i < rows.count; i++) {
		numbers[i] = number + 1 + (int64_t)i;
		ids[i] = rows.rows[i].id;
		previous[i] = hex_encode(task_arena(), hash_view(&hash));
		hash = hash_next(hash, entry_json(&rows.rows[i]));
		hashes[i] = hex_encode(task_arena(), hash_view(&hash));
	}
	sql_audit_seals_insert(tx, .form = FORM, .now = now_us, .numbers = { numbers, rows.count },
	                       .audit_ids = { ids, rows.count }, .previous = { previous, rows.count },
	                       .hashes = { hashes, rows.count }, .count = (int64_t)rows.count);
	sql_audit_unsealed_delete(tx, .audit_ids = { ids, rows.count }, .count = (int64_t)rows.count);
}

static size_t seal_batch(struct db *db, int64_t now_us)
{
	struct tx *tx = tx_begin(db);

	if (!sql_audit_chain_lock(tx)->mine) {
		tx_rollback(tx);
		return 0;
	}
	const struct sql_audit_chain_head_row *head = sql_audit_chain_head(tx_db(tx));
	struct sql_audit_rows rows = sql_audit_waiting(tx_db(tx), .row_limit = SEAL_BATCH);

	if (rows.count)
		add_links(tx, head ? head->number : 0, head ? hash_read(head->hash) : (struct link_hash){ 0 }, rows,
		          now_us);
	tx_commit(tx);
	return rows.count;
}

size_t audit_seal(struct db *db, int64_t now_us)
{
	size_t total = 0, count = SEAL_BATCH;

	for (int i = 0; i < SEAL_BATCHES && count == SEAL_BATCH; i++)
		total += count = seal_batch(db, now_us);
	return total;
}

void audit_seal_job(struct db *db, int64_t now_us)
{
	(void)audit_seal(db, now_us);
}

/* ---- Reading it again ------------------------------------------------------------------------------ */

struct links {
	struct sql_audit_chain_rows seals;
	struct sql_audit_rows rows; /* of these, in the same order; those that are gone are missing */
	size_t next;
};

static struct links read_links(struct db *db, int64_t after)
{
	struct links links = { .seals = sql_audit_chain(db, .after_number = after, .row_limit = READ_BATCH) };
	struct uuid *ids = ARENA_ARRAY(task_arena(), struct uuid, links.seals.count);

	for (size_t i = 0; i < links.seals.count; i++)
		ids[i] = links.seals.rows[i].audit_id;
	links.rows = sql_audit_rows(db, .ids = { ids, links.seals.count });
	return links;
}

/* The row of a link, asked for in order; NULL when it is gone. */
static const struct sql_audit_row *row_of(struct links *links, const struct sql_audit_chain_row *seal)
{
	if (links->next < links->rows.count && uuid_eq(links->rows.rows[links->next].id, seal->audit_id))
		return &links->rows.rows[links->next++];
	return NULL;
}

static const char *wrong_with(const struct audit_verdict *verdict, struct link_hash last,
                              const struct sql_audit_chain_row *seal, const struct sql_audit_row *row)
{
	struct link_hash previous = hash_read(seal->previous), hash;

	if (verdict->count && seal->number != verdict->number + 1)
		return "links before it are gone";
	if (verdict->count ? memcmp(&previous, &last, sizeof(last)) != 0
	                   : seal->number == 1 && !sodium_is_zero(previous.bytes, sizeof(previous.bytes)))
		return "it does not follow the link before it";
	if (!row)
		return "its row is gone";
	if (seal->form != FORM)
		return "it is of a form that this release does not know";
	hash = hash_next(previous, entry_json(row));
	return str_eq(seal->hash, hash_view(&hash)) ? NULL : "its row is not what was sealed";
}

static bool verify_links(struct audit_verdict *verdict, struct link_hash *last, struct links *links)
{
	for (size_t i = 0; i < links->seals.count; i++) {
		const struct sql_audit_chain_row *seal = &links->seals.rows[i];

		verdict->broken = wrong_with(verdict, *last, seal, row_of(links, seal));
		verdict->number = seal->number;
		verdict->id = seal->audit_id;
		if (verdict->broken)
			return false;
		if (!verdict->count++)
			verdict->first = seal->number;
		*last = hash_read(seal->hash);
	}
	return links->seals.count == READ_BATCH;
}

void audit_verify(struct db *db, struct audit_verdict *ret)
{
	struct audit_verdict verdict = { 0 };
	struct link_hash last = { 0 };
	struct links links;

	do {
		arena_reset(task_arena());
		links = read_links(db, verdict.number);
	} while (verify_links(&verdict, &last, &links));
	const struct sql_audit_outside_row *outside = sql_audit_outside(db);

	verdict.waiting = outside->waiting;
	if (!verdict.broken && outside->stray.set) {
		verdict.broken = "it stands outside of the chain";
		verdict.id = outside->stray.value;
		verdict.number = 0;
	}
	verdict.head = hex_encode(task_arena(), hash_view(&last));
	*ret = verdict;
}

static struct str link_json(const struct sql_audit_chain_row *seal, const struct sql_audit_row *row)
{
	struct str previous = hex_encode(task_arena(), seal->previous), hash = hex_encode(task_arena(), seal->hash);

	return str_printf(task_arena(),
	                  "{\"number\":%lld,\"form\":%lld,\"previous\":\"%.*s\",\"hash\":\"%.*s\",\"entry\":%.*s}",
	                  (long long)seal->number, (long long)seal->form, STR_ARG(previous), STR_ARG(hash),
	                  STR_ARG(entry_json(row)));
}

static int64_t link_before(struct db *db, int64_t since)
{
	if (since == INT64_MIN)
		return 0;
	const struct sql_audit_chain_since_row *row = sql_audit_chain_since(db, .since = since);

	return row->number.set ? row->number.value : INT64_MAX;
}

static bool is_about(const struct sql_audit_row *row, struct str subject)
{
	struct str kind = str_cut(&subject, '/');

	return str_is_null(kind) ||
	       (str_eq(row->subject, kind) && (str_is_null(subject) || str_eq(row->subject_id, subject)));
}

void audit_export(struct db *db, int64_t since, struct str subject, void (*line)(struct str json, void *arg), void *arg)
{
	int64_t number = link_before(db, since);
	struct links links;

	do {
		arena_reset(task_arena());
		links = read_links(db, number);
		for (size_t i = 0; i < links.seals.count; i++) {
			const struct sql_audit_chain_row *seal = &links.seals.rows[i];
			const struct sql_audit_row *row = row_of(&links, seal);

			number = seal->number;
			if (row && is_about(row, subject))
				line(link_json(seal, row), arg);
		}
	} while (links.seals.count == READ_BATCH);
}
