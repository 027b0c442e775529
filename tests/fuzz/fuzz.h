/* fuzz.h: what every fuzz target has.
 *
 * A target feeds bytes to a decoder. What is refused is refused; what is accepted must also survive being written and
 * read again, and check() ends the program when it does not.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_FUZZ_H
#define WEIR_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

void fuzz_check(bool holds, const char *what, const char *why);

#endif
