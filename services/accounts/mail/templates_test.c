/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"

#include "accounts/mail/templates.h"
#include "base/clock.h"

static struct arena *arena;

static struct str write_to(const char *template, const char *to, struct str secret)
{
	struct message message = {
		.template = mail_template_find(str_from(template)),
		.from = "no-reply@shop.example",
		.site = "https://shop.example",
		.to = str_from(to),
		.secret = secret,
		.at_us = INT64_C(1795245221) * US_PER_S,
	};

	assert_non_null(message.template);
	return message_write(arena, &message);
}

static void test_a_message(void **state)
{
	struct str text = write_to("login_code", "ada@example.com", STR("123456"));

	assert_true(str_starts(text, STR("From: no-reply@shop.example\r\n"
	                                 "To: ada@example.com\r\n"
	                                 "Subject: Your code to log in\r\n"
	                                 "Date: Sat, 21 Nov 2026 07:13:41 +0000\r\n"
	                                 "Message-ID: <00000000-0000-0000-0000-000000000000@stoa>\r\n"
	                                 "MIME-Version: 1.0\r\n"
	                                 "Content-Type: text/plain; charset=utf-8\r\n"
	                                 "Content-Transfer-Encoding: 8bit\r\n"
	                                 "Auto-Submitted: auto-generated\r\n"
	                                 "\r\n"
	                                 "Hello,\r\n"
	                                 "\r\n"
	                                 "your code to log in is\r\n"
	                                 "\r\n"
	                                 "    123456\r\n")));
}

static void test_no_address_leaves_its_header(void **state)
{
	static const char *const bad[] = { "",           "a@b.co\r\nBcc: c@d.co", "a@b.co\nX: y", "a b@c.co",
		                           "a@b.co\x7f", "\xc3\xa4@b.co" };

	for (size_t i = 0; i < ARRAY_COUNT(bad); i++)
		assert_true(str_is_null(write_to("login_code", bad[i], STR("123456"))));
}

/* Every line of every template is one a mail program shows whole, ended by CR LF, with nothing left unfilled. */
static void test_every_template(void **state)
{
	static const char *const templates[] = { "register",         "already_registered", "verify_email",
		                                 "reset_password",   "login_code",         "change_email",
		                                 "password_changed", "email_changed",      "invitation" };

	for (size_t i = 0; i < ARRAY_COUNT(templates); i++) {
		struct str rest =
		        write_to(templates[i], "ada@example.com", STR("0123456789012345678901234567890123456789012"));

		assert_true(str_ends(rest, STR("\r\n")));
		while (!str_is_null(rest)) {
			struct str line = str_cut(&rest, '\n');

			assert_true(line.len == 0 ? str_is_null(rest) : line.ptr[line.len - 1] == '\r');
			assert_true(line.len <= 100);
			if (line.len)
				assert_false(str_has_char(str_slice(line, 0, line.len - 1), '\r'));
		}
	}
}

static void test_no_such_template(void **state)
{
	assert_null(mail_template_find(STR("advertisement")));
	assert_null(mail_template_find(STR("")));
}

static int start(void **state)
{
	arena = arena_new(4096, 1 << 20, NULL, NULL);
	return 0;
}

static int stop(void **state)
{
	arena_free(arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_message),
		cmocka_unit_test(test_no_address_leaves_its_header),
		cmocka_unit_test(test_every_template),
		cmocka_unit_test(test_no_such_template),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
