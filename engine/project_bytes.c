/* project_bytes.c: the stored bytes of a project, all in containers of WEIR_FORMAT_PROJECT.
 *
 *     head       section "head":    u8 persisted, histograms, autosave, frozen | u8 precision | u64 created ms |
 *                                   text type | u32 params | per param: text name, text value
 *                                   version 2 goes on: u8 whether the params are read as rules | text encoder; in
 *                                   version 1 they are not, and there is none
 *     snapshot   section "state":   u64 sequence, rejected cells, rejected rows, modified ms
 *                section "kept":    where there are such rows: u64 frames whose rows their sources keep | their
 *                                   positions (position.c)
 *                section "summary": the container of the summary, or of the collection where the project's rules ask
 *                                   for more, in as many sections as it needs
 *     recipe     section "recipe":  u64 created ms, build ns, builds | text algorithm | inputs | targets | settings
 *                                   (u32 count, then texts; a setting is two) | u64 refresh rows | u64 refresh ms
 *
 * A text is a u32 length and its bytes. What is read is never trusted: counts are checked against the bytes that are
 * left before anything is allocated for them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <string.h>

#include "inside.h"
#include "weir/container.h"

enum { VERSION = 1, HEAD_VERSION = 2 };

static void put_text(weir_bytes *out, const char *text)
{
    weir_bytes_text(out, text, strlen(text));
}

static void put_texts(weir_bytes *out, char *const *texts, size_t count)
{
    weir_bytes_u32(out, (uint32_t)count);
    for (size_t i = 0; i < count; i++)
        put_text(out, texts[i]);
}

/* NULL, and the reader failed, when the text is not there or holds a NUL, or when there is no memory for it, which
 * *no_room then tells. */
static char *get_text(weir_reader *reader, bool *no_room)
{
    size_t length = 0;
    const char *text = weir_read_text(reader, &length);
    char *copy = NULL;

    if (text && !memchr(text, '\0', length) && !(copy = weir_strndup(text, length)))
        *no_room = true;
    if (!copy)
        reader->failed = true;
    return copy;
}

static char **get_texts(weir_reader *reader, size_t *count, bool *no_room)
{
    size_t wanted = weir_read_u32(reader);
    char **texts = NULL;

    *count = 0;
    /* Each text takes four bytes at least. */
    if (reader->failed || wanted > weir_reader_left(reader) / 4) {
        reader->failed = true;
        return NULL;
    }
    if (!(texts = weir_calloc(wanted ? wanted : 1, sizeof *texts))) {
        reader->failed = *no_room = true;
        return NULL;
    }
    for (size_t i = 0; i < wanted && (texts[i] = get_text(reader, no_room)); i++)
        *count = i + 1;
    return texts;
}

/* A container of one section. */
static weir_code wrap(const char *name, uint16_t version, weir_bytes *body, weir_bytes *out,
                      weir_error *err)
{
    weir_container_writer writer;
    weir_code code = weir_bytes_ok(body, err);

    if (code)
        return code;
    weir_container_begin(&writer, out, WEIR_FORMAT_PROJECT, VERSION);
    weir_container_section(&writer, name, version, body->data, body->size);
    return weir_container_end(&writer, err);
}

/* The reader over the one section of that name, which has a version up to *version; *version becomes its own. */
static weir_code unwrap(const void *data, size_t size, const char *name, uint16_t *version,
                        weir_reader *out, weir_error *err)
{
    weir_container_reader reader;
    weir_section section;
    weir_code code = weir_container_open(&reader, data, size, WEIR_FORMAT_PROJECT, VERSION, err);
    bool found = false;

    if (code)
        return code;
    while (weir_container_next(&reader, &section)) {
        if (!weir_section_is(&section, name) || found || section.version > *version)
            return weir_section_unknown(&section, err);
        *out = weir_reader_over(section.data, section.size);
        *version = section.version;
        found = true;
    }
    return found ? WEIR_OK : weir_fail(err, WEIR_CORRUPT, "there is no section %s", name);
}

static weir_code whole(const weir_reader *reader, bool no_room, const char *what, weir_error *err)
{
    if (no_room)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the %s", what);
    if (reader->failed || weir_reader_left(reader))
        return weir_fail(err, WEIR_CORRUPT, "the stored %s is cut short or has bytes left over",
                         what);
    return WEIR_OK;
}

weir_code head_save(const project_head *head, weir_bytes *out, weir_error *err)
{
    weir_bytes body = {0};
    weir_code code;

    weir_bytes_u8(&body, head->persisted);
    weir_bytes_u8(&body, head->histograms);
    weir_bytes_u8(&body, head->autosave);
    weir_bytes_u8(&body, head->frozen);
    weir_bytes_u8(&body, (uint8_t)head->precision);
    weir_bytes_u64(&body, (uint64_t)head->created_ms);
    put_text(&body, head->type);
    weir_bytes_u32(&body, (uint32_t)head->param_count);
    for (size_t i = 0; i < head->param_count; i++) {
        put_text(&body, head->names[i]);
        put_text(&body, head->values[i]);
    }
    if (head->ruled || head->encoder) {
        weir_bytes_u8(&body, head->ruled);
        put_text(&body, head->encoder ? head->encoder : "");
    }
    code = wrap("head", head->ruled || head->encoder ? HEAD_VERSION : 1, &body, out, err);
    weir_bytes_free(&body);
    return code;
}

static weir_code head_read(weir_reader *reader, uint16_t version, project_head *head,
                           weir_error *err)
{
    size_t params;
    bool no_room = false;

    head->persisted = weir_read_u8(reader) != 0;
    head->histograms = weir_read_u8(reader) != 0;
    head->autosave = weir_read_u8(reader) != 0;
    head->frozen = weir_read_u8(reader) != 0;
    head->precision = (weir_precision)weir_read_u8(reader);
    head->created_ms = (int64_t)weir_read_u64(reader);
    head->type = get_text(reader, &no_room);
    params = weir_read_u32(reader);
    if (no_room)
        return whole(reader, no_room, "head of the project", err);
    if (reader->failed || head->precision > WEIR_PRECISION_DOUBLE ||
        params > weir_reader_left(reader) / 8)
        return weir_fail(err, WEIR_CORRUPT, "the stored head of the project is not readable");
    head->names = weir_calloc(params ? params : 1, sizeof *head->names);
    head->values = weir_calloc(params ? params : 1, sizeof *head->values);
    if (!head->names || !head->values)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the head of a project");
    for (head->param_count = 0; head->param_count < params && !reader->failed;
         head->param_count++) {
        head->names[head->param_count] = get_text(reader, &no_room);
        head->values[head->param_count] = get_text(reader, &no_room);
    }
    if (version > 1) {
        head->ruled = weir_read_u8(reader) != 0;
        head->encoder = get_text(reader, &no_room);
        if (head->encoder && !*head->encoder) {
            weir_free(head->encoder);
            head->encoder = NULL;
        }
    }
    return whole(reader, no_room, "head of the project", err);
}

weir_code head_load(const void *data, size_t size, project_head *out, weir_error *err)
{
    project_head head = {0};
    weir_reader reader;
    uint16_t version = HEAD_VERSION;
    weir_code code = unwrap(data, size, "head", &version, &reader, err);

    if (!code)
        code = head_read(&reader, version, &head, err);
    if (!code && !head.ruled)
        rules_default(&head.rules);
    else if (!code)
        code = rules_read(head.type, head.names, head.values, head.param_count, &head.rules, err);
    if (code == WEIR_INVALID) /* what this program would not store */
        code = weir_explain(err, WEIR_CORRUPT, "stored parameters");
    if (!code) {
        *out = head;
        head = (project_head){0}; /* the caller's now */
    }
    head_free(&head);
    return code;
}

void head_free(project_head *head)
{
    rules_free(&head->rules);
    weir_free(head->type);
    weir_free(head->encoder);
    weir_list_free(head->names, head->param_count);
    weir_list_free(head->values, head->param_count);
    *head = (project_head){0};
}

weir_code snapshot_save(const project_state *state, weir_bytes *out, weir_error *err)
{
    weir_container_writer writer;
    weir_bytes body = {0}, kept = {0}, summary = {0};
    weir_code code = weir_collection_save(state->collection, &summary, err);

    if (code)
        goto done;
    weir_bytes_u64(&body, state->sequence);
    weir_bytes_u64(&body, state->rejected_cells);
    weir_bytes_u64(&body, state->rejected_rows);
    weir_bytes_u64(&body, (uint64_t)state->modified_ms);
    weir_bytes_u64(&kept, state->kept);
    weir_bytes_append(&kept, state->positions.data, state->positions.size);
    if ((code = weir_bytes_ok(&body, err)) || (code = weir_bytes_ok(&state->positions, err)) ||
        (code = weir_bytes_ok(&kept, err)))
        goto done;
    weir_container_begin(&writer, out, WEIR_FORMAT_PROJECT, VERSION);
    weir_container_section(&writer, "state", VERSION, body.data, body.size);
    if (state->kept)
        weir_container_section(&writer, "kept", VERSION, kept.data, kept.size);
    weir_container_section(&writer, "summary", VERSION, summary.data, summary.size);
    code = weir_container_end(&writer, err);
done:
    weir_bytes_free(&body);
    weir_bytes_free(&kept);
    weir_bytes_free(&summary);
    return code;
}

/* No bytes: there was no such section. */
static weir_code read_kept(const weir_bytes *kept, project_state *state, weir_error *err)
{
    weir_reader reader = weir_reader_over(kept->data, kept->size);

    if (!kept->size)
        return WEIR_OK;
    state->kept = weir_read_u64(&reader);
    if (reader.failed || !state->kept)
        return weir_fail(err, WEIR_CORRUPT, "the stored frames of streams are not readable");
    weir_bytes_append(&state->positions, reader.data + reader.at, weir_reader_left(&reader));
    return weir_bytes_ok(&state->positions, err);
}

weir_code snapshot_load(const void *data, size_t size, const weir_collection_options *options,
                        project_state *out, weir_error *err)
{
    weir_container_reader reader;
    weir_section section;
    weir_reader body = {0};
    weir_bytes kept = {0}, summary = {0};
    project_state state = {0};
    bool has_state = false;
    weir_code code = weir_container_open(&reader, data, size, WEIR_FORMAT_PROJECT, VERSION, err);

    while (!code && weir_container_next(&reader, &section)) {
        if (section.version <= VERSION && weir_section_is(&section, "state") && !has_state) {
            body = weir_reader_over(section.data, section.size);
            has_state = true;
        } else if (section.version <= VERSION && weir_section_is(&section, "kept")) {
            weir_bytes_append(&kept, section.data, section.size);
        } else if (section.version <= VERSION && weir_section_is(&section, "summary")) {
            weir_bytes_append(&summary, section.data, section.size);
        } else {
            code = weir_section_unknown(&section, err);
        }
    }
    if (code)
        goto done;
    if (!has_state) {
        code = weir_fail(err, WEIR_CORRUPT, "there is no section state");
        goto done;
    }
    state.sequence = weir_read_u64(&body);
    state.rejected_cells = weir_read_u64(&body);
    state.rejected_rows = weir_read_u64(&body);
    state.modified_ms = (int64_t)weir_read_u64(&body);
    if ((code = whole(&body, false, "state of the project", err)) ||
        (code = weir_bytes_ok(&kept, err)) || (code = read_kept(&kept, &state, err)) ||
        (code = weir_bytes_ok(&summary, err)) ||
        (code = weir_collection_load(summary.data, summary.size, options, &state.collection, err)))
        goto done;
    *out = state;
    state.positions = (weir_bytes){0}; /* the caller's now */
done:
    weir_bytes_free(&state.positions);
    weir_bytes_free(&kept);
    weir_bytes_free(&summary);
    return code;
}

weir_code recipe_save(const recipe *r, const weir_model_facts *facts, weir_bytes *out,
                      weir_error *err)
{
    weir_bytes body = {0};
    weir_code code;

    weir_bytes_u64(&body, (uint64_t)facts->created_ms);
    weir_bytes_u64(&body, (uint64_t)facts->build_ns);
    weir_bytes_u64(&body, facts->built);
    put_text(&body, r->algorithm);
    put_texts(&body, r->inputs, r->input_count);
    put_texts(&body, r->targets, r->target_count);
    weir_bytes_u32(&body, (uint32_t)r->setting_count);
    for (size_t i = 0; i < r->setting_count; i++) {
        put_text(&body, r->names[i]);
        put_text(&body, r->values[i]);
    }
    weir_bytes_u64(&body, r->refresh_rows);
    weir_bytes_u64(&body, (uint64_t)r->refresh_ms);
    code = wrap("recipe", VERSION, &body, out, err);
    weir_bytes_free(&body);
    return code;
}

static weir_code recipe_read(weir_reader *reader, recipe *r, weir_model_facts *facts,
                             weir_error *err)
{
    size_t settings;
    bool no_room = false;

    facts->created_ms = (int64_t)weir_read_u64(reader);
    facts->build_ns = (int64_t)weir_read_u64(reader);
    facts->built = weir_read_u64(reader);
    r->algorithm = get_text(reader, &no_room);
    r->inputs = get_texts(reader, &r->input_count, &no_room);
    r->targets = get_texts(reader, &r->target_count, &no_room);
    settings = weir_read_u32(reader);
    if (no_room)
        return whole(reader, no_room, "recipe of the model", err);
    if (reader->failed || settings > weir_reader_left(reader) / 8)
        return weir_fail(err, WEIR_CORRUPT, "the stored recipe of the model is not readable");
    r->names = weir_calloc(settings ? settings : 1, sizeof *r->names);
    r->values = weir_calloc(settings ? settings : 1, sizeof *r->values);
    if (!r->names || !r->values)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the recipe of a model");
    for (r->setting_count = 0; r->setting_count < settings && !reader->failed; r->setting_count++) {
        r->names[r->setting_count] = get_text(reader, &no_room);
        r->values[r->setting_count] = get_text(reader, &no_room);
    }
    r->refresh_rows = weir_read_u64(reader);
    r->refresh_ms = (int64_t)weir_read_u64(reader);
    return whole(reader, no_room, "recipe of the model", err);
}

weir_code recipe_load(const void *data, size_t size, recipe *out, weir_model_facts *facts,
                      weir_error *err)
{
    recipe r = {0};
    weir_reader reader;
    uint16_t version = VERSION;
    weir_code code = unwrap(data, size, "recipe", &version, &reader, err);

    if (!code)
        code = recipe_read(&reader, &r, facts, err);
    if (!code) {
        *out = r;
        r = (recipe){0}; /* the caller's now */
    }
    recipe_free(&r);
    return code;
}

void recipe_free(recipe *r)
{
    weir_free(r->algorithm);
    weir_list_free(r->inputs, r->input_count);
    weir_list_free(r->targets, r->target_count);
    weir_list_free(r->names, r->setting_count);
    weir_list_free(r->values, r->setting_count);
    *r = (recipe){0};
}
