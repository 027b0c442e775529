/* container.h: the one format of every stored thing: summaries, models, log batches, project snapshots.
 *
 *     "WEIR" | u16 format | u16 version | u32 sections | then per section:
 *     u16 name length | name | u16 version | u32 length | u32 CRC32C of the bytes | bytes
 *
 * Little-endian throughout; a section is at most 64 MiB, longer content goes on in sections of the same name in
 * order. A reader refuses, by name, sections it does not know: an old program never reads half of a new state.
 * Saving the same state gives the same bytes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_CONTAINER_H
#define WEIR_CONTAINER_H

#include "weir/bytes.h"

#define WEIR_SECTION_MAX ((size_t)64 << 20)

typedef enum {
    WEIR_FORMAT_SUMMARY = 1,
    WEIR_FORMAT_BATCH = 2,
    WEIR_FORMAT_MODEL = 3,
    WEIR_FORMAT_PROJECT = 4,
    WEIR_FORMAT_COLLECTION = 5,
    WEIR_FORMAT_ENCODER = 6,
} weir_format;

/* Writing: begin, then section by section, then end (which patches the number of sections). */
typedef struct {
    weir_bytes *out;
    size_t start; /* where this container begins in out */
    uint32_t sections;
} weir_container_writer;

void weir_container_begin(weir_container_writer *writer, weir_bytes *out, weir_format format,
                          uint16_t version);
/* Adds data as one section, or as several of the same name when it is longer than WEIR_SECTION_MAX. */
void weir_container_section(weir_container_writer *writer, const char *name, uint16_t version,
                            const void *data, size_t size);
weir_code weir_container_end(weir_container_writer *writer, weir_error *err);

/* Reading. Names and bytes are views into data, which must outlive the reader. Open checks magic, format, version,
 * every length and every checksum before the first section is handed out: WEIR_CORRUPT says what is wrong where. */
typedef struct {
    weir_reader reader;
    uint32_t sections, next;
    uint16_t version;
} weir_container_reader;

typedef struct {
    const char *name; /* not terminated */
    size_t name_length;
    uint16_t version;
    const uint8_t *data;
    size_t size;
} weir_section;

weir_code weir_container_open(weir_container_reader *reader, const void *data, size_t size,
                              weir_format format, uint16_t newest_version, weir_error *err);
/* False at the end. */
bool weir_container_next(weir_container_reader *reader, weir_section *section);
bool weir_section_is(const weir_section *section, const char *name);
/* Takes the next section, which must have that name and a version from 1 to newest (WEIR_CORRUPT otherwise), and joins
 * its parts when it was longer than WEIR_SECTION_MAX. section->data is a view into the container or into *joined, an
 * empty buffer of the caller's. */
weir_code weir_container_take(weir_container_reader *reader, const char *name, uint16_t newest,
                              weir_bytes *joined, weir_section *section, weir_error *err);
/* WEIR_CORRUPT, by name, when a section is left that nobody took. */
weir_code weir_container_done(weir_container_reader *reader, weir_error *err);
/* The refusal of a section this program does not know. */
weir_code weir_section_unknown(const weir_section *section, weir_error *err);

#endif
