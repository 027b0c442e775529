/* value.c: see value.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "value.h"

#include <jansson.h>
#include <string.h>

#include "renames.h"
#include "steady.h"
#include "weir/hash.h"

typedef struct {
    value_plan plan;
    UT_hash_handle hh;
} plan_entry;

/* An id that no plan can be made of, and why. A topic may hold millions of its records, each of which would ask the
 * registry again; but the schema may come later than its records. */
typedef struct {
    int32_t id;
    int64_t until_ms; /* when it is looked at again */
    weir_error why;
    UT_hash_handle hh;
} unknown_id;

enum {
    UNKNOWN_MS = 5000,
    UNKNOWN_MOST = 1024, /* ids kept; anybody can write any id into a topic */
};

struct value_reader {
    const weir_codecs *codecs;
    const weir_registry_calls *calls;
    weir_registry *registry;
    value_format format;
    void (*drop)(void *extra);
    plan_entry *plans; /* by schema id */
    plan_entry *last;  /* the one used last: schemas change rarely */
    unknown_id *unknown;
    const weir_csv_options *csv; /* NULL: as RFC 4180 has it */
    int64_t (*now_ms)(void);
};

weir_code value_reader_open(const weir_codecs *codecs, const weir_registry_calls *calls,
                            weir_registry *registry, value_format format, void (*drop)(void *extra),
                            value_reader **out, weir_error *err)
{
    value_reader *reader = weir_calloc(1, sizeof *reader);

    if (!reader)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for a reader of values");
    *reader = (value_reader){.codecs = codecs,
                             .calls = calls,
                             .registry = registry,
                             .format = format,
                             .drop = drop,
                             .now_ms = steady_ms};
    *out = reader;
    return WEIR_OK;
}

void value_reader_csv(value_reader *reader, const weir_csv_options *options)
{
    reader->csv = options;
}

void value_reader_clock(value_reader *reader, int64_t (*now_ms)(void))
{
    reader->now_ms = now_ms;
}

static void entry_free(value_reader *reader, plan_entry *entry)
{
    if (!entry)
        return;
    if (reader->drop)
        reader->drop(entry->plan.extra);
    if (entry->plan.rows)
        reader->codecs->plan_free(entry->plan.rows);
    weir_free(entry);
}

/* --- ids without a plan */

static void forget_unknown(value_reader *reader, unknown_id *unknown)
{
    HASH_DEL(reader->unknown, unknown);
    weir_free(unknown);
}

static void forget_all_unknown(value_reader *reader)
{
    unknown_id *unknown = NULL, *next = NULL;

    HASH_ITER(hh, reader->unknown, unknown, next)
    {
        forget_unknown(reader, unknown);
    }
}

/* What was said of the id a short while ago; WEIR_OK when nothing was. */
static weir_code known_fault(value_reader *reader, int32_t id, weir_error *err)
{
    unknown_id *unknown = NULL;

    HASH_FIND(hh, reader->unknown, &id, sizeof id, unknown);
    if (!unknown)
        return WEIR_OK;
    if (reader->now_ms() < unknown->until_ms)
        return weir_fail(err, unknown->why.code, "%s", unknown->why.message);
    forget_unknown(reader, unknown);
    return WEIR_OK;
}

/* Keeps why the id has no plan, where that is the id's own fault. Without room for it, it is asked for again. */
static void keep_fault(value_reader *reader, int32_t id, const weir_error *why)
{
    unknown_id *unknown = NULL;

    if (why->code != WEIR_NOT_FOUND && why->code != WEIR_INVALID && why->code != WEIR_TOO_LARGE)
        return;
    if (HASH_COUNT(reader->unknown) >= UNKNOWN_MOST)
        forget_all_unknown(reader);
    if (!(unknown = weir_calloc(1, sizeof *unknown)))
        return;
    *unknown = (unknown_id){.id = id, .until_ms = reader->now_ms() + UNKNOWN_MS, .why = *why};
    HASH_ADD(hh, reader->unknown, id, sizeof unknown->id, unknown);
    if (!HASH_ADDED(unknown, hh))
        weir_free(unknown);
}

void value_reader_close(value_reader *reader)
{
    plan_entry *entry = NULL, *next = NULL;

    if (!reader)
        return;
    HASH_ITER(hh, reader->plans, entry, next)
    {
        HASH_DEL(reader->plans, entry);
        entry_free(reader, entry);
    }
    forget_all_unknown(reader);
    weir_free(reader);
}

/* --- plans */

/* The plan of all values of a format without schema ids. */
static weir_code make_only_plan(const value_reader *reader, weir_row_plan **out, weir_error *err)
{
    if (reader->format == VALUE_CSV)
        return reader->codecs->csv_plan(reader->csv ? reader->csv : &(weir_csv_options){0}, out,
                                        err);
    return reader->codecs->json_plan(reader->format == VALUE_JSON_ENVELOPE, out, err);
}

static weir_code make_entry(value_reader *reader, int32_t id, plan_entry **out, weir_error *err)
{
    weir_code code = WEIR_OK;
    plan_entry *entry = weir_calloc(1, sizeof *entry);

    if (!entry)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for a row plan");
    entry->plan.id = id;
    if (id < 0) {
        code = make_only_plan(reader, &entry->plan.rows, err);
    } else {
        code = reader->calls->schema(reader->registry, id, &entry->plan.schema, err);
        if (!code && (code = reader->codecs->avro_plan(
                          entry->plan.schema, strlen(entry->plan.schema), &entry->plan.rows, err)))
            weir_explain(err, code, "schema %d", (int)id);
        if (!code)
            code = renames_apply(reader->codecs, reader->calls, reader->registry, id,
                                 entry->plan.rows, err);
    }
    if (!code) {
        HASH_ADD(hh, reader->plans, plan.id, sizeof entry->plan.id, entry);
        if (!HASH_ADDED(entry, hh))
            code = weir_fail(err, WEIR_NO_MEMORY, "no room for a plan");
    }
    if (code) {
        entry_free(reader, entry);
        return code;
    }
    *out = entry;
    return WEIR_OK;
}

/* The plan of an id met for the first time, unless it is known to have none. */
static weir_code new_entry(value_reader *reader, int32_t id, plan_entry **out, weir_error *err)
{
    weir_error why = {0};
    weir_code code = WEIR_OK;

    if (id < 0)
        return make_entry(reader, id, out, err);
    if ((code = known_fault(reader, id, err)))
        return code;
    if (!(code = make_entry(reader, id, out, &why)))
        return WEIR_OK;
    keep_fault(reader, id, &why);
    return weir_fail(err, code, "%s", why.message);
}

static weir_code avro_id(const value_reader *reader, const uint8_t *bytes, size_t size, int32_t *id,
                         weir_error *err)
{
    uint32_t raw = 0;

    if (!reader->registry)
        return weir_fail(err, WEIR_INVALID, "Avro values need a schema registry and none is given");
    if (size < VALUE_FRAME || bytes[0] != 0)
        return weir_fail(err, WEIR_INVALID,
                         "a value of %zu bytes does not begin with the frame of a schema registry",
                         size);
    raw = (uint32_t)bytes[1] << 24 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 8 | bytes[4];
    if (raw > INT32_MAX)
        return weir_fail(err, WEIR_INVALID, "a value names schema %u, which cannot be", raw);
    *id = (int32_t)raw;
    return WEIR_OK;
}

weir_code value_plan_of(value_reader *reader, const void *value, size_t size, value_plan **plan,
                        const void **body, size_t *body_size, weir_error *err)
{
    const uint8_t *bytes = value;
    int32_t id = -1;
    bool changed = false;
    plan_entry *entry = reader->last;
    weir_code code = WEIR_OK;

    *body = value;
    *body_size = size;
    if (reader->format == VALUE_AVRO) {
        if ((code = avro_id(reader, bytes, size, &id, err)))
            return code;
        *body = bytes + VALUE_FRAME;
        *body_size = size - VALUE_FRAME;
    }
    if (!entry || entry->plan.id != id) {
        HASH_FIND(hh, reader->plans, &id, sizeof id, entry);
        if (!entry && (code = new_entry(reader, id, &entry, err)))
            return code;
        reader->last = entry;
    }
    if (id < 0) {
        if ((code = reader->codecs->plan_look(entry->plan.rows, value, size, &changed, err)))
            return code;
        entry->plan.generation += changed;
    }
    *plan = &entry->plan;
    return WEIR_OK;
}

bool value_enveloped(const void *value, size_t size)
{
    json_t *root = json_loadb(value, size, 0, NULL);
    bool found = json_object_get(root, "schema") && json_object_get(root, "payload");

    json_decref(root);
    return found;
}

value_format value_format_of(const void *value, size_t size, bool registry)
{
    if (registry && size >= VALUE_FRAME && *(const uint8_t *)value == 0)
        return VALUE_AVRO;
    return value_enveloped(value, size) ? VALUE_JSON_ENVELOPE : VALUE_JSON;
}

void value_frame(int32_t id, weir_bytes *out)
{
    uint32_t raw = (uint32_t)id;
    const uint8_t frame[VALUE_FRAME] = {0, (uint8_t)(raw >> 24), (uint8_t)(raw >> 16),
                                        (uint8_t)(raw >> 8), (uint8_t)raw};

    weir_bytes_append(out, frame, sizeof frame);
}

bool value_guess(weir_field_kind kind, weir_type *type)
{
    switch (kind) {
    case WEIR_FIELD_BOOLEAN:
        *type = WEIR_B;
        return true;
    case WEIR_FIELD_INTEGER:
    case WEIR_FIELD_FLOAT:
        *type = WEIR_C;
        return true;
    case WEIR_FIELD_STRING:
        *type = WEIR_S;
        return true;
    case WEIR_FIELD_CATEGORY:
        *type = WEIR_T;
        return true;
    case WEIR_FIELD_LIST:
        *type = WEIR_L;
        return true;
    default:
        *type = WEIR_X;
        return false;
    }
}
