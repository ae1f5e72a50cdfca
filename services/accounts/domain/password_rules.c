/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts/domain/password_rules.h"

#include "base/check.h"

enum { DULL_BELOW = 4 };

/* Compared with the whole password, and with the password without digits and signs at its ends: "Password!2026" is
 * "password". */
static const char *const common[] = {
	"password",         "passwords",    "passphrase",   "passwort",
	"kennwort",         "motdepasse",   "contrasena",   "parola",
	"wachtwoord",       "p4ssw0rd",     "pa55word",     "passw0rd",
	"p@ssword",         "p@ssw0rd",     "mypassword",   "newpassword",
	"yourpassword",     "thepassword",  "nopassword",   "password1password",
	"passwordpassword", "changeme",     "changemenow",  "changethis",
	"pleasechange",     "letmein",      "letmeinnow",   "letmeinplease",
	"openthedoor",      "opensesame",   "welcome",      "welcomeback",
	"welcomehome",      "welcometo",    "hello",        "helloworld",
	"hellohello",       "secret",       "secretsecret", "topsecret",
	"mysecret",         "admin",        "adminadmin",   "administrator",
	"superuser",        "rootroot",     "master",       "default",
	"defaultpassword",  "testtest",     "testtesttest", "testpassword",
	"testing",          "guestguest",   "useruser",     "qwerty",
	"qwertyuiop",       "qwertyqwerty", "qwertzuiop",   "azertyuiop",
	"asdfghjkl",        "asdfasdf",     "asdfasdfasdf", "zxcvbnm",
	"qazwsxedc",        "1qaz2wsx",     "1qaz2wsx3edc", "1q2w3e4r5t",
	"1q2w3e4r5t6y",     "q1w2e3r4t5",   "abcdefghij",   "abcdefghijk",
	"abcdefg",          "abcdef",       "abcabcabc",    "abc",
	"iloveyou",         "iloveyouso",   "loveyou",      "lovelove",
	"sunshine",         "princess",     "football",     "baseball",
	"basketball",       "superman",     "batman",       "dragon",
	"monkey",           "starwars",     "whatever",     "trustno",
	"freedom",          "computer",     "internet",     "shopping",
	"1234567890",       "0123456789",   "0987654321",
};

static const char *const texts[] = {
	[PASSWORD_IS_ADDRESS] = "must not be the e-mail address",
	[PASSWORD_IS_NAME] = "must not be the name",
	[PASSWORD_IS_COMMON] = "must not be one of the most common passwords",
	[PASSWORD_IS_DULL] = "must have four different characters or more",
};

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

/* The text without the digits and signs at both ends. */
static struct str stem(struct str text)
{
	while (text.len && !is_letter(text.ptr[0]))
		text = str_slice(text, 1, text.len);
	while (text.len && !is_letter(text.ptr[text.len - 1]))
		text = str_slice(text, 0, text.len - 1);
	return text;
}

static bool is_common(struct str text)
{
	for (size_t i = 0; i < ARRAY_COUNT(common); i++)
		if (str_eq_nocase(text, str_from(common[i])))
			return true;
	return false;
}

static bool is_dull(struct str text)
{
	bool seen[256] = { false };
	int different = 0;

	for (size_t i = 0; i < text.len; i++) {
		different += !seen[(unsigned char)text.ptr[i]];
		seen[(unsigned char)text.ptr[i]] = true;
	}
	return different < DULL_BELOW;
}

/* Equal, ignoring case and spaces. */
static bool is_name(struct str text, struct str name)
{
	size_t i = 0, k = 0, equal = 0;

	for (;;) {
		while (i < text.len && text.ptr[i] == ' ')
			i++;
		while (k < name.len && name.ptr[k] == ' ')
			k++;
		if (i == text.len || k == name.len)
			return i == text.len && k == name.len && equal > 0;
		if (!str_eq_nocase(str_slice(text, i, i + 1), str_slice(name, k, k + 1)))
			return false;
		i++;
		k++;
		equal++;
	}
}

enum password_refusal password_judge(struct str password, struct str email, struct str name)
{
	struct str rest = email, local = str_cut(&rest, '@');

	if (str_eq_nocase(password, email) || str_eq_nocase(password, local))
		return PASSWORD_IS_ADDRESS;
	if (is_name(password, name))
		return PASSWORD_IS_NAME;
	if (is_common(password) || is_common(stem(password)))
		return PASSWORD_IS_COMMON;
	return is_dull(password) ? PASSWORD_IS_DULL : PASSWORD_FINE;
}

const char *password_refusal_text(enum password_refusal refusal)
{
	return texts[refusal];
}
