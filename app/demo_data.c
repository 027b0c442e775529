/* demo_data.c: see demo_data.h. The assembler reads the file (WEIR_SHUTTLE, set by the build) into the object.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "demo_data.h"

__asm__(".section .rodata\n"
        ".balign 16\n"
        "weir_demo_rows:\n"
        ".incbin \"" WEIR_SHUTTLE "\"\n"
        "weir_demo_rows_end:\n"
        ".byte 0\n"
        ".text\n");

extern const unsigned char weir_demo_rows[], weir_demo_rows_end[];

const unsigned char *demo_data(size_t *size)
{
    *size = (size_t)(weir_demo_rows_end - weir_demo_rows);
    return weir_demo_rows;
}
