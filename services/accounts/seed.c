/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Demo accounts: customers, couriers and staff, all with the password "stoa-demo-password". The password rules apply to
 * it. One hash is used for all, because hashing is slow. Ids are computed from the address; the demo orders of commerce
 * compute their customers' ids in the same way.
 */
#include "accounts/account.h"
#include "accounts/accounts.h"
#include "auth/password.h"
#include "task/task.h"

static const struct demo_person {
	const char *email, *name, *phone, *role;
} people[] = {
	{ "anna.berger@example.com", "Anna Berger", "+49 30 5550101", "customer" },
	{ "jonas.weber@example.com", "Jonas Weber", "+49 30 5550102", "customer" },
	{ "marta.kowalska@example.com", "Marta Kowalska", "+49 30 5550103", "customer" },
	{ "luca.romano@example.com", "Luca Romano", NULL, "customer" },
	{ "sophie.laurent@example.com", "Sophie Laurent", "+49 30 5550105", "customer" },
	{ "emre.yildiz@example.com", "Emre Yildiz", "+49 30 5550106", "customer" },
	{ "clara.hoffmann@example.com", "Clara Hoffmann", NULL, "customer" },
	{ "peter.novak@example.com", "Peter Novak", "+49 30 5550108", "customer" },
	{ "ingrid.solberg@example.com", "Ingrid Solberg", "+49 30 5550109", "customer" },
	{ "david.meyer@example.com", "David Meyer", "+49 30 5550110", "customer" },
	{ "elena.petrova@example.com", "Elena Petrova", NULL, "customer" },
	{ "tom.vandenberg@example.com", "Tom van den Berg", "+49 30 5550112", "customer" },
	{ "maria.silva@example.com", "Maria Silva", "+49 30 5550113", "customer" },
	{ "felix.wagner@example.com", "Felix Wagner", "+49 30 5550114", "customer" },
	{ "aisha.rahman@example.com", "Aisha Rahman", "+49 30 5550115", "customer" },
	{ "henrik.larsen@example.com", "Henrik Larsen", NULL, "customer" },
	{ "laura.fischer@example.com", "Laura Fischer", "+49 30 5550117", "customer" },
	{ "mateo.garcia@example.com", "Mateo Garcia", "+49 30 5550118", "customer" },
	{ "hanna.lindqvist@example.com", "Hanna Lindqvist", "+49 30 5550119", "customer" },
	{ "paul.schneider@example.com", "Paul Schneider", "+49 30 5550120", "customer" },
	{ "lena.brandt@example.com", "Lena Brandt", "+49 30 5550201", "courier" },
	{ "omar.haddad@example.com", "Omar Haddad", "+49 30 5550202", "courier" },
	{ "nils.peters@example.com", "Nils Peters", "+49 30 5550203", "courier" },
	{ "yara.costa@example.com", "Yara Costa", "+49 30 5550204", "courier" },
	{ "jan.dvorak@example.com", "Jan Dvorak", "+49 30 5550205", "courier" },
	{ "root@stoa.example", "Iris Falk", "+49 30 5550301", "super_admin" },
	{ "admin@stoa.example", "Oskar Lund", "+49 30 5550302", "admin" },
	{ "nora.klein@stoa.example", "Nora Klein", "+49 30 5550303", "store_staff" },
	{ "samuel.roth@stoa.example", "Samuel Roth", "+49 30 5550304", "store_staff" },
	{ "ben.okafor@stoa.example", "Ben Okafor", "+49 30 5550305", "picker" },
	{ "greta.holm@stoa.example", "Greta Holm", "+49 30 5550306", "picker" },
};

static void seed_person(struct tx *tx, const struct demo_person *person, struct str hash, int64_t now_us)
{
	bool is_staff = strcmp(person->role, "customer") != 0 && strcmp(person->role, "courier") != 0;
	const char *audience = is_staff ? "admin" : "public";
	struct str id_name = str_printf(task_arena(), "stoa demo account %s %s", audience, person->email);
	const struct sql_account_row *account = sql_account_insert_missing(
	        tx, .id = uuid_from_name(id_name), .audience = str_from(audience), .email = str_from(person->email),
	        .password_hash = hash, .name = str_from(person->name), .phone = str_from(person->phone),
	        .role = str_from(person->role), .now = now_us);

	if (account)
		account_emit_changed(tx, account);
}

void accounts_seed(struct db *db, int64_t now_us)
{
	struct str hash = password_hash(STR("stoa-demo-password"));
	struct tx *tx = tx_begin(db);

	for (size_t i = 0; i < ARRAY_COUNT(people); i++)
		seed_person(tx, &people[i], hash, now_us);
	tx_commit(tx);
}
