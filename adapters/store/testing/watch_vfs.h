/* watch_vfs.h: an SQLite VFS that knows what would be left after a loss of power, and can make calls fail.
 *
 * It passes everything on to the system's VFS. Beside each file it keeps an image: the content at the last xSync of
 * that file. What was written after that is what a power cut may take away.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_WATCH_VFS_H
#define WEIR_WATCH_VFS_H

#include <stdbool.h>
#include <stdint.h>

#define WATCH_VFS "watch"

/* Registers the VFS (once) and forgets images and faults. */
void watch_begin(void);
void watch_end(void);

/* The nth write, truncate or sync from now on fails with that SQLite code; lasting: and all after it. */
void watch_fail(uint64_t nth, int code, bool lasting);
/* No more failures. True when the nth call came. */
bool watch_heal(void);

uint64_t watch_syncs(void);
/* Writes into the directory `to` what a power cut would now leave of the files in `from`. */
void watch_power_cut(const char *from, const char *to);

#endif
