/* container.c: sections with lengths and checksums around every stored thing.
 *
 * Opening walks the whole container once before anything is handed out, so that a reader which got its first section
 * knows that the last one is there and sound too. The layout is drawn in weir/container.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "weir/container.h"

#include <string.h>

static const char magic[4] = {'W', 'E', 'I', 'R'};
static const size_t count_at =
    8; /* where the number of sections stands, from the start of the container */

void weir_container_begin(weir_container_writer *writer, weir_bytes *out, weir_format format,
                          uint16_t version)
{
    *writer = (weir_container_writer){.out = out, .start = out->size};
    weir_bytes_append(out, magic, sizeof magic);
    weir_bytes_u16(out, (uint16_t)format);
    weir_bytes_u16(out, version);
    weir_bytes_u32(out, 0);
}

void weir_container_section(weir_container_writer *writer, const char *name, uint16_t version,
                            const void *data, size_t size)
{
    const uint8_t *bytes = data;
    size_t name_length = strlen(name);

    do {
        size_t part = size < WEIR_SECTION_MAX ? size : WEIR_SECTION_MAX;

        weir_bytes_u16(writer->out, (uint16_t)name_length);
        weir_bytes_append(writer->out, name, name_length);
        weir_bytes_u16(writer->out, version);
        weir_bytes_u32(writer->out, (uint32_t)part);
        weir_bytes_u32(writer->out, weir_crc32c(0, bytes, part));
        weir_bytes_append(writer->out, bytes, part);
        writer->sections++;
        bytes = bytes ? bytes + part : NULL;
        size -= part;
    } while (size > 0);
}

weir_code weir_container_end(weir_container_writer *writer, weir_error *err)
{
    if (!writer->out->failed)
        for (size_t i = 0; i < 4; i++)
            writer->out->data[writer->start + count_at + i] =
                (uint8_t)(writer->sections >> (8 * i));
    return weir_bytes_ok(writer->out, err);
}

/* Reads one section head and its bytes; false when they do not fit. *crc is what the head promises. */
static bool read_section(weir_reader *reader, weir_section *section, uint32_t *crc)
{
    section->name_length = weir_read_u16(reader);
    section->name = (const char *)weir_read_bytes(reader, section->name_length);
    section->version = weir_read_u16(reader);
    section->size = weir_read_u32(reader);
    *crc = weir_read_u32(reader);
    if (section->size > WEIR_SECTION_MAX)
        reader->failed = true;
    section->data = weir_read_bytes(reader, section->size);
    return !reader->failed;
}

static weir_code check_sections(weir_reader walk, uint32_t sections, weir_error *err)
{
    for (uint32_t i = 0; i < sections; i++) {
        weir_section section;
        uint32_t crc;

        if (!read_section(&walk, &section, &crc))
            return weir_fail(err, WEIR_CORRUPT, "section %u of %u does not fit into %zu bytes",
                             (unsigned)i + 1, (unsigned)sections, walk.size);
        if (section.name_length == 0 || !weir_utf8_valid(section.name, section.name_length))
            return weir_fail(err, WEIR_CORRUPT, "section %u of %u has no readable name",
                             (unsigned)i + 1, (unsigned)sections);
        if (weir_crc32c(0, section.data, section.size) != crc)
            return weir_fail(err, WEIR_CORRUPT, "section %.*s: the checksum does not match",
                             (int)(section.name_length < 64 ? section.name_length : 64),
                             section.name);
    }
    if (weir_reader_left(&walk) > 0)
        return weir_fail(err, WEIR_CORRUPT, "%zu bytes follow the last section",
                         weir_reader_left(&walk));
    return WEIR_OK;
}

weir_code weir_container_open(weir_container_reader *reader, const void *data, size_t size,
                              weir_format format, uint16_t newest_version, weir_error *err)
{
    weir_reader head = weir_reader_over(data, size);
    const uint8_t *found = weir_read_bytes(&head, sizeof magic);
    unsigned found_format = weir_read_u16(&head);
    uint16_t version = weir_read_u16(&head);
    uint32_t sections = weir_read_u32(&head);

    if (head.failed || memcmp(found, magic, sizeof magic) != 0)
        return weir_fail(err, WEIR_CORRUPT, "%zu bytes that do not start like a container", size);
    if (found_format != (unsigned)format)
        return weir_fail(err, WEIR_CORRUPT, "the container is of format %u; %u is needed",
                         found_format, (unsigned)format);
    if (version == 0 || version > newest_version)
        return weir_fail(err, WEIR_CORRUPT, "version %u of format %u; this program reads 1 to %u",
                         (unsigned)version, found_format, (unsigned)newest_version);
    *reader = (weir_container_reader){.reader = head, .sections = sections, .version = version};
    return check_sections(head, sections, err);
}

bool weir_container_next(weir_container_reader *reader, weir_section *section)
{
    uint32_t crc;

    if (reader->next >= reader->sections || !read_section(&reader->reader, section, &crc))
        return false;
    reader->next++;
    return true;
}

bool weir_section_is(const weir_section *section, const char *name)
{
    return section->name_length == strlen(name) &&
           memcmp(section->name, name, section->name_length) == 0;
}

/* Adds to *joined the parts of a long section that follow its first one. */
static weir_code join_parts(weir_container_reader *reader, const char *name, weir_bytes *joined,
                            weir_section *section, weir_error *err)
{
    weir_section part = *section;
    weir_code code;

    while (part.size == WEIR_SECTION_MAX) {
        weir_container_reader peek = *reader;

        if (!weir_container_next(&peek, &part) || !weir_section_is(&part, name))
            break;
        if (joined->size == 0)
            weir_bytes_append(joined, section->data, section->size);
        weir_bytes_append(joined, part.data, part.size);
        if ((code = weir_bytes_ok(joined, err)))
            return code;
        *reader = peek;
        section->data = joined->data;
        section->size = joined->size;
    }
    return WEIR_OK;
}

weir_code weir_container_take(weir_container_reader *reader, const char *name, uint16_t newest,
                              weir_bytes *joined, weir_section *section, weir_error *err)
{
    if (!weir_container_next(reader, section))
        return weir_fail(err, WEIR_CORRUPT, "section %s is missing", name);
    if (!weir_section_is(section, name) || section->version == 0 || section->version > newest)
        return weir_section_unknown(section, err);
    return join_parts(reader, name, joined, section, err);
}

weir_code weir_container_done(weir_container_reader *reader, weir_error *err)
{
    weir_section section;

    return weir_container_next(reader, &section) ? weir_section_unknown(&section, err) : WEIR_OK;
}

weir_code weir_section_unknown(const weir_section *section, weir_error *err)
{
    return weir_fail(err, WEIR_CORRUPT, "section %.*s (version %u) is not known to this program",
                     (int)(section->name_length < 64 ? section->name_length : 64), section->name,
                     (unsigned)section->version);
}
