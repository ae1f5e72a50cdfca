/* SPDX-License-Identifier: Apache-2.0 */
/* What holds for permissions and roles whichever services bring them. What the real ones are:
 * tests/golden/permissions.txt.
 */
#include "base/test.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "auth/test_roles.h"

static struct permissions *permissions;

static int start(void **state)
{
	permissions = test_permissions();
	return 0;
}

static int stop(void **state)
{
	permissions_free(permissions);
	return 0;
}

static void test_names_are_found_again(void **state)
{
	static const struct str unknown[] = { STR(""),     STR("none"),   STR("Customer"), STR("customer "),
		                              STR("admi"), STR("adminn"), STR("admin\0"),  { NULL, 0 } };
	struct role_list roles = permissions_roles(permissions);

	assert_int_equal(roles.count, test_role_rows.count);
	for (size_t i = 0; i < roles.count; i++)
		assert_ptr_equal(role_find(permissions, str_from(roles.items[i]->name)), roles.items[i]);
	for (size_t i = 0; i < ARRAY_COUNT(unknown); i++)
		assert_null(role_find(permissions, unknown[i]));
}

static void test_roles_come_by_audience_and_reach(void **state)
{
	static const char *const order[] = { "customer", "courier", "picker", "staff", "admin", "super_admin" };
	struct role_list roles = permissions_roles(permissions);

	for (size_t i = 0; i < ARRAY_COUNT(order); i++)
		assert_string_equal(roles.items[i]->name, order[i]);
}

/* Every role and every permission; '+' may. In the order of the roles above. */
static void test_who_may_what(void **state)
{
	static const struct {
		const struct permission *permission;
		const char *who;
	} matrix[] = {
		{ &permission_anyone, "++++++" }, { &permission_signed_in, "++++++" }, { &orders_own, "+---++" },
		{ &orders_follow, "++--++" },     { &orders_read, "--++++" },          { &orders_cancel, "---+++" },
		{ &stock_adjust, "----++" },      { &users_write, "-----+" },
	};
	struct permission_list all = permissions_all(permissions);
	struct role_list roles = permissions_roles(permissions);

	assert_int_equal(ARRAY_COUNT(matrix), all.count);
	for (size_t i = 0; i < ARRAY_COUNT(matrix); i++) {
		assert_ptr_equal(all.items[i], matrix[i].permission);
		for (size_t k = 0; k < roles.count; k++)
			if (role_can(permissions, roles.items[k], matrix[i].permission) != (matrix[i].who[k] == '+'))
				fail_msg("%s and %s", roles.items[k]->name, matrix[i].permission->name);
	}
}

static void test_a_stranger_may_nothing(void **state)
{
	static const struct role stranger = { "stranger", AUDIENCE_ADMIN, ROLE_REACHES_ALL };
	static const struct permission unknown = { "unknown", PERMISSION_WORK, "", "staff" };

	assert_false(role_can(permissions, &stranger, &orders_read));
	assert_false(permission_set_has((struct permission_set){ 0 }, &permission_anyone));
	assert_false(role_can(permissions, &super_admin_role, &unknown));
	assert_false(permission_is_known(permissions, &unknown));
	assert_true(permission_is_known(permissions, &orders_own) &&
	            permission_is_known(permissions, &permission_anyone));
}

enum { MANY = 300 };

/* Sets are as long as the rows need. */
static void test_there_is_no_ceiling(void **state)
{
	static char names[MANY][16];
	static struct permission rows[MANY];
	const struct permission *items[MANY];

	for (int i = 0; i < MANY; i++) {
		snprintf(names[i], sizeof(names[i]), "p%d", i);
		rows[i] = (struct permission){ names[i], PERMISSION_WORK, "", i % 3 ? "picker" : "staff picker" };
		items[i] = &rows[i];
	}
	struct permissions *many = permissions_new(&(struct permission_list){ items, MANY }, 1, &test_role_rows, 1);

	for (int i = 0; i < MANY; i++) {
		assert_true(role_can(many, &picker_role, &rows[i]));
		assert_int_equal(role_can(many, &staff_role, &rows[i]), i % 3 == 0);
		assert_false(role_can(many, &courier_role, &rows[i]));
	}
	permissions_free(many);
}

/* Ends the process with a line, so in one of its own. */
static bool is_refused(const struct permission *row, const struct role *role)
{
	int status = 0;

	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0) {
		const struct permission *rows[] = { &orders_read, row };
		const struct role *roles[] = { &customer_role, &staff_role, &picker_role, role };

		if (!freopen("/dev/null", "w", stderr))
			_exit(1);
		permissions_new(&(struct permission_list){ rows, 2 }, 1, &(struct role_list){ roles, role ? 4 : 3 }, 1);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status);
}

static void test_what_cannot_be_meant(void **state)
{
	static const struct permission good = { "things.read", PERMISSION_WORK, "", "staff" };
	static const struct permission twice = { "orders.read", PERMISSION_WORK, "", "staff" };
	static const struct permission of_nobody = { "things.read", PERMISSION_WORK, "", "staff courier" };
	static const struct permission for_the_public = { "things.read", PERMISSION_WORK, "", "customer" };
	static const struct permission of_root = { "things.read", PERMISSION_ROOT, "", "staff" };

	assert_false(is_refused(&good, NULL));
	assert_true(is_refused(&twice, NULL));
	assert_true(is_refused(&of_nobody, NULL));
	assert_true(is_refused(&for_the_public, NULL));
	assert_true(is_refused(&of_root, NULL));
	assert_true(is_refused(&good, &staff_role));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_are_found_again), cmocka_unit_test(test_roles_come_by_audience_and_reach),
		cmocka_unit_test(test_who_may_what),          cmocka_unit_test(test_a_stranger_may_nothing),
		cmocka_unit_test(test_there_is_no_ceiling),   cmocka_unit_test(test_what_cannot_be_meant),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
