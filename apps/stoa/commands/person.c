/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `stoa person`: everything that is kept about a person, as lines of JSON, and its erasure, in one transaction over all
 * services (service/person.h), with a row in the audit trail. An address may have two accounts, a customer's and staff's:
 * both are the person.
 *
 * Before it is erased an account is disabled, here or by staff just before, and what its tokens had begun is waited for: an
 * order that is placed at the same moment is seen, or was never placed.
 */
#include "service/person.h"

#include <pwd.h>
#include <unistd.h>

#include "accounts/accounts_sql.h"
#include "accounts/config.h"
#include "apps/stoa/args.h"
#include "apps/stoa/cli.h"
#include "apps/stoa/database.h"
#include "apps/stoa/json_line.h"
#include "auth/token.h"
#include "base/check.h"
#include "base/clock.h"
#include "events/event.h"
#include "service/platform.h"
#include "service/sql/audit_sql.h"
#include "task/task.h"

enum { PERSONS_MAX = 2, DATA_MAX = PLATFORM_LIST_MAX, CONNINFO_MAX = 2048 };
#define TIMEOUT_US (600 * US_PER_S)

/* Every process knows of the end of a login within two seconds; a request ends within 15 (http.h). */
#define SETTLE_US (17 * US_PER_S)

struct person_request {
	const char *who; /* an address, or the id of an account */
	int64_t token_life_us;
	int64_t disabled_us; /* since when the last of the accounts found had been disabled; 0: none was */
	bool refused;
};

static struct str email_of(struct db *db, const struct person_request *request)
{
	struct uuid id;
	const struct sql_account_row *account =
	        uuid_parse(str_from(request->who), &id) ? NULL : sql_account_find(db, .id = id);

	return account ? account->email : str_lower(task_arena(), str_from(request->who));
}

/* The person's accounts, or one of the nil id. */
static size_t find_persons(struct db *db, struct person_request *request, struct person persons[PERSONS_MAX])
{
	static const char *const audiences[] = { "public", "admin" };
	struct person nobody = { .email = email_of(db, request), .token_life_us = request->token_life_us };
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_COUNT(audiences); i++) {
		const struct sql_account_row *account =
		        sql_account_by_email(db, .audience = str_from(audiences[i]), .email = nobody.email);

		if (!account)
			continue;
		persons[count] = nobody;
		persons[count++].id = account->id;
		if (account->disabled_at.set && account->disabled_at.value > request->disabled_us)
			request->disabled_us = account->disabled_at.value;
	}
	if (!count)
		persons[count++] = nobody;
	return count;
}

static size_t list_data(const struct person_data *ret[DATA_MAX])
{
	size_t count = 0;

	ret[count++] = &platform_person;
	for (const struct service *const *service = services_all; *service; service++)
		if ((*service)->person)
			ret[count++] = (*service)->person;
	return count;
}

static void print_row(void *arg, struct str table, struct str json)
{
	struct json_line line;

	json_line_begin(&line);
	json_line_text(&line, "table", table);
	json_line_json(&line, "row", json);
	json_line_end(&line);
}

static void export_person(struct db *db, void *arg)
{
	const struct person_data *data[DATA_MAX];
	struct person persons[PERSONS_MAX];
	size_t count = find_persons(db, arg, persons), data_count = list_data(data);

	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < data_count; j++)
			data[j]->tell(db, &persons[i], print_row, NULL);
}

static bool may_erase(struct db *db, const struct person *person)
{
	const struct person_data *data[DATA_MAX];
	size_t count = list_data(data);
	bool may = true;

	for (size_t i = 0; i < count; i++) {
		struct str why = data[i]->under_way ? data[i]->under_way(db, person) : STR_NULL;

		if (!str_is_null(why))
			fprintf(stderr, "stoa: nothing was erased: %.*s\n", STR_ARG(why));
		may = may && str_is_null(why);
	}
	return may;
}

static void audit(struct tx *tx, const struct person *person, const char *action, int64_t now_us)
{
	const struct passwd *user = getpwuid(getuid());

	sql_audit_insert(tx, .id = uuid_new_v7(now_us), .at = now_us,
	                 .service_key = str_printf(task_arena(), "cli:%s", user ? user->pw_name : "unknown"),
	                 .action = str_from(action), .subject = STR("accounts"),
	                 .subject_id = uuid_text(task_arena(), person->id), .request_id = STR(""), .client = STR(""),
	                 .status = 204);
}

/* What is done to a person in a transaction, unless something of theirs is under way; whether it was done to anybody. */
typedef bool person_step(struct tx *tx, const struct person *person, int64_t now_us);

static bool shut_out(struct tx *tx, const struct person *person, int64_t now_us)
{
	const struct person_data *data[DATA_MAX];
	size_t count = list_data(data);
	bool shut = false;

	for (size_t i = 0; i < count; i++)
		shut |= data[i]->shut_out && data[i]->shut_out(tx, person, now_us);
	if (shut)
		audit(tx, person, "person_disable", now_us);
	return shut;
}

static bool erase(struct tx *tx, const struct person *person, int64_t now_us)
{
	const struct person_data *data[DATA_MAX];
	size_t count = list_data(data);
	bool known = !uuid_is_nil(person->id);

	for (size_t i = 0; i < count; i++)
		data[i]->erase(tx, person, now_us);
	if (known)
		audit(tx, person, "person_erase", now_us);
	return known;
}

static bool take_step(struct db *db, struct person_request *request, person_step *step)
{
	struct person persons[PERSONS_MAX];
	int64_t now_us = clock_now_us();
	struct tx *tx = tx_begin(db);
	size_t count = find_persons(tx_db(tx), request, persons);
	bool done = false;

	for (size_t i = 0; i < count; i++)
		request->refused |= !may_erase(tx_db(tx), &persons[i]);
	for (size_t i = 0; i < count && !request->refused; i++)
		done |= step(tx, &persons[i], now_us);
	if (request->refused)
		tx_rollback(tx);
	else
		tx_commit(tx);
	return done;
}

static void erase_person(struct db *db, void *arg)
{
	struct person_request *request = arg;
	struct events *events = events_open(task_loop(), &(struct events_options){ .db = db, .source = "stoa" });
	bool shut = take_step(db, request, shut_out);
	int64_t now_us = clock_now_us(), rest_us = (shut ? now_us : request->disabled_us) + SETTLE_US - now_us;

	if (!request->refused && rest_us > 0) {
		fprintf(stderr, "stoa: the account is disabled; what it has begun ends within %d s\n",
		        (int)(rest_us / US_PER_S) + 1);
		task_sleep_us(rest_us);
	}
	bool known = !request->refused && take_step(db, request, erase);
	if (!request->refused)
		printf("%s is erased%s\n", request->who, known ? "" : "; no account is theirs");
	else if (shut)
		fprintf(stderr, "stoa: the account stays disabled; erase it again later\n");
	events_close(events);
}

static int run_person(int argc, char **argv)
{
	const struct arg rows[] = { { NULL } };
	struct accounts_config accounts;
	struct config config;
	char conninfo[CONNINFO_MAX];
	const char *words[3];
	int count = args_parse(argc, argv, rows, words, 2);
	bool export = count == 2 && strcmp(words[0], "export") == 0,
	     erase = count == 2 && strcmp(words[0], "erase") == 0;

	if (!export && !erase) {
		if (count >= 0)
			fprintf(stderr, "stoa: person takes export or erase, and an address or the id of an account\n");
		return EXIT_USAGE;
	}
	database_config(&config, conninfo, sizeof(conninfo));
	config_load_section(&accounts_config_section, &config, &accounts);
	struct person_request request = { .who = words[1], .token_life_us = accounts.access_ttl + 2 * TOKEN_LEEWAY_US };
	int status = database_run(export ? export_person : erase_person, &request, TIMEOUT_US);

	return status == EXIT_DONE && request.refused ? EXIT_FAILED : status;
}

const struct command command_person = {
	.name = "person",
	.words = "export WHO | erase WHO",
	.help = "print everything kept about a person (an e-mail address, or the id of an account) as lines of JSON, "
	        "or "
	        "erase it: orders keep their figures; cannot be undone",
	.example = "stoa person export ada@example.com",
	.run = run_person,
};
