/* SPDX-License-Identifier: Apache-2.0 */
/* Force-included everywhere (-include): functions that lose bounds, state or errors may not be called. */
#ifndef STOA_BASE_BANNED_H
#define STOA_BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Fortified libraries define some of them as macros, and clang does not poison a macro. */
#undef sprintf
#undef vsprintf

#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf gets strtok atoi atol atoll atof
#pragma GCC poison gmtime localtime ctime asctime tmpnam mktemp system popen rand srand

#endif
