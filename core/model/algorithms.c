/* algorithms.c: every algorithm there is, written out. A new one is a file, a test and a row here.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "model/algorithms.h"

#include <string.h>

const weir_algorithm *const weir_algorithms[] = {&weir_hba, &weir_ecod, &weir_mlr, NULL};

const weir_algorithm *weir_algorithm_find(const char *id)
{
    for (size_t i = 0; weir_algorithms[i]; i++)
        if (strcmp(weir_algorithms[i]->id, id) == 0)
            return weir_algorithms[i];
    return NULL;
}
