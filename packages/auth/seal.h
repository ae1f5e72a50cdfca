/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sealed text: what must be stored and come back, and must not be read in the database, its log or a backup. Encrypted and
 * authenticated (XChaCha20-Poly1305) under a key of the installation, and bound to the place where it is stored.
 */
#ifndef STOA_AUTH_SEAL_H
#define STOA_AUTH_SEAL_H

#include "base/arena.h"
#include "base/attr.h"
#include "base/str.h"

/* `place` is no secret: what names the row, so that a sealed text does not open in another. base64url, into the arena. */
struct str seal(struct arena *arena, struct str secret, struct str place, struct str text);
/* The text again; null when it was sealed under another secret or for another place, or was changed. */
MUST_CHECK struct str unseal(struct arena *arena, struct str secret, struct str place, struct str sealed);

#endif
