/* SPDX-License-Identifier: Apache-2.0 */
#include "base/check.h"
#include "tools/sqlgen/reader.h"

static const char *const reserved[] = {
	/* C's key words, and macros that every file sees */
	"auto", "bool", "break", "case", "char", "const", "continue", "default", "do", "double", "else", "enum",
	"errno", "extern", "false", "float", "for", "goto", "if", "inline", "int", "linux", "long", "register",
	"restrict", "return", "short", "signed", "sizeof", "static", "stderr", "stdin", "stdout", "struct", "switch",
	"true", "typedef", "typeof", "asm", "union", "unix", "unsigned", "void", "volatile", "while",
	/* poisoned by base/banned.h */
	"asctime", "atof", "atoi", "atol", "atoll", "ctime", "gets", "gmtime", "localtime", "mktemp", "popen", "rand",
	"sprintf", "srand", "strcat", "strcpy", "strncat", "strncpy", "strtok", "system", "tmpnam", "vsprintf"
};

bool sqlgen_name_ok(struct str name)
{
	if (!name.len || name.len > SQLGEN_NAME_MAX || name.ptr[0] < 'a' || name.ptr[0] > 'z')
		return false;
	for (size_t i = 0; i < name.len; i++) {
		char c = name.ptr[i];

		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'))
			return false;
	}
	for (size_t i = 0; i < ARRAY_COUNT(reserved); i++) {
		if (str_eq(name, str_from(reserved[i])))
			return false;
	}
	return true;
}
