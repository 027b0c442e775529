/* fuzz_csv.c: a CSV file, plain or packed, with types guessed. The first byte chooses the policy.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const weir_codecs *codecs = &weir_codecs_builtin;
    weir_rejects rejects = {0};
    weir_csv *csv = NULL;
    weir_batch *batch = NULL;
    char path[64];
    int file;

    if (size == 0)
        return 0;
    file = memfd_create("fuzz", 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    fuzz_check(file >= 0 && write(file, data + 1, size - 1) == (ssize_t)(size - 1), "write", path);
    if (!codecs->csv_open(path, NULL, &csv, NULL))
        while (!codecs->csv_next(csv, 3, (weir_bad_policy)(data[0] % 3), &rejects, &batch, NULL) &&
               batch) {
            fuzz_check(batch->rows > 0 && batch->rows <= 3, "as many rows as asked for", "");
            weir_batch_free(batch);
        }
    codecs->csv_close(csv);
    close(file);
    return 0;
}
