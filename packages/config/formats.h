/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a variable's text may look like, one check a kind. NULL: it is good; otherwise what the variable takes, for the
 * line of refusal. Such a line never repeats the text of a connection string: a mistyped one may show its password.
 */
#ifndef STOA_CONFIG_FORMATS_H
#define STOA_CONFIG_FORMATS_H

#include <stdbool.h>

#include "base/str.h"

struct config_limits;

/* No control characters. */
const char *format_text(struct str text, const struct config_limits *limits);
/* A host name, or an IPv4 or IPv6 address without brackets. */
const char *format_host(struct str text, const struct config_limits *limits);
/* As libpq takes it: names, addresses and folders of sockets, separated by commas. */
const char *format_db_host(struct str text, const struct config_limits *limits);
/* http or https, without user, password and fragment. limits->query: a query may follow; limits->prefix: paths are
 * added to it, so it does not end with a slash. */
const char *format_url(struct str text, const struct config_limits *limits);
/* "*", or at most 32 origins as browsers send them (RFC 6454 section 6.2), separated by commas. */
const char *format_origins(struct str text, const struct config_limits *limits);
/* "unix", addresses and CIDR blocks, at most 32, separated by commas. */
const char *format_networks(struct str text, const struct config_limits *limits);
/* One address of RFC 5321 in ASCII, without quotes and without a display name. */
const char *format_email(struct str text, const struct config_limits *limits);
/* A URI or key=value string of libpq ("Connection Strings"): scheme, pairs and ports. Which keys there are only libpq
 * knows (db/conninfo.h). */
const char *format_postgres(struct str text, const struct config_limits *limits);
const char *format_redis(struct str text, const struct config_limits *limits);

#endif
