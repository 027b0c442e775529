/* scores.c: the numbers a model gives to the rows of a batch.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "weir/memory.h"
#include "weir/model.h"

weir_code weir_scores_resize(weir_scores *scores, size_t keys, size_t rows, weir_error *err)
{
    if (keys != scores->keys || rows > scores->capacity) {
        size_t capacity = rows > scores->capacity ? rows : scores->capacity;
        double *values = capacity <= SIZE_MAX / sizeof(double) / (keys ? keys : 1)
                             ? weir_calloc(keys * capacity + 1, sizeof *values)
                             : NULL;
        if (!values)
            return weir_fail(err, WEIR_NO_MEMORY, "no room for the scores of %zu rows", rows);
        weir_free(scores->values);
        scores->values = values;
        scores->keys = keys;
        scores->capacity = capacity;
    }
    scores->rows = rows;
    return WEIR_OK;
}

void weir_scores_free(weir_scores *scores)
{
    if (!scores)
        return;
    weir_free(scores->values);
    *scores = (weir_scores){0};
}
