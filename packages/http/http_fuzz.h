/* SPDX-License-Identifier: Apache-2.0 */
/* The fuzz target's door, under the name libFuzzer asks for; also called by the test that replays the corpus. */
#ifndef STOA_HTTP_HTTP_FUZZ_H
#define STOA_HTTP_HTTP_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
