/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"

#include "base/arena.h"
#include "base/unicode.h"

#define LINE    "must be one line"
#define CONTROL "must not contain control characters"
#define HIDDEN  "must not contain invisible characters or changes of direction"
#define PRIVATE "must not contain characters without a common meaning (private use)"
#define MARKS   "must not have more than 30 combining marks in a row"
#define ACUTE10 "\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301"

static struct arena *arena;

struct row {
	struct str text, line, block; /* clean; null: refused */
	const char *line_rule, *block_rule;
};

#define SAME(text) \
	{ \
		STR(text), STR(text), STR(text), NULL, NULL \
	}
#define BECOMES(text, clean) \
	{ \
		STR(text), STR(clean), STR(clean), NULL, NULL \
	}
#define REFUSED(text, rule) \
	{ \
		STR(text), STR_NULL, STR_NULL, rule, rule \
	}

/* NOLINTBEGIN(misc-misleading-bidirectional): misleading on purpose */
static const struct row rows[] = {
	SAME(""),
	SAME("Whole milk"),
	SAME("Stra\u00dfe 5"),
	SAME("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"), /* Persian, with its joiner */
	SAME("\u0915\u094d\u200d\u0937"),                         /* Hindi, with its joiner */
	SAME("\u200fabc \u05d0"),                                 /* a mark of direction */
	SAME("\u0600\u0661"),                                     /* an Arabic number sign is seen */
	SAME("\U0001f469\u200d\U0001f680 \u2764\ufe0f"),          /* emoji */
	SAME("\u0378"),                                           /* unassigned so far */
	SAME("x" ACUTE10 ACUTE10 ACUTE10 "b"),
	BECOMES(" a ", "a"),
	BECOMES("\t\r\na\u3000\u00a0\u2003\u2028\xc2\x85", "a"),
	BECOMES(" \u3000\u00a0\u1680\u2000\u200a\u202f\u205f\t\n\r\xc2\x85"
	        "\u2028\u2029",
	        ""),
	BECOMES("\u200c\u200d\u200e\u200f\u061c\ufe0f\u034f\u2800", ""),
	BECOMES("Cafe\u0301", "Caf\u00e9"),
	BECOMES("\u1100\u1161\u11a8", "\uac01"),
	BECOMES("\u212b", "\u00c5"),
	BECOMES("q\u0307\u0323", "q\u0323\u0307"),
	{ STR("a\nb"), STR_NULL, STR("a\nb"), LINE, NULL },
	{ STR("a\r\nb\rc\xc2\x85"
	      "d\u2028e\u2029f"),
	  STR_NULL, STR("a\nb\nc\nd\ne\nf"), LINE, NULL },
	{ STR("a\tb"), STR_NULL, STR("a\tb"), CONTROL, NULL },
	REFUSED("a\0b", CONTROL),
	REFUSED("\x7f", CONTROL),
	REFUSED("a\x1b[31m", CONTROL),
	REFUSED("a\xc2\x80", CONTROL),
	REFUSED("a\xc2\x9f"
	        "b",
	        CONTROL),
	REFUSED("\xe2\x80\xae"
	        "evil",
	        HIDDEN),
	REFUSED("a\xe2\x80\xaa", HIDDEN),
	REFUSED("a\xe2\x81\xa6"
	        "b\xe2\x81\xa9",
	        HIDDEN),
	REFUSED("\u200b", HIDDEN),
	REFUSED("a\u2060", HIDDEN),
	REFUSED("\ufeff"
	        "a",
	        HIDDEN),
	REFUSED("a\u00ad", HIDDEN),
	REFUSED("\u3164", HIDDEN),
	REFUSED("\U000e0041", HIDDEN),
	REFUSED("\ufff9", HIDDEN),
	REFUSED("\ue000", PRIVATE),
	REFUSED("\U0010fffd", PRIVATE),
	REFUSED("\ufffe", PRIVATE),
	REFUSED("\U0001ffff", PRIVATE),
	REFUSED("\ufdd0", PRIVATE),
	REFUSED("a" ACUTE10 ACUTE10 ACUTE10 "\u0301", MARKS),
};
/* NOLINTEND(misc-misleading-bidirectional) */

static void check_row(const struct row *row, struct str want, const char *want_rule,
                      const char *clean(struct arena *, struct str *))
{
	struct str text = row->text, again;
	const char *rule = clean(arena, &text);

	if (want_rule) {
		assert_non_null(rule);
		assert_string_equal(rule, want_rule);
		assert_str(text, row->text);
		return;
	}
	assert_null(rule);
	assert_str(text, want);
	again = text;
	assert_null(clean(arena, &again));
	assert_str(again, want);
}

static void lines_and_blocks(void **state)
{
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		check_row(&rows[i], rows[i].line, rows[i].line_rule, unicode_line);
		check_row(&rows[i], rows[i].block, rows[i].block_rule, unicode_block);
	}
}

static void passwords(void **state)
{
	assert_str(unicode_password(arena, STR(" pass word ")), STR(" pass word "));
	assert_str(unicode_password(arena, STR("pa\u00a0ss\u3000")), STR("pa ss "));
	assert_str(unicode_password(arena, STR("Cafe\u0301")), STR("Caf\u00e9"));
	assert_str(unicode_password(arena, STR("\u212b")), STR("\u00c5"));
	assert_str(unicode_password(arena, STR("a" ACUTE10 ACUTE10 ACUTE10 ACUTE10)),
	           STR("a" ACUTE10 ACUTE10 ACUTE10 ACUTE10));
}

/* The fast path: nothing is copied. */
static void ascii_is_not_copied(void **state)
{
	static const char name[] = "Ada Lovelace, 12 St James's Square";
	struct str text = { name, sizeof(name) - 1 };

	assert_null(unicode_line(arena, &text));
	assert_ptr_equal(text.ptr, name);
	assert_null(unicode_block(arena, &text));
	assert_ptr_equal(text.ptr, name);
	assert_ptr_equal(unicode_password(arena, text).ptr, name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_and_blocks),
		cmocka_unit_test(passwords),
		cmocka_unit_test(ascii_is_not_copied),
	};

	arena = arena_new(4096, 1 << 20, NULL, NULL);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	arena_free(arena);
	return failed;
}
