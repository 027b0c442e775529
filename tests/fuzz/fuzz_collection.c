/* fuzz_collection.c: stored collections, with the checksums of the container and of those inside it put right. What
 * loads under the rules of the first byte is saved to what loads as the same, and takes rows.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "collections.h"
#include "rows.h"

#include <stdlib.h>
#include <string.h>

#include "weir/collection.h"

/* The inner ones first: their bytes are part of what the outer checksum covers. */
static void repair(uint8_t *data, size_t size)
{
    for (size_t at = size; at-- > 0;)
        if (size - at >= 4 && memcmp(data + at, "WEIR", 4) == 0)
            fuzz_repair(data + at, size - at);
}

static void absorb_rows(weir_collection *collection)
{
    weir_batch *batch = NULL;
    size_t column;

    if (weir_batch_new(2, &batch, NULL))
        return;
    weir_batch_add_column(batch, "x", 1, WEIR_C, &column, NULL);
    weir_batch_add_column(batch, "c", 1, WEIR_T, &column, NULL);
    for (int r = 0; r < 2; r++) {
        weir_batch_row_begin(batch, NULL);
        weir_batch_put_number(batch, 0, r + 0.5, NULL);
        weir_batch_put_text(batch, 1, r ? "red" : "new", 3, NULL);
        weir_batch_row_end(batch);
    }
    batch->arrival_ms = 5000;
    for (int k = 0; k < 20 && !weir_collection_check(collection, batch, 1, NULL); k++)
        weir_collection_absorb(collection, batch, 1, NULL);
    weir_batch_free(batch);
}

static void check_collection(weir_collection *collection, const weir_collection_options *options)
{
    weir_collection *again = NULL;
    weir_bytes first = {0}, second = {0};
    weir_error err = {0};

    fuzz_check(!weir_collection_save(collection, &first, &err), "save", err.message);
    fuzz_check(!weir_collection_load(first.data, first.size, options, &again, &err),
               "load what was saved", err.message);
    fuzz_check(!weir_collection_save(again, &second, &err), "save again", err.message);
    fuzz_check(first.size == second.size && memcmp(first.data, second.data, first.size) == 0,
               "the same bytes", "");
    absorb_rows(collection);
    weir_collection_set_histograms(collection, true, NULL);
    absorb_rows(collection);
    weir_collection_free(again);
    weir_bytes_free(&first);
    weir_bytes_free(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const weir_collection_options *options;
    uint8_t *repaired;
    weir_collection *collection = NULL;

    if (size == 0)
        return 0;
    options = &fuzz_collections[data[0] % FUZZ_COLLECTIONS].options;
    if (!(repaired = malloc(size)))
        return 0;
    memcpy(repaired, data, size);
    repair(repaired + 1, size - 1);
    if (!weir_collection_load(repaired + 1, size - 1, options, &collection, NULL))
        check_collection(collection, options);
    weir_collection_free(collection);
    free(repaired);
    return 0;
}
