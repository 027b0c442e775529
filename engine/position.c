/* position.c: exactly once, decided by comparing two intervals.
 *
 * A frame covers the offsets [from, next) of a partition; everything before the position P was taken:
 *
 *     next <= P          a repeat: the answer got lost, the rows did not
 *     from <= P < next   the rows at or above P are new
 *     from > P           rows are missing in between; the sender goes back to P, or says that the gap is meant
 *
 * P is stored in the transaction that holds the rows, or, of a source that keeps its rows, in the snapshot that holds
 * them, so that it is never ahead of them or behind. Reading a topic again from its beginning on purpose raises the source's epoch: then P is void, and frames of the older epoch that
 * are still on the way are refused.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "position.h"

#include <inttypes.h>
#include <string.h>

enum { NAME_MOST = 1024 };

/* source NUL topic NUL, and the partition's four bytes unless it is negative. */
static char *make_key(const char *source, const char *topic, int32_t partition, size_t *length)
{
    size_t a = strlen(source) + 1, b = strlen(topic) + 1;
    char *key = weir_malloc(a + b + sizeof partition);

    if (!key)
        return NULL;
    memcpy(key, source, a);
    memcpy(key + a, topic, b);
    *length = a + b;
    if (partition >= 0) {
        memcpy(key + a + b, &partition, sizeof partition);
        *length += sizeof partition;
    }
    return key;
}

static void free_row(position *row)
{
    if (!row)
        return;
    weir_free(row->source);
    weir_free(row->topic);
    weir_free(row->key);
    weir_free(row);
}

void position_table_free(position_table *table)
{
    position *row, *next_row;
    position_epoch *epoch, *next_epoch;

    HASH_ITER(hh, table->rows, row, next_row)
    {
        HASH_DEL(table->rows, row);
        free_row(row);
    }
    HASH_ITER(hh, table->epochs, epoch, next_epoch)
    {
        HASH_DEL(table->epochs, epoch);
        weir_free(epoch->key);
        weir_free(epoch);
    }
}

/* The epoch that the partitions of a topic share under a source; NULL when there is no room for it. */
static position_epoch *share_epoch(position_table *table, const char *source, const char *topic)
{
    position_epoch *shared = NULL;
    size_t length = 0;
    char *key = make_key(source, topic, -1, &length);

    if (!key)
        return NULL;
    HASH_FIND(hh, table->epochs, key, length, shared);
    if (!shared && (shared = weir_calloc(1, sizeof *shared))) {
        shared->key = key;
        key = NULL; /* the epoch's now */
        HASH_ADD_KEYPTR(hh, table->epochs, shared->key, length, shared);
        if (!HASH_ADDED(shared, hh)) {
            weir_free(shared->key);
            weir_free(shared);
            shared = NULL;
        }
    }
    weir_free(key);
    return shared;
}

static position *new_row(position_table *table, const char *source, const char *topic,
                         int32_t partition)
{
    position *row = weir_calloc(1, sizeof *row);

    if (!row)
        return NULL;
    *row = (position){.partition = partition, .at = -1};
    row->source = weir_strdup(source);
    row->topic = weir_strdup(topic);
    row->current = share_epoch(table, source, topic);
    if (!row->source || !row->topic || !row->current) {
        free_row(row);
        return NULL;
    }
    return row;
}

weir_code position_find(position_table *table, const char *source, const char *topic,
                        int32_t partition, position **out, weir_error *err)
{
    size_t length = 0;
    position *row = NULL;
    char *key = NULL;

    if (!*source || !*topic || strlen(source) > NAME_MOST || strlen(topic) > NAME_MOST ||
        partition < 0)
        return weir_fail(err, WEIR_INVALID,
                         "source \"%.80s\" of topic \"%.80s\", partition %" PRId32
                         ": the names have 1 to %d bytes and the partition is not negative",
                         source, topic, partition, (int)NAME_MOST);
    if ((key = make_key(source, topic, partition, &length)))
        HASH_FIND(hh, table->rows, key, length, row);
    if (key && !row && (row = new_row(table, source, topic, partition))) {
        row->key = key;
        key = NULL; /* the row's now */
        HASH_ADD_KEYPTR(hh, table->rows, row->key, length, row);
        if (!HASH_ADDED(row, hh)) {
            free_row(row);
            row = NULL;
        }
    }
    weir_free(key);
    if (!row)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the position of %.80s", source);
    *out = row;
    return WEIR_OK;
}

int64_t position_at(const position *row)
{
    return row->epoch == row->current->epoch ? row->at : -1;
}

void position_move(position *row, int64_t at, uint64_t epoch)
{
    if (epoch > row->current->epoch)
        row->current->epoch = epoch;
    row->at = at;
    row->epoch = epoch;
}

static int by_name(const position *a, const position *b)
{
    int order = strcmp(a->source, b->source);

    order = order ? order : strcmp(a->topic, b->topic);
    return order ? order : (a->partition > b->partition) - (a->partition < b->partition);
}

/* u32 count | per position: text source, text topic, u32 partition, u64 next offset, u64 epoch; by name. */
void position_table_save(position_table *table, weir_bytes *out)
{
    const position *row, *next;
    uint32_t count = 0;

    HASH_SORT(table->rows, by_name);
    HASH_ITER(hh, table->rows, row, next)
    count += row->kept;
    weir_bytes_u32(out, count);
    HASH_ITER(hh, table->rows, row, next)
    {
        if (!row->kept)
            continue;
        weir_bytes_text(out, row->source, strlen(row->source));
        weir_bytes_text(out, row->topic, strlen(row->topic));
        weir_bytes_u32(out, (uint32_t)row->partition);
        weir_bytes_u64(out, (uint64_t)row->at);
        weir_bytes_u64(out, row->epoch);
    }
}

/* A text of the reader as a name; false when it is none. */
static bool read_name(weir_reader *reader, char name[NAME_MOST + 1])
{
    size_t length = 0;
    const char *text = weir_read_text(reader, &length);

    if (!text || length > NAME_MOST || memchr(text, 0, length))
        return false;
    memcpy(name, text, length);
    name[length] = '\0';
    return true;
}

weir_code position_table_load(position_table *table, const void *data, size_t size, weir_error *err)
{
    weir_reader reader = weir_reader_over(data, size);
    uint32_t count = weir_read_u32(&reader);
    weir_code code = WEIR_OK;

    for (uint32_t i = 0; !code && i < count; i++) {
        char source[NAME_MOST + 1], topic[NAME_MOST + 1];
        bool named = read_name(&reader, source) && read_name(&reader, topic);
        int32_t partition = (int32_t)weir_read_u32(&reader);
        int64_t at = (int64_t)weir_read_u64(&reader);
        uint64_t epoch = weir_read_u64(&reader);
        position *row = NULL;

        if (!named || reader.failed || at < 0)
            return weir_fail(err, WEIR_CORRUPT,
                             "position %" PRIu32 " of %" PRIu32 " is not readable", i, count);
        if ((code = position_find(table, source, topic, partition, &row, err)))
            return code == WEIR_INVALID ? WEIR_CORRUPT : code;
        position_move(row, at, epoch);
        row->kept = true;
    }
    if (reader.failed || weir_reader_left(&reader))
        return weir_fail(err, WEIR_CORRUPT,
                         "the stored positions are cut short or have bytes left");
    return code;
}

const position *position_rival(const position_table *table, const position *row)
{
    const position *other, *next;

    HASH_ITER(hh, table->rows, other, next)
    if (other->at >= 0 && !strcmp(other->topic, row->topic) &&
        strcmp(other->source, row->source) != 0)
        return other;
    return NULL;
}

static weir_code check_frame(const weir_source *source, size_t rows, weir_error *err)
{
    if (source->from < 0 || source->next < source->from)
        return weir_fail(err, WEIR_INVALID,
                         "source %.80s: from %" PRId64 " and next %" PRId64
                         " are no stretch of offsets",
                         source->id, source->from, source->next);
    if (source->offset_count != rows)
        return weir_fail(err, WEIR_INVALID, "source %.80s: %zu offsets for %zu rows", source->id,
                         source->offset_count, rows);
    for (size_t i = 0; i < rows; i++)
        if (source->offsets[i] < source->from || source->offsets[i] >= source->next ||
            (i && source->offsets[i] <= source->offsets[i - 1]))
            return weir_fail(err, WEIR_INVALID,
                             "source %.80s: offset %" PRId64 " of row %zu does not rise within "
                             "[%" PRId64 ", %" PRId64 ")",
                             source->id, source->offsets[i], i, source->from, source->next);
    return WEIR_OK;
}

weir_code position_judge(const position *row, const weir_source *source, size_t rows,
                         position_verdict *verdict, weir_error *err)
{
    weir_code code = check_frame(source, rows, err);
    uint64_t epoch = row->current->epoch;
    int64_t at = source->epoch > epoch ? -1 : position_at(row);

    *verdict = (position_verdict){0};
    if (code)
        return code;
    if (source->epoch < epoch)
        return weir_fail(err, WEIR_CONFLICT,
                         "source %.80s reads %.80s again in epoch %" PRIu64
                         "; the frame is of epoch %" PRIu64,
                         source->id, source->topic, epoch, source->epoch);
    if (at < 0)
        return WEIR_OK;
    if (source->next <= at) {
        verdict->repeat = true;
        return WEIR_OK;
    }
    if (source->from > at) {
        if (!source->reset)
            return weir_fail(err, WEIR_GAP,
                             "source %.80s: the frame begins at offset %" PRId64
                             " of %.80s partition %" PRId32 ", the position is %" PRId64,
                             source->id, source->from, source->topic, source->partition, at);
        verdict->skipped = true;
        return WEIR_OK;
    }
    while (verdict->first < rows && source->offsets[verdict->first] < at)
        verdict->first++;
    return WEIR_OK;
}
