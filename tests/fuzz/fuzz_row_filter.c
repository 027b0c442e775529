/* fuzz_row_filter.c: row filters. What is read must decide every row of a batch, the same way twice, and what it keeps
 * must pass it again.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "rows.h"

#include <string.h>

#include "weir/row_filter.h"

enum { COLUMNS = 5, ROWS = 4 };

static weir_batch *make_rows(void)
{
    static const char *const names[COLUMNS] = {"x", "b", "t", "s", "l"};
    static const weir_type types[COLUMNS] = {WEIR_C, WEIR_B, WEIR_T, WEIR_S, WEIR_L};
    static const char *const cells[ROWS][COLUMNS] = {{"1.5", "1", "Red", "a;b", "|a|b|"},
                                                     {"-1e3", "0", "7", "a", ""},
                                                     {"", "", "", "", ""},
                                                     {"0", "1", "red", "1.50", "a"}};
    weir_batch *batch = NULL;
    weir_error err = {0};
    size_t column;

    fuzz_check(!weir_batch_new(ROWS, &batch, &err), "a batch", err.message);
    for (size_t c = 0; c < COLUMNS; c++)
        weir_batch_add_column(batch, names[c], 1, types[c], &column, NULL);
    for (size_t r = 0; r < ROWS; r++) {
        weir_batch_row_begin(batch, NULL);
        for (size_t c = 0; c < COLUMNS; c++)
            weir_batch_put_text(batch, c, cells[r][c], strlen(cells[r][c]), NULL);
        weir_batch_row_end(batch);
    }
    return batch;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    weir_row_filter *filter = NULL;
    weir_batch *batch;
    uint8_t keep[ROWS], again[ROWS];
    size_t kept = 0, kept_again = 0;
    weir_error err = {0};

    if (weir_row_filter_parse((const char *)data, size, &filter, &err)) {
        fuzz_check(err.code == WEIR_INVALID && err.message[0], "a reason", err.message);
        return 0;
    }
    if (!filter)
        return 0;
    batch = make_rows();
    fuzz_check(!weir_row_filter_apply(filter, batch, keep, &kept, &err), "apply", err.message);
    fuzz_check(!weir_row_filter_apply(filter, batch, again, &kept_again, &err), "apply again",
               err.message);
    fuzz_check(kept == kept_again && memcmp(keep, again, ROWS) == 0, "the same rows", "");
    fuzz_check(!weir_batch_keep_rows(batch, keep, &err), "keep", err.message);
    fuzz_check(batch->rows == kept, "as many rows as were kept", "");
    weir_row_filter_apply(filter, batch, again, &kept_again, NULL);
    fuzz_check(kept_again == kept, "kept rows pass", "");
    weir_row_filter_free(filter);
    weir_batch_free(batch);
    return 0;
}
