/* model_store.c: models as bytes.
 *
 * Sections of the container: "model" (u16 format of the state by its algorithm is the section's version; text algorithm |
 * u64 version | f64 rows | u32 inputs | u32 targets | u32 settings), "attributes" (inputs, then targets: text name |
 * u8 type | u8 dynamic | text column | text value | u8 other | u64 id | f64 mean), "settings" (text name | text
 * value), "state" (the algorithm's; in several sections when it is long).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <math.h>
#include <string.h>

#include "model/model_inside.h"
#include "weir/container.h"
#include "weir/memory.h"

enum { FORMAT_VERSION = 1, SECTION_VERSION = 1 };
enum { LEAST_ATTRIBUTE_BYTES = 31, LEAST_SETTING_BYTES = 8 };

/* --- writing */

static void write_text(weir_bytes *out, const char *text)
{
    weir_bytes_text(out, text ? text : "", text ? strlen(text) : 0);
}

static void write_attributes(weir_bytes *out, const model_attribute *attributes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const model_attribute *a = &attributes[i];
        write_text(out, a->name);
        weir_bytes_u8(out, (uint8_t)a->seen.type);
        weir_bytes_u8(out, a->column != NULL);
        write_text(out, a->column);
        write_text(out, a->value);
        weir_bytes_u8(out, a->other);
        weir_bytes_u64(out, a->seen.id);
        weir_bytes_f64(out, a->seen.mean);
    }
}

weir_code weir_model_save(const weir_model *model, weir_bytes *out, weir_error *err)
{
    weir_container_writer writer;
    weir_bytes head = {0}, attributes = {0}, settings = {0}, state = {0};
    weir_code code;

    write_text(&head, model->algorithm->id);
    weir_bytes_u64(&head, model->version);
    weir_bytes_f64(&head, model->rows);
    weir_bytes_u32(&head, (uint32_t)model->input_count);
    weir_bytes_u32(&head, (uint32_t)model->target_count);
    weir_bytes_u32(&head, (uint32_t)model->setting_count);
    write_attributes(&attributes, model->inputs, model->input_count);
    write_attributes(&attributes, model->targets, model->target_count);
    for (size_t i = 0; i < model->setting_count; i++) {
        write_text(&settings, model->settings[i].name);
        write_text(&settings, model->settings[i].value);
    }
    model->algorithm->save(model->state, &state);
    if ((code = weir_bytes_ok(&head, err)) || (code = weir_bytes_ok(&attributes, err)) ||
        (code = weir_bytes_ok(&settings, err)) || (code = weir_bytes_ok(&state, err)))
        goto done;
    weir_container_begin(&writer, out, WEIR_FORMAT_MODEL, FORMAT_VERSION);
    weir_container_section(&writer, "model", SECTION_VERSION, head.data, head.size);
    weir_container_section(&writer, "attributes", SECTION_VERSION, attributes.data,
                           attributes.size);
    weir_container_section(&writer, "settings", SECTION_VERSION, settings.data, settings.size);
    weir_container_section(&writer, "state", SECTION_VERSION, state.data, state.size);
    code = weir_container_end(&writer, err);
done:
    weir_bytes_free(&head);
    weir_bytes_free(&attributes);
    weir_bytes_free(&settings);
    weir_bytes_free(&state);
    return code;
}

/* --- reading */

/* The sections, parts of one name put together. */
enum { HEAD, ATTRIBUTES, SETTINGS, STATE, SECTIONS };
static const char *const section_names[SECTIONS] = {"model", "attributes", "settings", "state"};

static weir_code read_sections(const void *data, size_t size, weir_bytes sections[SECTIONS],
                               weir_error *err)
{
    weir_container_reader reader;
    weir_section section;
    int last = HEAD;
    weir_code code =
        weir_container_open(&reader, data, size, WEIR_FORMAT_MODEL, FORMAT_VERSION, err);

    while (!code && weir_container_next(&reader, &section)) {
        int which = 0;
        while (which < SECTIONS && !weir_section_is(&section, section_names[which]))
            which++;
        if (which == SECTIONS)
            return weir_section_unknown(&section, err);
        if (section.version != SECTION_VERSION || which < last)
            return weir_fail(err, WEIR_CORRUPT, "model: section %s version %u is not expected here",
                             section_names[which], section.version);
        last = which;
        weir_bytes_append(&sections[which], section.data, section.size);
        code = weir_bytes_ok(&sections[which], err);
    }
    return code;
}

/* A text of at most most bytes as an owned string; NULL with *code set when it is not one. */
static char *read_text(weir_reader *reader, size_t most, weir_code *code, weir_error *err)
{
    size_t length = 0;
    const char *text = weir_read_text(reader, &length);
    char *copy = NULL;

    if (*code)
        return NULL;
    if (!text || length > most || !weir_utf8_valid(text, length) || memchr(text, 0, length))
        *code = weir_fail(err, WEIR_CORRUPT, "model: a text of %zu bytes is not valid", length);
    else if (!(copy = weir_strndup(text, length)))
        *code = weir_fail(err, WEIR_NO_MEMORY, "no room for a text of %zu bytes", length);
    return copy;
}

static weir_code read_attribute(weir_reader *reader, model_attribute *attribute, weir_error *err)
{
    const size_t longest = WEIR_NAME_MAX + WEIR_VALUE_MAX + 16;
    weir_code code = WEIR_OK;
    char *name = read_text(reader, longest, &code, err);
    weir_model_attribute seen = {.type = (weir_type)weir_read_u8(reader)};
    uint8_t dynamic = weir_read_u8(reader);
    char *column = read_text(reader, WEIR_NAME_MAX, &code, err);
    char *value = read_text(reader, WEIR_VALUE_MAX, &code, err);
    uint8_t other = weir_read_u8(reader);

    seen.id = weir_read_u64(reader);
    seen.mean = weir_read_f64(reader);
    if (!code && (reader->failed || dynamic > 1 || other > dynamic || !*name ||
                  (seen.type != WEIR_C && seen.type != WEIR_B) || (dynamic && !*column) ||
                  (!dynamic && (*column || *value)) || !isfinite(seen.mean)))
        code = weir_fail(err, WEIR_CORRUPT, "model: an attribute is not valid");
    if (!code) {
        seen.name = name;
        seen.column = dynamic ? column : NULL;
        seen.value = dynamic ? value : NULL;
        code = model_attribute_set(attribute, &seen, other, err);
    }
    weir_free(name);
    weir_free(column);
    weir_free(value);
    return code;
}

static weir_code read_setting(weir_reader *reader, model_setting *setting, weir_error *err)
{
    weir_code code = WEIR_OK;
    char *name = read_text(reader, SIZE_MAX, &code, err);
    char *value = read_text(reader, SIZE_MAX, &code, err);

    if (!code)
        code = model_setting_set(setting, name, value, err);
    weir_free(name);
    weir_free(value);
    return code;
}

/* Makes an empty model of the sizes the head tells, once the other sections are long enough for them. */
static weir_code read_head(const weir_bytes sections[SECTIONS], weir_model **out, weir_error *err)
{
    weir_reader head = weir_reader_over(sections[HEAD].data, sections[HEAD].size);
    weir_code code = WEIR_OK;
    char *id = read_text(&head, WEIR_NAME_MAX, &code, err);
    const weir_algorithm *algorithm = code ? NULL : weir_algorithm_find(id);
    uint64_t version = weir_read_u64(&head);
    double rows = weir_read_f64(&head);
    size_t inputs = weir_read_u32(&head), targets = weir_read_u32(&head);
    size_t settings = weir_read_u32(&head);

    if (!code && !algorithm)
        code = weir_fail(err, WEIR_CORRUPT, "model: there is no algorithm %.60s", id);
    else if (!code && !(algorithm->targets & WEIR_TARGET_NONE) && targets != 1)
        code = weir_fail(err, WEIR_CORRUPT, "model: %s with %zu targets", algorithm->id, targets);
    else if (!code && (head.failed || weir_reader_left(&head) || !isfinite(rows) || inputs == 0 ||
                       (inputs + targets) * LEAST_ATTRIBUTE_BYTES > sections[ATTRIBUTES].size ||
                       settings * LEAST_SETTING_BYTES > sections[SETTINGS].size))
        code = weir_fail(err, WEIR_CORRUPT, "model: %zu inputs, %zu targets, %zu settings", inputs,
                         targets, settings);
    if (!code)
        code = model_new(algorithm, inputs, targets, settings, out, err);
    if (!code) {
        (*out)->version = version;
        (*out)->rows = rows;
    }
    weir_free(id);
    return code;
}

weir_code weir_model_load(const void *data, size_t size, weir_model **out, weir_error *err)
{
    weir_bytes sections[SECTIONS] = {{0}};
    weir_model *model = NULL;
    weir_code code = read_sections(data, size, sections, err);

    if (code || (code = read_head(sections, &model, err)))
        goto done;
    weir_reader reader = weir_reader_over(sections[ATTRIBUTES].data, sections[ATTRIBUTES].size);
    for (size_t i = 0; !code && i < model->input_count; i++)
        code = read_attribute(&reader, &model->inputs[i], err);
    for (size_t i = 0; !code && i < model->target_count; i++)
        code = read_attribute(&reader, &model->targets[i], err);
    size_t left = weir_reader_left(&reader);
    reader = weir_reader_over(sections[SETTINGS].data, sections[SETTINGS].size);
    for (size_t i = 0; !code && i < model->setting_count; i++)
        code = read_setting(&reader, &model->settings[i], err);
    left += weir_reader_left(&reader);
    reader = weir_reader_over(sections[STATE].data, sections[STATE].size);
    if (!code)
        code = model->algorithm->load(&reader, model->input_count, &model->state, err);
    if (!code && (reader.failed || weir_reader_left(&reader) || left))
        code = weir_fail(err, WEIR_CORRUPT, "model: %zu bytes too many",
                         left + weir_reader_left(&reader));
    if (!code) {
        *out = model;
        model = NULL;
    }
done:
    for (size_t i = 0; i < SECTIONS; i++)
        weir_bytes_free(&sections[i]);
    weir_model_free(model);
    return code;
}
