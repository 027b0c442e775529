/* store.c: a summary as bytes.
 *
 *     "summary"     u8 precision (0 while undecided) | u8 wanted | u8 flags | u64 most attributes | u64 most values |
 *                   f64 rows, ever, histogram rows, complete rows
 *     "schema"      u32 parents: name, u32 group, f64 covered; u32 attributes: u8 form (type letter of a plain one, 1
 *                   value, 2 the (other) value), then name and, with a slot, u32 group, or u32 parent and value
 *     "columns"     per slot what state.h keeps of it; then a byte a group: is it in the complete block
 *     "products"    lower triangle by rows, hi and (extended) lo; "mixed"; "squared" if kept
 *     "counts"      lower triangle, hi; "joint"; "joint2": if there is a pairwise block
 *     "fractions"   if it was ever scaled: f64 the lower half of complete rows, then those of the counts, if there are
 *                   (extended): what whole numbers of rows do not have
 *     "histograms"  per slot histogram and sketch, if they are on
 *     "conditional" as conditional.h tells, if such are kept
 *
 * The order of everything is that of appearance, so a state has one image. Nothing is believed on the way back: a
 * table is made only after the section proved to have its exact size, and all numbers are finite, pairs normalised.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <math.h>
#include <string.h>

#include "summary/conditional.h"
#include "weir/container.h"
#include "weir/memory.h"

enum { SUMMARY_VERSION = 1 };
enum {
    HISTOGRAMS = 1,
    SUBTRACTED = 2,
    SQUARES = 4,
    PAIRWISE = 8,
    SCALED = 16,
    CONDITIONAL = 32, /* wanted */
    GIVEN = 64,       /* kept */
    ALL_FLAGS = 127
};
enum { FORM_VALUE = 1, FORM_OTHER = 2 };

/* --- writing */

static void write_pair(weir_bytes *out, weir_dd value)
{
    weir_bytes_f64(out, value.hi);
    weir_bytes_f64(out, value.lo);
}

static void write_head(const weir_summary *summary, weir_bytes *out)
{
    unsigned flags = (summary->histograms ? HISTOGRAMS : 0) |
                     (summary->subtracted ? SUBTRACTED : 0) | (summary->squares ? SQUARES : 0) |
                     (summary->pairwise ? PAIRWISE : 0) | (summary->scaled ? SCALED : 0) |
                     (summary->conditional ? CONDITIONAL : 0) | (summary->given ? GIVEN : 0);

    weir_bytes_u8(out, (uint8_t)summary->precision);
    weir_bytes_u8(out, (uint8_t)summary->wanted);
    weir_bytes_u8(out, (uint8_t)flags);
    weir_bytes_u64(out, summary->max_attributes);
    weir_bytes_u64(out, summary->max_values);
    weir_bytes_f64(out, summary->rows);
    weir_bytes_f64(out, summary->ever);
    weir_bytes_f64(out, summary->histogram_rows);
    weir_bytes_f64(out, summary->complete_rows.hi);
}

static void write_schema(const weir_summary *summary, weir_bytes *out)
{
    const weir_schema *schema = summary->schema;

    weir_bytes_u32(out, (uint32_t)summary->parent_count);
    for (size_t p = 0; p < summary->parent_count; p++) {
        const char *name = weir_schema_parent_name(schema, p);

        weir_bytes_text(out, name, strlen(name));
        weir_bytes_u32(out, (uint32_t)summary->parents[p].group);
        weir_bytes_f64(out, summary->parents[p].covered);
    }
    weir_bytes_u32(out, (uint32_t)weir_schema_size(schema));
    for (size_t i = 0; i < weir_schema_size(schema); i++) {
        const weir_attribute *a = weir_schema_at(schema, i);

        if (a->parent != WEIR_NONE) {
            weir_bytes_u8(out, a->other ? FORM_OTHER : FORM_VALUE);
            weir_bytes_u32(out, (uint32_t)a->parent);
            weir_bytes_text(out, a->value, strlen(a->value));
            continue;
        }
        weir_bytes_u8(out, (uint8_t)a->type);
        weir_bytes_text(out, a->name, strlen(a->name));
        if (a->slot != WEIR_NONE)
            weir_bytes_u32(out, (uint32_t)summary->columns[a->slot].group);
    }
}

static void write_columns(const weir_summary *summary, weir_bytes *out)
{
    for (size_t s = 0; s < summary->slot_count; s++) {
        const column *c = &summary->columns[s];

        weir_bytes_u8(out, c->anchored);
        weir_bytes_f64(out, c->anchor);
        write_pair(out, c->complete1);
        write_pair(out, c->complete2);
        write_pair(out, c->third);
        write_pair(out, c->fourth);
        weir_bytes_f64(out, c->least);
        weir_bytes_f64(out, c->greatest);
        weir_bytes_f64(out, c->ever2);
        weir_bytes_f64(out, c->ever4);
        weir_bytes_f64(out, c->ever_raw4);
    }
    weir_bytes_append(out, summary->complete, summary->group_count);
}

/* The sizes of a table in use. */
typedef struct {
    const char *name;
    size_t rows, columns;
    bool triangle;
    bool whole; /* the upper halves only: numbers of rows */
} layout;

static void write_part(const sums *table, const double *part, const layout *shape, weir_bytes *out)
{
    for (size_t r = 0; r < shape->rows; r++)
        for (size_t c = 0; c < (shape->triangle ? r + 1 : shape->columns); c++)
            weir_bytes_f64(out, part[r * table->stride + c]);
}

/* Puts what is in *bytes into a section and empties it. */
static weir_code close_section(weir_container_writer *writer, const char *name, weir_bytes *bytes,
                               weir_error *err)
{
    weir_code code = weir_bytes_ok(bytes, err);

    if (!code)
        weir_container_section(writer, name, 1, bytes->data, bytes->size);
    weir_bytes_clear(bytes);
    return code;
}

static weir_code write_table(weir_container_writer *writer, const sums *table, const layout *shape,
                             weir_bytes *bytes, weir_error *err)
{
    write_part(table, table->hi, shape, bytes);
    if (table->lo && !shape->whole)
        write_part(table, table->lo, shape, bytes);
    return close_section(writer, shape->name, bytes, err);
}

/* The tables that a summary keeps, with their shapes, in stored order. */
static size_t tables_of(weir_summary *summary, sums *tables[6], layout shapes[6])
{
    size_t slots = summary->slot_count, groups = summary->group_count, n = 0;

    tables[n] = &summary->products;
    shapes[n++] = (layout){"products", slots, slots, .triangle = true};
    tables[n] = &summary->mixed;
    shapes[n++] =
        (layout){"mixed", summary->continuous_count, summary->binary_count, .triangle = false};
    if (summary->squares) {
        tables[n] = &summary->squared;
        shapes[n++] = (layout){"squared", slots, slots, .triangle = true};
    }
    if (summary->pairwise) {
        tables[n] = &summary->counts;
        shapes[n++] = (layout){"counts", groups, groups, .triangle = true, .whole = true};
        tables[n] = &summary->joint;
        shapes[n++] = (layout){"joint", slots, groups, .triangle = false};
        tables[n] = &summary->joint2;
        shapes[n++] = (layout){"joint2", summary->continuous_count, groups, .triangle = false};
    }
    return n;
}

static layout counts_of(const weir_summary *summary)
{
    return (layout){"fractions", summary->group_count, summary->group_count, .triangle = true};
}

static void write_fractions(const weir_summary *summary, weir_bytes *out)
{
    layout shape = counts_of(summary);

    weir_bytes_f64(out, summary->complete_rows.lo);
    if (summary->pairwise && summary->counts.lo)
        write_part(&summary->counts, summary->counts.lo, &shape, out);
}

static void write_histograms(const weir_summary *summary, weir_bytes *out)
{
    for (size_t s = 0; s < summary->slot_count; s++) {
        weir_histogram_write(summary->columns[s].histogram, out);
        weir_ddsketch_write(summary->columns[s].sketch, out);
    }
}

weir_code weir_summary_save(const weir_summary *summary, weir_bytes *out, weir_error *err)
{
    weir_container_writer writer;
    weir_bytes bytes = {0};
    sums *tables[6];
    layout shapes[6];
    size_t count = tables_of((weir_summary *)summary, tables, shapes);
    weir_code code;

    weir_container_begin(&writer, out, WEIR_FORMAT_SUMMARY, SUMMARY_VERSION);
    write_head(summary, &bytes);
    if ((code = close_section(&writer, "summary", &bytes, err)))
        goto done;
    write_schema(summary, &bytes);
    if ((code = close_section(&writer, "schema", &bytes, err)))
        goto done;
    write_columns(summary, &bytes);
    if ((code = close_section(&writer, "columns", &bytes, err)))
        goto done;
    for (size_t i = 0; i < count; i++)
        if ((code = write_table(&writer, tables[i], &shapes[i], &bytes, err)))
            goto done;
    if (summary->scaled) {
        write_fractions(summary, &bytes);
        if ((code = close_section(&writer, "fractions", &bytes, err)))
            goto done;
    }
    if (summary->histograms) {
        write_histograms(summary, &bytes);
        if ((code = close_section(&writer, "histograms", &bytes, err)))
            goto done;
    }
    if (summary->given) {
        conditional_write(summary, &bytes);
        if ((code = close_section(&writer, "conditional", &bytes, err)))
            goto done;
    }
    code = weir_container_end(&writer, err);
done:
    weir_bytes_free(&bytes);
    return code;
}

/* --- reading */

static bool finite_pair(weir_dd value)
{
    return isfinite(value.hi) && value.hi + value.lo == value.hi;
}

static weir_dd read_pair(weir_reader *reader, bool *fine)
{
    weir_dd value = {weir_read_f64(reader), 0};

    value.lo = weir_read_f64(reader);
    *fine = *fine && finite_pair(value);
    return value;
}

static double read_finite(weir_reader *reader, bool *fine)
{
    double value = weir_read_f64(reader);

    *fine = *fine && isfinite(value);
    return value;
}

static weir_code corrupt(weir_error *err, const char *what)
{
    return weir_fail(err, WEIR_CORRUPT, "summary: %s cannot be read", what);
}

static weir_code read_head(weir_reader *reader, weir_summary *summary, bool *given, weir_error *err)
{
    uint8_t precision = weir_read_u8(reader), wanted = weir_read_u8(reader);
    uint8_t flags = weir_read_u8(reader);
    uint64_t attributes = weir_read_u64(reader), values = weir_read_u64(reader);
    bool fine = precision <= WEIR_PRECISION_DOUBLE && wanted <= WEIR_PRECISION_DOUBLE &&
                flags <= ALL_FLAGS && attributes > 0 && values > 0 && attributes <= SIZE_MAX &&
                values <= SIZE_MAX;

    summary->rows = read_finite(reader, &fine);
    summary->ever = read_finite(reader, &fine);
    summary->histogram_rows = read_finite(reader, &fine);
    summary->complete_rows = weir_dd_of(read_finite(reader, &fine));
    if (!fine || reader->failed || weir_reader_left(reader) > 0 || summary->ever < 0 ||
        (precision == WEIR_PRECISION_AUTO && (flags & PAIRWISE)) ||
        ((flags & GIVEN) && !((flags & HISTOGRAMS) && (flags & CONDITIONAL))))
        return corrupt(err, "the head");
    summary->precision = (weir_precision)precision;
    summary->wanted = (weir_precision)wanted;
    summary->histograms = flags & HISTOGRAMS;
    summary->subtracted = flags & SUBTRACTED;
    summary->squares = flags & SQUARES;
    summary->pairwise = flags & PAIRWISE;
    summary->scaled = flags & SCALED;
    summary->conditional = flags & CONDITIONAL;
    *given = flags & GIVEN;
    summary->max_attributes = (size_t)attributes;
    summary->max_values = (size_t)values;
    if (precision == WEIR_PRECISION_DOUBLE)
        state_narrow(summary);
    return WEIR_OK;
}

/* The groups of the parents and of the plain slots, in the order in which they are stored; and what parents cover. */
typedef struct {
    weir_schema *schema;
    weir_bytes groups; /* u32 each, parents first */
    weir_bytes covered;
} stored_schema;

static weir_code read_parents(weir_reader *reader, stored_schema *stored, weir_error *err)
{
    uint32_t parents = weir_read_u32(reader);

    for (uint32_t p = 0; p < parents; p++) {
        size_t length, id;
        const char *name = weir_read_text(reader, &length);
        weir_code code;

        weir_bytes_u32(&stored->groups, weir_read_u32(reader));
        weir_bytes_f64(&stored->covered, weir_read_f64(reader));
        if (reader->failed)
            return corrupt(err, "a category");
        code = weir_schema_add(stored->schema, name, length, WEIR_T, &id, err);
        if (code == WEIR_NO_MEMORY)
            return code;
        if (code || id != p)
            return corrupt(err, "the name of a category");
    }
    return WEIR_OK;
}

/* One attribute; *id is where the schema has it. */
static weir_code read_attribute(weir_reader *reader, stored_schema *stored, size_t *id,
                                weir_error *err)
{
    uint8_t form = weir_read_u8(reader);
    size_t length, parent;
    const char *text;

    if (form == FORM_VALUE || form == FORM_OTHER) {
        parent = weir_read_u32(reader);
        text = weir_read_text(reader, &length);
        if (reader->failed || parent >= weir_schema_parents(stored->schema))
            return corrupt(err, "a value of a category");
        return weir_schema_add_value(stored->schema, parent, text, length, form == FORM_OTHER, id,
                                     err);
    }
    text = weir_read_text(reader, &length);
    if (reader->failed || !form || !strchr("CBSLX", form))
        return corrupt(err, "an attribute");
    if (form == WEIR_C || form == WEIR_B)
        weir_bytes_u32(&stored->groups, weir_read_u32(reader));
    return weir_schema_add(stored->schema, text, length, (weir_type)form, id, err);
}

static weir_code read_schema(weir_reader *reader, stored_schema *stored, weir_error *err)
{
    weir_code code = weir_schema_new(&stored->schema, err);
    uint32_t attributes;

    if (code || (code = read_parents(reader, stored, err)))
        return code;
    attributes = weir_read_u32(reader);
    for (uint32_t i = 0; i < attributes; i++) {
        size_t id = WEIR_NONE;

        code = read_attribute(reader, stored, &id, err);
        if (code == WEIR_NO_MEMORY)
            return code;
        if (code || id != i)
            return corrupt(err, "an attribute");
    }
    if (reader->failed || weir_reader_left(reader) > 0)
        return corrupt(err, "the schema");
    if ((code = weir_bytes_ok(&stored->groups, err)))
        return code;
    return weir_bytes_ok(&stored->covered, err);
}

/* Gives every parent and column its stored group; they must be all numbers below the count, each once. */
static weir_code place_groups(weir_summary *summary, const stored_schema *stored, weir_error *err)
{
    weir_reader groups = weir_reader_over(stored->groups.data, stored->groups.size);
    weir_reader covered = weir_reader_over(stored->covered.data, stored->covered.size);
    uint8_t *met = weir_calloc(summary->group_count, 1);
    bool fine = true;

    if (!met)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for %zu groups", summary->group_count);
    for (size_t p = 0; p < summary->parent_count; p++) {
        summary->parents[p].group = weir_read_u32(&groups);
        summary->parents[p].covered = read_finite(&covered, &fine);
    }
    for (size_t s = 0; s < summary->slot_count; s++) {
        const weir_attribute *a = weir_schema_slot(summary->schema, s);

        summary->columns[s].group =
            a->parent == WEIR_NONE ? weir_read_u32(&groups) : summary->parents[a->parent].group;
    }
    for (size_t p = 0; p < summary->parent_count; p++) {
        size_t group = summary->parents[p].group;

        fine = fine && group < summary->group_count && !met[group]++;
    }
    for (size_t s = 0; s < summary->slot_count; s++) {
        size_t group = summary->columns[s].group;

        if (weir_schema_slot(summary->schema, s)->parent == WEIR_NONE)
            fine = fine && group < summary->group_count && !met[group]++;
    }
    weir_free(met);
    return fine ? WEIR_OK : corrupt(err, "the groups");
}

static bool read_column(weir_reader *reader, column *c)
{
    uint8_t anchored = weir_read_u8(reader);
    bool fine = anchored <= 1;

    c->anchored = anchored;
    c->anchor = read_finite(reader, &fine);
    c->complete1 = read_pair(reader, &fine);
    c->complete2 = read_pair(reader, &fine);
    c->third = read_pair(reader, &fine);
    c->fourth = read_pair(reader, &fine);
    c->least = weir_read_f64(reader);
    c->greatest = weir_read_f64(reader);
    c->ever2 = read_finite(reader, &fine);
    c->ever4 = read_finite(reader, &fine);
    c->ever_raw4 = read_finite(reader, &fine);
    if (isnan(c->least) && isnan(c->greatest))
        c->least = c->greatest = NAN;
    else
        fine = fine && isfinite(c->least) && isfinite(c->greatest) && c->least <= c->greatest;
    return fine && !reader->failed && fabs(c->anchor) <= WEIR_CELL_MAX &&
           (!c->binary || c->anchor == 0) && c->ever2 >= 0 && c->ever4 >= 0 && c->ever_raw4 >= 0;
}

static weir_code read_columns(weir_reader *reader, weir_summary *summary, weir_error *err)
{
    const uint8_t *complete;

    for (size_t s = 0; s < summary->slot_count; s++)
        if (!read_column(reader, &summary->columns[s]))
            return corrupt(err, "a column");
    complete = weir_read_bytes(reader, summary->group_count);
    if (reader->failed || weir_reader_left(reader) > 0)
        return corrupt(err, "the complete block");
    for (size_t g = 0; g < summary->group_count; g++) {
        if (complete[g] > 1)
            return corrupt(err, "the complete block");
        summary->complete[g] = complete[g];
    }
    return WEIR_OK;
}

/* How many numbers a table of this shape has; SIZE_MAX where there are more than any section could hold. */
static size_t entries(const layout *shape)
{
    uint64_t rows = shape->rows, columns = shape->columns;

    if (rows > UINT32_MAX || columns > UINT32_MAX)
        return SIZE_MAX;
    return (size_t)(shape->triangle ? rows * (rows + 1) / 2 : rows * columns);
}

static void read_part(weir_reader *reader, const sums *table, double *part, const layout *shape)
{
    for (size_t r = 0; r < shape->rows; r++)
        for (size_t c = 0; c < (shape->triangle ? r + 1 : shape->columns); c++)
            part[r * table->stride + c] = weir_read_f64(reader);
}

static weir_code read_table(weir_container_reader *container, sums *table, const layout *shape,
                            bool wide, weir_error *err)
{
    weir_bytes joined = {0};
    weir_section section;
    weir_reader reader;
    weir_code code = weir_container_take(container, shape->name, 1, &joined, &section, err);

    if (code)
        goto done;
    if (entries(shape) == SIZE_MAX ||
        section.size != entries(shape) * (wide && !shape->whole ? 16 : 8)) {
        code = corrupt(err, shape->name);
        goto done;
    }
    if (!sums_reserve(table, shape->rows, shape->columns, wide)) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for %s of %zu columns", shape->name,
                         shape->columns);
        goto done;
    }
    reader = weir_reader_over(section.data, section.size);
    read_part(&reader, table, table->hi, shape);
    if (wide && !shape->whole)
        read_part(&reader, table, table->lo, shape);
    for (size_t r = 0; r < shape->rows; r++)
        for (size_t c = 0; c < (shape->triangle ? r + 1 : shape->columns); c++)
            if (!finite_pair(sums_at(table, r, c))) {
                code = corrupt(err, shape->name);
                goto done;
            }
done:
    weir_bytes_free(&joined);
    return code;
}

static weir_code read_tables(weir_container_reader *container, weir_summary *summary,
                             weir_error *err)
{
    bool wide = summary->precision != WEIR_PRECISION_DOUBLE;
    sums *tables[6];
    layout shapes[6];
    size_t count = tables_of(summary, tables, shapes);

    for (size_t i = 0; i < count; i++) {
        weir_code code = read_table(container, tables[i], &shapes[i], wide, err);

        if (code)
            return code;
    }
    return WEIR_OK;
}

static weir_code read_fractions(weir_reader *reader, weir_summary *summary, weir_error *err)
{
    layout shape = counts_of(summary);
    bool fine = true;

    summary->complete_rows.lo = read_finite(reader, &fine);
    fine = fine && finite_pair(summary->complete_rows);
    if (summary->pairwise && summary->counts.lo) {
        if (weir_reader_left(reader) != entries(&shape) * 8)
            return corrupt(err, shape.name);
        read_part(reader, &summary->counts, summary->counts.lo, &shape);
        for (size_t g = 0; g < shape.rows; g++)
            for (size_t h = 0; h <= g; h++)
                fine = fine && finite_pair(sums_at(&summary->counts, g, h));
    }
    if (!fine || reader->failed || weir_reader_left(reader) > 0)
        return corrupt(err, shape.name);
    return WEIR_OK;
}

static weir_code read_histograms(weir_reader *reader, weir_summary *summary, weir_error *err)
{
    for (size_t s = 0; s < summary->slot_count; s++) {
        column *c = &summary->columns[s];
        weir_code code = weir_histogram_read(reader, &c->histogram, err);

        if (code || (code = weir_ddsketch_read(reader, &c->sketch, err)))
            return code;
    }
    return weir_reader_left(reader) > 0 ? corrupt(err, "the end of the histograms") : WEIR_OK;
}

/* Makes the columns of a schema whose tables come from the bytes: nothing but the arrays is allocated here. */
static weir_code make_columns(weir_summary *summary, stored_schema *stored, weir_error *err)
{
    size_t slots = weir_schema_slots(stored->schema);
    size_t parents = weir_schema_parents(stored->schema);
    bool squares = summary->squares;

    summary->columns = weir_calloc(slots, sizeof(column));
    summary->parents = weir_calloc(parents, sizeof(parent_state));
    summary->complete = weir_calloc(slots + parents, 1);
    if (!summary->columns || !summary->parents || !summary->complete)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for %zu columns", slots);
    summary->slot_room = slots;
    summary->parent_room = parents;
    summary->group_room = slots + parents;
    for (size_t s = 0; s < slots; s++)
        summary->columns[s].binary = weir_schema_slot(stored->schema, s)->type == WEIR_B;
    state_adopt(summary, stored->schema);
    stored->schema = NULL;
    summary->prepared_slots = slots;
    if (squares != summary->squares ||
        (summary->precision == WEIR_PRECISION_AUTO && weir_schema_size(summary->schema) > 0))
        return corrupt(err, "the number of columns");
    return place_groups(summary, stored, err);
}

/* The next section as a reader over its bytes. */
static weir_code take(weir_container_reader *container, const char *name, weir_bytes *joined,
                      weir_reader *out, weir_error *err)
{
    weir_section section;
    weir_code code;

    weir_bytes_clear(joined);
    if ((code = weir_container_take(container, name, 1, joined, &section, err)))
        return code;
    *out = weir_reader_over(section.data, section.size);
    return WEIR_OK;
}

weir_code weir_summary_load(const void *data, size_t size, weir_summary **out, weir_error *err)
{
    weir_container_reader container;
    weir_bytes joined = {0};
    stored_schema stored = {0};
    weir_summary *summary = NULL;
    weir_reader reader;
    bool given = false;
    weir_code code;

    if ((code = weir_container_open(&container, data, size, WEIR_FORMAT_SUMMARY, SUMMARY_VERSION,
                                    err)) ||
        (code = weir_summary_new(NULL, &summary, err)) ||
        (code = take(&container, "summary", &joined, &reader, err)) ||
        (code = read_head(&reader, summary, &given, err)) ||
        (code = take(&container, "schema", &joined, &reader, err)) ||
        (code = read_schema(&reader, &stored, err)) ||
        (code = make_columns(summary, &stored, err)) ||
        (code = take(&container, "columns", &joined, &reader, err)) ||
        (code = read_columns(&reader, summary, err)) ||
        (code = read_tables(&container, summary, err)))
        goto done;
    if (summary->scaled && ((code = take(&container, "fractions", &joined, &reader, err)) ||
                            (code = read_fractions(&reader, summary, err))))
        goto done;
    if (summary->histograms && ((code = take(&container, "histograms", &joined, &reader, err)) ||
                                (code = read_histograms(&reader, summary, err))))
        goto done;
    if (given && ((code = take(&container, "conditional", &joined, &reader, err)) ||
                  (code = conditional_read(&reader, summary, err))))
        goto done;
    if ((code = weir_container_done(&container, err)))
        goto done;
    *out = summary;
    summary = NULL;
done:
    weir_summary_free(summary);
    weir_schema_free(stored.schema);
    weir_bytes_free(&stored.groups);
    weir_bytes_free(&stored.covered);
    weir_bytes_free(&joined);
    return code;
}
