/* cell_record.h: a cell as records of the changelog topic, and back.
 *
 * A cell is the summary of one partition of a source topic and the offset behind the last record in it. The changelog
 * is compacted, so the newest cell of every partition stays in it, and it takes records of a limited size, so a wide
 * cell is cut:
 *
 *     key     topic "/" partition "/" part                          part from 0
 *     value   "WCEL" | u16 format | u64 version | u64 next | u32 part | u32 parts | text writer | u32 CRC32C | bytes
 *
 * The bytes of all parts, one behind the other, are the container of a summary. The parts of one version are written in
 * one transaction and in order; a reader takes them as a cell when it has seen them all. Parts that compaction left over
 * from an older version, which had more of them, belong to nothing and are passed over.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_CELL_RECORD_H
#define WEIR_CELL_RECORD_H

#include "weir/bytes.h"

#define CELL_TOPIC_MAX 249 /* of Kafka */
#define CELL_WRITER_MAX 128
#define CELL_KEY_MAX (CELL_TOPIC_MAX + 24)
#define CELL_PARTS_MAX 65536
/* What a record takes beside the bytes of its part, at most. */
#define CELL_RECORD_OVERHEAD (CELL_KEY_MAX + CELL_WRITER_MAX + 64)

/* Where a record belongs. */
typedef struct {
    char topic[CELL_TOPIC_MAX + 1];
    int32_t partition;
    uint32_t part;
} cell_key;

typedef struct {
    uint64_t version; /* raised by one with each time the cell is written */
    int64_t next;     /* offset of the first record that is not in it */
    uint32_t part, parts;
    const char *writer; /* the node; a view, not terminated */
    size_t writer_length;
    const void *bytes; /* of this part; a view */
    size_t size;
} cell_record;

/* Writes a key as text with its terminator; returns its length. */
size_t cell_key_write(const char *topic, int32_t partition, uint32_t part, char out[CELL_KEY_MAX]);
/* WEIR_CORRUPT when the bytes are none that cell_key_write() makes. */
weir_code cell_key_read(const void *data, size_t size, cell_key *out, weir_error *err);

/* Appends the value of a record to out. */
void cell_record_write(const cell_record *record, weir_bytes *out);
/* WEIR_CORRUPT when the bytes are no such value. The views are into data. */
weir_code cell_record_read(const void *data, size_t size, cell_record *out, weir_error *err);
/* Of how many records a cell of so many bytes consists, each with at most room bytes of it. */
uint32_t cell_parts_of(size_t size, size_t room);

/* The parts of one cell while they come in. {0} is an empty one. */
typedef struct {
    uint64_t version;
    int64_t next;
    uint32_t parts, have;
    weir_bytes bytes;
} cell_parts;

/* Adds a record. *whole: bytes now are all of the cell; they go at the next call. */
weir_code cell_parts_add(cell_parts *parts, const cell_record *record, bool *whole,
                         weir_error *err);
void cell_parts_free(cell_parts *parts); /* leaves an empty one */

#endif
