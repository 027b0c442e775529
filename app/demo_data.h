/* demo_data.h: the rows of the demo, inside the program.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_DEMO_DATA_H
#define WEIR_DEMO_DATA_H

#include <stddef.h>

/* data/shuttle.csv.zst: Statlog (Shuttle), UCI Machine Learning Repository, CC BY 4.0; see NOTICE. */
const unsigned char *demo_data(size_t *size);

#endif
