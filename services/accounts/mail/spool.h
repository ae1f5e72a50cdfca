/* SPDX-License-Identifier: Apache-2.0 */
/* The mail spool: a folder from which another program sends the messages. One file per message, complete or absent. */
#ifndef STOA_ACCOUNTS_SPOOL_H
#define STOA_ACCOUNTS_SPOOL_H

#include "base/attr.h"
#include "base/str.h"

/* Writes FOLDER/NAME with mode 0600; it is on the disk when the function returns. Replaces a file of that name.
 * Creates the folder (0700), but not its parents. Blocks. Returns 0 or a negative errno. */
MUST_CHECK int spool_write(const char *folder, const char *name, struct str text);

#endif
