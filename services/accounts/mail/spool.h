/* SPDX-License-Identifier: Apache-2.0 */
/* The folder that mail goes to until something carries it further: one file a message, whole or not at all. */
#ifndef STOA_ACCOUNTS_SPOOL_H
#define STOA_ACCOUNTS_SPOOL_H

#include "base/attr.h"
#include "base/str.h"

/* Writes FOLDER/NAME with mode 0600 and has it on the disk when it returns; a file of that name is replaced by its
 * equal. Makes the folder (0700), not what it lies in. Blocks. 0 or a negative errno. */
MUST_CHECK int spool_write(const char *folder, const char *name, struct str text);

#endif
