/* sets.c: a whole and its parts.
 *
 * A row belongs to the whole and to the part of its value in the partition column; rows without a value are a part as
 * well, named "", so that the parts merged are the whole. Rows of a batch are put in the order of their parts by
 * counting (a column's words are numbered already), and each part takes its rows in one piece.
 *
 * Copying what a batch touches costs about what the batch itself does. It is what makes all summaries move together
 * though any of them may find no memory half-way.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "sets.h"

#include <string.h>

#include "data/batch_rows.h"
#include "summary/emptied.h"
#include "weir/memory.h"

enum { PARTS = 1024 }; /* a set, unless the options say otherwise */

static const weir_summary *current(const member *m)
{
    return m->draft ? m->draft : m->summary;
}

/* A member without any summary yet. */
static weir_code add_member(summary_set *set, const char *value, weir_error *err)
{
    char *copy = NULL;

    if (set->count == set->room) {
        size_t room = set->room ? 2 * set->room : 4;
        member *grown = weir_realloc_array(set->members, room, sizeof *grown);

        if (!grown)
            return weir_fail(err, WEIR_NO_MEMORY, "no room for another part");
        set->members = grown;
        set->room = room;
    }
    if (value && !(copy = weir_strdup(value)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for another part");
    set->members[set->count++] = (member){.value = copy};
    return WEIR_OK;
}

static void drop_last(summary_set *set)
{
    member *last = &set->members[--set->count];

    weir_summary_free(last->summary);
    weir_summary_free(last->draft);
    weir_free(last->value);
}

weir_code set_new(summary_set *set, const weir_summary_options *options, weir_error *err)
{
    weir_code code = add_member(set, NULL, err);

    if (!code && (code = weir_summary_new(options, &set->members[0].summary, err)))
        drop_last(set);
    return code;
}

void set_free(summary_set *set)
{
    while (set->count)
        drop_last(set);
    weir_free(set->members);
    *set = (summary_set){0};
}

weir_code set_copy(const summary_set *set, summary_set *out, weir_error *err)
{
    weir_code code = WEIR_OK;

    for (size_t i = 0; !code && i < set->count; i++)
        if (!(code = add_member(out, set->members[i].value, err)))
            code = weir_summary_copy(set->members[i].summary, &out->members[i].summary, err);
    if (code)
        set_free(out);
    return code;
}

size_t set_memory(const summary_set *set)
{
    size_t bytes = set->room * sizeof *set->members;

    for (size_t i = 0; i < set->count; i++) {
        bytes += weir_summary_memory(set->members[i].summary);
        if (set->members[i].value)
            bytes += strlen(set->members[i].value) + 1;
    }
    return bytes;
}

const weir_summary *set_whole(const summary_set *set)
{
    return set->members[0].summary;
}

/* --- a change */

static weir_code touch(member *m, weir_error *err)
{
    return m->draft ? WEIR_OK : weir_summary_copy(m->summary, &m->draft, err);
}

void set_commit(summary_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        member *m = &set->members[i];

        if (!m->draft)
            continue;
        weir_summary_free(m->summary);
        m->summary = m->draft;
        m->draft = NULL;
    }
}

void set_cancel(summary_set *set)
{
    while (set->count && !set->members[set->count - 1].summary)
        drop_last(set);
    for (size_t i = 0; i < set->count; i++) {
        weir_summary_free(set->members[i].draft);
        set->members[i].draft = NULL;
    }
}

weir_code set_scale(summary_set *set, double weight, weir_error *err)
{
    weir_code code = WEIR_OK;

    for (size_t i = 0; !code && i < set->count; i++)
        if (!(code = touch(&set->members[i], err)))
            code = weir_summary_scale(set->members[i].draft, weight, err);
    return code;
}

weir_code set_histograms(summary_set *set, bool on, weir_error *err)
{
    weir_code code = WEIR_OK;

    for (size_t i = 0; !code && i < set->count; i++)
        if (!(code = touch(&set->members[i], err)))
            code = weir_summary_set_histograms(set->members[i].draft, on, err);
    return code;
}

/* Gives a member another draft, which is taken over. */
static void redraft(member *m, weir_summary *draft)
{
    weir_summary_free(m->draft);
    m->draft = draft;
}

weir_code set_restart(summary_set *set, const summary_set *like, weir_error *err)
{
    weir_code code = WEIR_OK;

    for (size_t i = 0; !code && i < like->count; i++) {
        weir_summary *empty = NULL;

        if (i == set->count && (code = add_member(set, like->members[i].value, err)))
            break;
        if (!(code = weir_summary_emptied(current(&like->members[i]), &empty, err)))
            redraft(&set->members[i], empty);
    }
    return code;
}

weir_code set_take_over(summary_set *set, const summary_set *other, weir_error *err)
{
    weir_code code = WEIR_OK;

    for (size_t i = 0; !code && i < set->count && i < other->count; i++) {
        weir_summary *copy = NULL;

        if (!(code = weir_summary_copy(current(&other->members[i]), &copy, err)))
            redraft(&set->members[i], copy);
    }
    return code;
}

/* --- parts */

static member *find_part(const summary_set *set, const char *value)
{
    for (size_t i = 1; i < set->count; i++)
        if (!strcmp(set->members[i].value, value))
            return &set->members[i];
    return NULL;
}

static weir_code absorb_member(member *m, const weir_batch *batch, double sign, weir_error *err)
{
    weir_code code = touch(m, err);

    return code ? code : weir_summary_absorb(m->draft, batch, sign, err);
}

static weir_code absorb_part(summary_set *set, const weir_collection_options *options,
                             const char *value, const weir_batch *batch, double sign,
                             weir_error *err)
{
    member *m = find_part(set, value);
    weir_code code;

    if (!m) {
        if ((code = add_member(set, value, err)))
            return code;
        m = &set->members[set->count - 1];
        if ((code = weir_summary_new(&options->summary, &m->draft, err)) ||
            (code = weir_summary_set_histograms(
                 m->draft, weir_summary_has_histograms(current(&set->members[0])), err)))
            return code;
    }
    return absorb_member(m, batch, sign, err);
}

/* The partition column; NULL when no row has a value in it. */
static const weir_batch_column *split_column(const weir_collection_options *options,
                                             const weir_batch *batch)
{
    size_t at = weir_batch_find(batch, options->partition, strlen(options->partition));

    return at != WEIR_NONE && batch->columns[at].codes ? &batch->columns[at] : NULL;
}

/* The number of a row's part: that of its word, or the number of words for a row without one. */
static size_t part_of(const weir_batch_column *column, size_t row)
{
    return column->present[row] ? column->codes[row] : column->word_count;
}

/* Puts the row numbers into the order of their parts; ends[p] is where part p ends. */
static void sort_rows(const weir_batch_column *column, size_t rows, size_t *order, size_t *ends)
{
    size_t parts = column->word_count + 1;

    for (size_t r = 0; r < rows; r++)
        ends[part_of(column, r)]++;
    for (size_t p = 1; p < parts; p++)
        ends[p] += ends[p - 1];
    for (size_t r = rows; r-- > 0;)
        order[--ends[part_of(column, r)]] = r; /* ends are beginnings now */
    for (size_t p = 0; p + 1 < parts; p++)
        ends[p] = ends[p + 1];
    ends[parts - 1] = rows;
}

static weir_code absorb_parts(summary_set *set, const weir_collection_options *options,
                              const weir_batch_column *column, const weir_batch *batch, double sign,
                              weir_error *err)
{
    size_t *order = weir_calloc(batch->rows + 1, sizeof *order);
    size_t *ends = weir_calloc(column->word_count + 1, sizeof *ends);
    size_t begin = 0;
    weir_code code = WEIR_OK;

    if (!order || !ends) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room to part %zu rows", batch->rows);
        goto done;
    }
    sort_rows(column, batch->rows, order, ends);
    for (size_t p = 0; !code && p <= column->word_count; p++) {
        weir_batch *rows = NULL;

        if (ends[p] > begin &&
            !(code = batch_rows_copy(batch, order + begin, 0, ends[p] - begin, &rows, err)))
            code = absorb_part(set, options, p < column->word_count ? column->words[p] : "", rows,
                               sign, err);
        weir_batch_free(rows);
        begin = ends[p];
    }
done:
    weir_free(order);
    weir_free(ends);
    return code;
}

weir_code set_absorb(summary_set *set, const weir_collection_options *options,
                     const weir_batch *batch, double sign, weir_error *err)
{
    weir_code code = absorb_member(&set->members[0], batch, sign, err);
    const weir_batch_column *column;

    if (code || !options->partition)
        return code;
    column = split_column(options, batch);
    return column ? absorb_parts(set, options, column, batch, sign, err)
                  : absorb_part(set, options, "", batch, sign, err);
}

weir_code set_check(const summary_set *set, const weir_collection_options *options,
                    const weir_batch *batch, size_t *new_parts, weir_error *err)
{
    const char *name = options->partition;
    size_t at = weir_batch_find(batch, name, strlen(name));
    size_t most = options->partition_limit ? options->partition_limit : PARTS;
    const weir_batch_column *column = at != WEIR_NONE ? &batch->columns[at] : NULL;

    *new_parts = !find_part(set, "");
    if (column && column->values)
        return weir_fail(err, WEIR_INVALID,
                         "partition column %.100s is of type %c; its values part the rows as "
                         "texts: S or T",
                         name, (char)column->type);
    for (size_t w = 0; column && w < column->word_count; w++)
        *new_parts += !find_part(set, column->words[w]);
    /* The part of rows without a value is beside the limit: every project may need it. */
    if (set->count - 1 + *new_parts > most + 1)
        return weir_fail(err, WEIR_TOO_LARGE,
                         "partition column %.100s would have more than %zu values", name, most);
    return WEIR_OK;
}

/* --- stored bytes */

weir_code set_write(const summary_set *set, weir_bytes *out, weir_error *err)
{
    weir_bytes summary = {0};
    weir_code code = WEIR_OK;

    weir_bytes_u32(out, (uint32_t)set->count);
    for (size_t i = 0; !code && i < set->count; i++) {
        const char *value = set->members[i].value ? set->members[i].value : "";

        weir_bytes_clear(&summary);
        if ((code = weir_summary_save(set->members[i].summary, &summary, err)))
            break;
        weir_bytes_text(out, value, strlen(value));
        weir_bytes_u64(out, summary.size);
        weir_bytes_append(out, summary.data, summary.size);
    }
    weir_bytes_free(&summary);
    return code ? code : weir_bytes_ok(out, err);
}

static weir_code read_member(weir_reader *reader, summary_set *set, weir_error *err)
{
    size_t length = 0;
    const char *text = weir_read_text(reader, &length);
    uint64_t size = weir_read_u64(reader);
    const uint8_t *data = size <= SIZE_MAX ? weir_read_bytes(reader, (size_t)size) : NULL;
    char value[WEIR_VALUE_MAX + 1];
    weir_code code;

    if (reader->failed || !data || length > WEIR_VALUE_MAX || memchr(text, '\0', length) ||
        !weir_utf8_valid(text, length) || (set->count == 0 && length > 0))
        return weir_fail(err, WEIR_CORRUPT, "part %zu of the collection is not readable",
                         set->count);
    memcpy(value, text, length);
    value[length] = '\0';
    if (set->count > 0 && find_part(set, value))
        return weir_fail(err, WEIR_CORRUPT, "part \"%.100s\" is there twice", value);
    if ((code = add_member(set, set->count ? value : NULL, err)))
        return code;
    return weir_summary_load(data, (size_t)size, &set->members[set->count - 1].summary, err);
}

weir_code set_read(weir_reader *reader, summary_set *out, weir_error *err)
{
    size_t count = weir_read_u32(reader);
    weir_code code = WEIR_OK;

    set_free(out);
    if (reader->failed)
        return weir_fail(err, WEIR_CORRUPT, "the collection ends before its parts");
    while (!code && out->count < count)
        code = read_member(reader, out, err);
    if (code)
        set_free(out);
    return code;
}
