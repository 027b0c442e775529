/* rig.h: an engine on a real store in a directory of its own, for tests.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_RIG_H
#define WEIR_RIG_H

#include <stdatomic.h>

#include "sqlite_inside.h"
#include "weir/engine.h"

typedef struct {
    char directory[64];
    sqlite_options store_options;
    weir_engine_options engine_options;
    atomic_llong now_ms; /* the engine's clock, moved by the test; 0: the system's */
    weir_clock clock;
    weir_store *store;
    weir_engine *engine;
} rig;

/* A new directory under /tmp; nothing is open yet. Options may be changed until rig_open(). */
void rig_new(rig *r);
void rig_open(rig *r);
void rig_close(rig *r);
void rig_reopen(rig *r);
/* Closes what is open and removes the directory. */
void rig_end(rig *r);

/* Customer "c". */
weir_code rig_create(rig *r, const char *pid, bool persist, bool histograms);
/* A frame of columns a (C), b (C, every fifth cell absent) and k (T, three values), whose cells follow from seed. */
weir_frame rig_frame(size_t rows, uint64_t seed);
/* Puts a source into the frame: id and topic "t", one offset a row from `from` on. */
void rig_source(weir_frame *frame, const char *id, int32_t partition, int64_t from, int64_t next);
weir_code rig_learn(rig *r, const char *pid, size_t rows, uint64_t seed);
double rig_rows(rig *r, const char *pid); /* fails the test when there is no such project */
size_t rig_count(rig *r);                 /* projects of customer c */
/* The bytes of the project's whole summary. */
weir_bytes rig_bytes(rig *r, const char *pid);
/* The value of a figure. */
double rig_figure(rig *r, const char *name);

#endif
