/* SPDX-License-Identifier: Apache-2.0 */
/* A fuzz target's door, under the name libFuzzer asks for; also called by the test that replays a corpus. */
#ifndef STOA_BASE_TEST_FUZZ_H
#define STOA_BASE_TEST_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
