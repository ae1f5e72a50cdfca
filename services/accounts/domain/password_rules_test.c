/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"

#include "accounts/domain/password_rules.h"

static void test_what_is_refused_and_what_is_not(void **state)
{
	static const struct {
		const char *password;
		enum password_refusal refusal;
	} cases[] = {
		{ "correct horse battery 42", PASSWORD_FINE },
		{ "stoa-demo-password", PASSWORD_FINE },
		{ "ada.lovelace@example.com", PASSWORD_IS_ADDRESS },
		{ "ADA.Lovelace@Example.COM", PASSWORD_IS_ADDRESS },
		{ "ada.lovelace", PASSWORD_IS_ADDRESS },
		{ "ada.lovelace2", PASSWORD_FINE },
		{ "Ada King Lovelace", PASSWORD_IS_NAME },
		{ "adakinglovelace", PASSWORD_IS_NAME },
		{ " ada  king love lace ", PASSWORD_IS_NAME },
		{ "adakinglovelacf", PASSWORD_FINE },
		{ "adakinglovelac", PASSWORD_FINE },
		{ "adakinglovelacee", PASSWORD_FINE },
		{ "password", PASSWORD_IS_COMMON },
		{ "Password2026!", PASSWORD_IS_COMMON },
		{ "!!!PassWord!!!", PASSWORD_IS_COMMON },
		{ "12qwertyuiop34", PASSWORD_IS_COMMON },
		{ "1q2w3e4r5t", PASSWORD_IS_COMMON },
		{ "1234567890", PASSWORD_IS_COMMON },
		{ "my password is long", PASSWORD_FINE },
		{ "aaaaaaaaaaaa", PASSWORD_IS_DULL },
		{ "abababababab", PASSWORD_IS_DULL },
		{ "1231231231231", PASSWORD_IS_DULL },
		{ "xyzwxyzwxyzw", PASSWORD_FINE },
		{ "          ", PASSWORD_IS_DULL },
		{ "", PASSWORD_IS_DULL },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		enum password_refusal refusal = password_judge(
		        str_from(cases[i].password), STR("ada.lovelace@example.com"), STR("Ada King Lovelace"));

		if (refusal != cases[i].refusal)
			test_fail("\"%s\": %d, not %d", cases[i].password, refusal, cases[i].refusal);
		assert_int_equal(!password_refusal_text(refusal), refusal == PASSWORD_FINE);
	}
}

static void test_a_person_without_a_name(void **state)
{
	assert_int_equal(password_judge(STR("correct horse"), STR("a@b.example"), STR_NULL), PASSWORD_FINE);
	assert_int_equal(password_judge(STR("correct horse"), STR("a@b.example"), STR("  ")), PASSWORD_FINE);
	assert_int_equal(password_judge(STR("    "), STR("a@b.example"), STR("  ")), PASSWORD_IS_DULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_refused_and_what_is_not),
		cmocka_unit_test(test_a_person_without_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
