/* SPDX-License-Identifier: Apache-2.0 */
/* Roles and what they may do, as the specification's matrix has it. */
#include "base/test.h"

#include "auth/permission.h"

static void test_names_are_found_again(void **state)
{
	static const struct str unknown[] = { STR(""),     STR("none"),   STR("Customer"), STR("customer "),
		                              STR("admi"), STR("adminn"), STR("admin\0"),  { NULL, 0 } };

	for (enum role role = ROLE_NONE + 1; role < ROLE_COUNT; role++)
		assert_int_equal(role_find(role_name(role)), role);
	for (size_t i = 0; i < ARRAY_COUNT(unknown); i++)
		assert_int_equal(role_find(unknown[i]), ROLE_NONE);
}

static void test_permissions_are_named_once_and_explained(void **state)
{
	for (enum permission p = 0; p < PERMISSION_COUNT; p++) {
		assert_true(permission_name(p).len > 0);
		assert_true(permission_meaning(p).len > 0);
		for (enum permission q = 0; q < p; q++)
			assert_false(str_eq(permission_name(p), permission_name(q)));
	}
}

static void test_audiences(void **state)
{
	for (enum role role = ROLE_NONE + 1; role < ROLE_COUNT; role++)
		assert_int_equal(role_audience(role),
		                 role == ROLE_CUSTOMER || role == ROLE_COURIER ? AUDIENCE_PUBLIC : AUDIENCE_ADMIN);
}

/* Every role and every permission; '+' may. In the order customer, courier, picker, store staff, admin, super admin. */
static const struct {
	enum permission permission;
	const char *who;
} matrix[] = {
	{ PERMISSION_ANYONE, "++++++" },          { PERMISSION_SIGNED_IN, "++++++" },
	{ PERMISSION_ADDRESSES_OWN, "+---++" },   { PERMISSION_ORDERS_OWN, "+---++" },
	{ PERMISSION_DELIVERIES_OWN, "-+--++" },  { PERMISSION_ORDERS_FOLLOW, "++--++" },
	{ PERMISSION_ORDERS_READ, "--++++" },     { PERMISSION_ORDERS_UPDATE, "---+++" },
	{ PERMISSION_ORDERS_CANCEL, "---+++" },   { PERMISSION_DELIVERIES_ASSIGN, "---+++" },
	{ PERMISSION_PRODUCTS_READ, "--++++" },   { PERMISSION_PRODUCTS_WRITE, "----++" },
	{ PERMISSION_STOCK_READ, "--++++" },      { PERMISSION_STOCK_ADJUST, "---+++" },
	{ PERMISSION_CUSTOMERS_READ, "---+++" },  { PERMISSION_STORES_WRITE, "----++" },
	{ PERMISSION_CUSTOMERS_WRITE, "----++" }, { PERMISSION_COURIERS_READ, "---+++" },
	{ PERMISSION_COURIERS_WRITE, "----++" },  { PERMISSION_KEYS_WRITE, "-----+" },
	{ PERMISSION_USERS_WRITE, "-----+" },     { PERMISSION_PICKING_WORK, "--++++" },
	{ PERMISSION_EVENTS_READ, "----++" },     { PERMISSION_AUDIT_READ, "----++" },
	{ PERMISSION_OPS_READ, "----++" },        { PERMISSION_OPS_WRITE, "----++" },
	{ PERMISSION_ACCOUNTS_UNLOCK, "----++" }, { PERMISSION_PAYMENTS_WRITE, "----++" },
};

static void test_the_matrix(void **state)
{
	static const enum role columns[] = { ROLE_CUSTOMER,    ROLE_COURIER, ROLE_PICKER,
		                             ROLE_STORE_STAFF, ROLE_ADMIN,   ROLE_SUPER_ADMIN };

	assert_int_equal(ARRAY_COUNT(matrix), PERMISSION_COUNT);
	assert_int_equal(ARRAY_COUNT(columns), ROLE_COUNT - 1);
	for (size_t i = 0; i < ARRAY_COUNT(matrix); i++)
		for (size_t k = 0; k < ARRAY_COUNT(columns); k++)
			if (role_can(columns[k], matrix[i].permission) != (matrix[i].who[k] == '+'))
				fail_msg("%.*s and %.*s", STR_ARG(role_name(columns[k])),
				         STR_ARG(permission_name(matrix[i].permission)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_are_found_again),
		cmocka_unit_test(test_permissions_are_named_once_and_explained),
		cmocka_unit_test(test_audiences),
		cmocka_unit_test(test_the_matrix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
