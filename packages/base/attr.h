/* SPDX-License-Identifier: Apache-2.0 */
/* Compiler attributes under short names; gcc and clang agree on all of them. */
#ifndef STOA_BASE_ATTR_H
#define STOA_BASE_ATTR_H

#define MUST_CHECK                       __attribute__((warn_unused_result))
#define NORETURN                         __attribute__((noreturn))
#define PRINTF_LIKE(format_at, first_at) __attribute__((format(printf, format_at, first_at)))
#define UNUSED                           __attribute__((unused))

#endif
