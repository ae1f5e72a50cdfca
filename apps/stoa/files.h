/* SPDX-License-Identifier: Apache-2.0 */
/* Small files and folders of the stack. A function that returns int writes a line to standard error before it returns
 * -1, unless it says otherwise. */
#ifndef STOA_APPS_STOA_FILES_H
#define STOA_APPS_STOA_FILES_H

#include <pwd.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/attr.h"
#include "base/str.h"

/* One line on standard error, "stoa: PATH: WHAT"; returns -1. */
int path_print_error(const char *path, const char *what);

/* Creates the folder, or accepts one that exists and belongs to us or to `owner`. */
MUST_CHECK int folder_make(const char *path, mode_t mode, const struct passwd *owner);
/* Removes the folder and its content; follows no links. A missing folder is fine. */
void folder_remove(const char *path);
/* Whole or not at all: writes another file, then renames it. `owner` may be NULL. */
MUST_CHECK int file_write(const char *path, mode_t mode, const struct passwd *owner, struct str text);
/* Up to size - 1 bytes, NUL-terminated; -1 silently when it cannot be read. */
MUST_CHECK ssize_t file_read(const char *path, char *out, size_t size);
bool file_exists(const char *path);
bool file_is_program(const char *path);

/* Splits a line at blanks; returns how many words, at most `max`. */
int line_words(struct str line, struct str *words, int max);

/* The last lines of a log, indented, on standard error. */
void file_print_tail(const char *path, int lines);

/* Puts KEY='VALUE' lines into the environment; a variable that is set stays unless `overwrite`. -1 silently when the
 * file cannot be read. */
MUST_CHECK int env_file_load(const char *path, bool overwrite);

#endif
