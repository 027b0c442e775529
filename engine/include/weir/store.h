/* store.h: the port behind which the log, the snapshots and everything else that must survive is kept.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_STORE_H
#define WEIR_STORE_H

typedef struct weir_store weir_store;

#endif
