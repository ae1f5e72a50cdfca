/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Demo accounts: customers, couriers and staff, all with the password "stoa-demo-password". The rules for passwords
 * apply to it as to any other, and one hash serves all, for hashing is meant to be slow. Ids come from the address; the
 * demo orders of commerce name their customers by the same recipe.
 */
#include "accounts/accounts.h"
#include "accounts/accounts_sql.h"
#include "accounts/events.h"
#include "auth/password.h"
#include "auth/permission.h"
#include "task/task.h"

static const struct person {
	const char *email, *name, *phone;
	enum role role;
} people[] = {
	{ "anna.berger@example.com", "Anna Berger", "+49 30 5550101", ROLE_CUSTOMER },
	{ "jonas.weber@example.com", "Jonas Weber", "+49 30 5550102", ROLE_CUSTOMER },
	{ "marta.kowalska@example.com", "Marta Kowalska", "+49 30 5550103", ROLE_CUSTOMER },
	{ "luca.romano@example.com", "Luca Romano", NULL, ROLE_CUSTOMER },
	{ "sophie.laurent@example.com", "Sophie Laurent", "+49 30 5550105", ROLE_CUSTOMER },
	{ "emre.yildiz@example.com", "Emre Yildiz", "+49 30 5550106", ROLE_CUSTOMER },
	{ "clara.hoffmann@example.com", "Clara Hoffmann", NULL, ROLE_CUSTOMER },
	{ "peter.novak@example.com", "Peter Novak", "+49 30 5550108", ROLE_CUSTOMER },
	{ "ingrid.solberg@example.com", "Ingrid Solberg", "+49 30 5550109", ROLE_CUSTOMER },
	{ "david.meyer@example.com", "David Meyer", "+49 30 5550110", ROLE_CUSTOMER },
	{ "elena.petrova@example.com", "Elena Petrova", NULL, ROLE_CUSTOMER },
	{ "tom.vandenberg@example.com", "Tom van den Berg", "+49 30 5550112", ROLE_CUSTOMER },
	{ "maria.silva@example.com", "Maria Silva", "+49 30 5550113", ROLE_CUSTOMER },
	{ "felix.wagner@example.com", "Felix Wagner", "+49 30 5550114", ROLE_CUSTOMER },
	{ "aisha.rahman@example.com", "Aisha Rahman", "+49 30 5550115", ROLE_CUSTOMER },
	{ "henrik.larsen@example.com", "Henrik Larsen", NULL, ROLE_CUSTOMER },
	{ "laura.fischer@example.com", "Laura Fischer", "+49 30 5550117", ROLE_CUSTOMER },
	{ "mateo.garcia@example.com", "Mateo Garcia", "+49 30 5550118", ROLE_CUSTOMER },
	{ "hanna.lindqvist@example.com", "Hanna Lindqvist", "+49 30 5550119", ROLE_CUSTOMER },
	{ "paul.schneider@example.com", "Paul Schneider", "+49 30 5550120", ROLE_CUSTOMER },
	{ "lena.brandt@example.com", "Lena Brandt", "+49 30 5550201", ROLE_COURIER },
	{ "omar.haddad@example.com", "Omar Haddad", "+49 30 5550202", ROLE_COURIER },
	{ "nils.peters@example.com", "Nils Peters", "+49 30 5550203", ROLE_COURIER },
	{ "yara.costa@example.com", "Yara Costa", "+49 30 5550204", ROLE_COURIER },
	{ "jan.dvorak@example.com", "Jan Dvorak", "+49 30 5550205", ROLE_COURIER },
	{ "root@stoa.example", "Iris Falk", "+49 30 5550301", ROLE_SUPER_ADMIN },
	{ "admin@stoa.example", "Oskar Lund", "+49 30 5550302", ROLE_ADMIN },
	{ "nora.klein@stoa.example", "Nora Klein", "+49 30 5550303", ROLE_STORE_STAFF },
	{ "samuel.roth@stoa.example", "Samuel Roth", "+49 30 5550304", ROLE_STORE_STAFF },
	{ "ben.okafor@stoa.example", "Ben Okafor", "+49 30 5550305", ROLE_PICKER },
	{ "greta.holm@stoa.example", "Greta Holm", "+49 30 5550306", ROLE_PICKER },
};

static void seed_person(struct tx *tx, const struct person *person, struct str hash, int64_t now_us)
{
	struct str audience = role_audience(person->role) == AUDIENCE_ADMIN ? STR("admin") : STR("public");
	struct uuid id =
	        uuid_from_name(str_printf(task_arena(), "stoa demo account %.*s %s", STR_ARG(audience), person->email));
	struct account_changed_data data = {
		.account_id = id,
		.audience = audience,
		.email = str_from(person->email),
		.name = str_from(person->name),
		.phone = str_from(person->phone),
		.role = role_name(person->role),
	};

	if (sql_account_insert_missing(tx, .id = id, .audience = data.audience, .email = data.email,
	                               .password_hash = hash, .name = data.name, .phone = data.phone, .role = data.role,
	                               .now = now_us))
		emit(tx, account_changed, id, 1, &data);
}

void accounts_seed(struct db *db, int64_t now_us)
{
	struct str hash = password_hash(STR("stoa-demo-password"));
	struct tx *tx = tx_begin(db);

	for (size_t i = 0; i < ARRAY_COUNT(people); i++)
		seed_person(tx, &people[i], hash, now_us);
	tx_commit(tx);
}
