/* cell_table.c: see cell_table.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cell_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cell_types.h"
#include "weir/hash.h"
#include "weir/memory.h"
#include "weir/merge_tree.h"

typedef struct {
    cell cell; /* first: a cell is its row */
    char key[CELL_KEY_MAX];
    UT_hash_handle hh;
} row;

struct cell_table {
    pthread_mutex_t lock;
    char *node;
    row *rows;
    size_t count;
    uint64_t reading; /* how often the changelog was begun */
    weir_merge_tree *tree;
    bool moved; /* the tree has what was not adopted yet */
    double rows_adopted;
    char remark[240]; /* the keeper's */
};

weir_code cell_table_new(const char *node, cell_table **out, weir_error *err)
{
    cell_table *table = weir_calloc(1, sizeof *table);
    weir_code code = WEIR_OK;

    if (!table || !(table->node = weir_strdup(node))) {
        weir_free(table);
        return weir_fail(err, WEIR_NO_MEMORY, "no room for a table of cells");
    }
    if ((code = weir_merge_tree_new(0, &table->tree, err))) {
        weir_free(table->node);
        weir_free(table);
        return code;
    }
    pthread_mutex_init(&table->lock, NULL);
    *out = table;
    return WEIR_OK;
}

static void row_free(row *r)
{
    weir_summary_free(r->cell.live);
    weir_bytes_free(&r->cell.kept);
    cell_parts_free(&r->cell.incoming);
    pthread_mutex_destroy(&r->cell.lock);
    weir_free(r->cell.topic);
    weir_free(r);
}

void cell_table_free(cell_table *table)
{
    row *r, *next;

    if (!table)
        return;
    HASH_ITER(hh, table->rows, r, next)
    {
        HASH_DEL(table->rows, r);
        row_free(r);
    }
    weir_merge_tree_free(table->tree);
    pthread_mutex_destroy(&table->lock);
    weir_free(table->node);
    weir_free(table);
}

/* The cell of a partition, made when it is not there. Caller holds the lock. */
static weir_code find(cell_table *table, const char *topic, int32_t partition, cell **out,
                      weir_error *err)
{
    char key[CELL_KEY_MAX];
    size_t length = cell_key_write(topic, partition, 0, key);
    row *r = NULL;

    HASH_FIND(hh, table->rows, key, length, r);
    if (r) {
        *out = &r->cell;
        return WEIR_OK;
    }
    if (!(r = weir_calloc(1, sizeof *r)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the cell of %s", key);
    pthread_mutex_init(&r->cell.lock, NULL);
    memcpy(r->key, key, sizeof key);
    r->cell.partition = partition;
    r->cell.leaf = table->count;
    r->cell.next = r->cell.stored_next = -1;
    atomic_init(&r->cell.gone, false);
    if ((r->cell.topic = weir_strdup(topic)))
        HASH_ADD_KEYPTR(hh, table->rows, r->key, length, r);
    if (!r->cell.topic || !HASH_ADDED(r, hh)) {
        row_free(r);
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the cell of %s", key);
    }
    table->count++;
    *out = &r->cell;
    return WEIR_OK;
}

/* Puts the summary of a container into the tree; no bytes: nothing. Caller holds the lock. */
static weir_code put_stored(cell_table *table, const cell *c, const weir_bytes *bytes,
                            weir_error *err)
{
    weir_summary *summary = NULL;
    weir_code code =
        bytes->size ? weir_summary_load(bytes->data, bytes->size, &summary, err) : WEIR_OK;

    if (!code && !(code = weir_merge_tree_put(table->tree, c->leaf, summary, err))) {
        summary = NULL; /* the tree's now */
        table->moved = true;
    }
    weir_summary_free(summary);
    return code;
}

/* --- the keeper */

/* A cell of the changelog is whole. Caller holds the lock. */
static weir_code arrived(cell_table *table, cell *c, const cell_record *record, weir_error *err)
{
    const weir_bytes *bytes = &c->incoming.bytes;
    bool mine = record->writer_length == strlen(table->node) &&
                !memcmp(record->writer, table->node, record->writer_length);
    weir_code code = WEIR_OK;

    c->reading = table->reading;
    if (mine && record->version < c->own)
        return WEIR_OK; /* the tree has a later one of this node's already */
    if (c->live) {
        weir_bytes_clear(&c->kept);
        weir_bytes_append(&c->kept, bytes->data, bytes->size);
        if ((code = weir_bytes_ok(&c->kept, err))) {
            weir_bytes_free(&c->kept);
            return code;
        }
    } else if ((code = put_stored(table, c, bytes, err))) {
        return code;
    }
    c->stored_next = record->next;
    c->stored_version = record->version;
    c->stored_parts = record->parts;
    c->stored_size = bytes->size;
    return WEIR_OK;
}

void cell_table_begin(cell_table *table)
{
    row *r, *next;

    pthread_mutex_lock(&table->lock);
    table->reading++;
    HASH_ITER(hh, table->rows, r, next)
    cell_parts_free(&r->cell.incoming);
    pthread_mutex_unlock(&table->lock);
}

/* Whether it was written once, and is not in the changelog as it was read last. Caller holds the lock. */
static bool is_gone(const cell_table *table, const cell *c)
{
    return c->stored_version && c->reading != table->reading;
}

void cell_table_ended(cell_table *table)
{
    row *r, *next;

    pthread_mutex_lock(&table->lock);
    HASH_ITER(hh, table->rows, r, next)
    if (r->cell.live && is_gone(table, &r->cell))
        atomic_store(&r->cell.gone, true);
    pthread_mutex_unlock(&table->lock);
}

weir_code cell_table_record(cell_table *table, const void *key, size_t key_size, const void *value,
                            size_t size, weir_error *err)
{
    cell_key where;
    cell_record record;
    cell *c = NULL;
    bool whole = false;
    weir_code code = cell_key_read(key, key_size, &where, err);

    if (code || !value)
        return code;
    if ((code = cell_record_read(value, size, &record, err)))
        return weir_explain(err, code, "%s partition %d", where.topic, (int)where.partition);
    if (record.part != where.part)
        return weir_fail(err, WEIR_CORRUPT, "%s partition %d: part %u under the key of part %u",
                         where.topic, (int)where.partition, (unsigned)record.part,
                         (unsigned)where.part);
    pthread_mutex_lock(&table->lock);
    if (!(code = find(table, where.topic, where.partition, &c, err)) &&
        !(code = cell_parts_add(&c->incoming, &record, &whole, err)) && whole) {
        code = arrived(table, c, &record, err);
        cell_parts_free(&c->incoming);
    }
    pthread_mutex_unlock(&table->lock);
    return code ? weir_explain(err, code, "%s partition %d", where.topic, (int)where.partition)
                : WEIR_OK;
}

/* Copies what live cells have learned since the last time into the tree. Caller holds the lock. */
static weir_code show_live(cell_table *table, weir_error *err)
{
    row *r, *next;

    HASH_ITER(hh, table->rows, r, next)
    {
        cell *c = &r->cell;
        weir_summary *copy = NULL;
        uint64_t changes = 0;
        weir_code code = WEIR_OK;

        pthread_mutex_lock(&c->lock);
        changes = c->changes;
        if (c->live && changes != c->shown)
            code = weir_summary_copy(c->live, &copy, err);
        pthread_mutex_unlock(&c->lock);
        if (copy && !(code = weir_merge_tree_put(table->tree, c->leaf, copy, err))) {
            copy = NULL; /* the tree's now */
            c->shown = changes;
            table->moved = true;
        }
        weir_summary_free(copy);
        if (code)
            return code;
    }
    return WEIR_OK;
}

static int by_partition(const void *a, const void *b)
{
    const cell *one = *(const cell *const *)a, *two = *(const cell *const *)b;
    int order = strcmp(one->topic, two->topic);

    return order ? order : (one->partition > two->partition) - (one->partition < two->partition);
}

/* The merge of cells that disagree on types. Caller holds the lock. */
static weir_code merge_agreed(cell_table *table, weir_summary **out, weir_error *err)
{
    const cell **cells = weir_calloc(table->count + 1, sizeof(const cell *));
    const weir_summary **summaries = weir_calloc(table->count + 1, sizeof(const weir_summary *));
    char column[WEIR_NAME_MAX + 1];
    size_t count = 0, at = 0;
    row *r, *next;
    weir_code code = WEIR_OK;

    if (!cells || !summaries) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room to merge %zu cells", table->count);
        goto done;
    }
    HASH_ITER(hh, table->rows, r, next)
    if (weir_merge_tree_leaf(table->tree, r->cell.leaf))
        cells[count++] = &r->cell;
    qsort(cells, count, sizeof(const cell *), by_partition);
    for (size_t i = 0; i < count; i++)
        summaries[i] = weir_merge_tree_leaf(table->tree, cells[i]->leaf);
    if (!(code = cell_types_merge(summaries, count, out, column, &at, err)) && at < count)
        snprintf(table->remark, sizeof table->remark,
                 "column %.100s of partition %d is of another type than in partitions before, and "
                 "left out of what is answered",
                 column, (int)cells[at]->partition);
done:
    weir_free(cells);
    weir_free(summaries);
    return code;
}

weir_code cell_table_adopt(cell_table *table, weir_assembly *assembly, const char **remark,
                           weir_error *err)
{
    const weir_summary *whole = NULL;
    weir_summary *agreed = NULL;
    double rows, more;
    weir_code code = WEIR_OK;

    pthread_mutex_lock(&table->lock);
    if ((code = show_live(table, err)) ||
        (!table->moved && (!table->count || weir_assembly_holds(assembly))))
        goto done;
    table->remark[0] = 0;
    code = weir_merge_tree_whole(table->tree, &whole, err);
    if (code == WEIR_INVALID && !(code = merge_agreed(table, &agreed, err)))
        whole = agreed;
    if (code)
        goto done;
    rows = whole ? weir_summary_rows(whole) : 0;
    more = rows - table->rows_adopted;
    if ((code = weir_assembly_adopt(assembly, whole, more > 0 ? (uint64_t)more : 0, err)))
        goto done;
    table->rows_adopted = rows;
    table->moved = false;
done:
    *remark = table->remark;
    pthread_mutex_unlock(&table->lock);
    weir_summary_free(agreed);
    return code;
}

void cell_table_size(cell_table *table, size_t *cells, size_t *bytes)
{
    size_t leaves = 0;

    pthread_mutex_lock(&table->lock);
    *cells = table->count;
    *bytes = weir_merge_tree_memory(table->tree, &leaves);
    pthread_mutex_unlock(&table->lock);
}

/* --- the reader */

weir_code cell_table_take(cell_table *table, weir_assembly *assembly, const char *topic,
                          int32_t partition, cell **out, weir_error *err)
{
    cell *c = NULL;
    const weir_summary *stored = NULL;
    weir_summary *live = NULL;
    weir_code code = WEIR_OK;

    pthread_mutex_lock(&table->lock);
    if ((code = find(table, topic, partition, &c, err)))
        goto done;
    stored = weir_merge_tree_leaf(table->tree, c->leaf);
    if ((code = stored ? weir_summary_copy(stored, &live, err)
                       : weir_assembly_cell(assembly, &live, err)))
        goto done;
    /* kept stays what was stored: it is made from the copy when the cell is lost before it is written */
    weir_bytes_clear(&c->kept);
    if (stored && (code = weir_summary_save(stored, &c->kept, err)))
        goto done;
    pthread_mutex_lock(&c->lock);
    c->live = live;
    live = NULL; /* the cell's now */
    c->next = c->stored_next;
    c->version = c->stored_version;
    c->parts = c->stored_parts;
    c->size = c->stored_size;
    c->changes = c->written = c->shown = 0;
    atomic_store(&c->gone, is_gone(table, c));
    pthread_mutex_unlock(&c->lock);
    *out = c;
done:
    pthread_mutex_unlock(&table->lock);
    weir_summary_free(live);
    return code;
}

void cell_table_release(cell_table *table, cell *c)
{
    weir_summary *live = NULL;
    bool written;

    pthread_mutex_lock(&table->lock);
    pthread_mutex_lock(&c->lock);
    live = c->live;
    c->live = NULL;
    written = c->changes == c->written;
    pthread_mutex_unlock(&c->lock);
    if (live && written && c->version > c->stored_version &&
        !weir_merge_tree_put(table->tree, c->leaf, live, NULL)) {
        live = NULL; /* the tree's now */
        c->stored_next = c->next;
        c->stored_version = c->own = c->version;
        c->stored_parts = c->parts;
        c->stored_size = c->size;
        table->moved = true;
    } else if (live && put_stored(table, c, &c->kept, NULL)) {
        /* no room: what was learned here stays in sight until the changelog tells more */
        table->moved = true;
    }
    weir_bytes_free(&c->kept);
    pthread_mutex_unlock(&table->lock);
    weir_summary_free(live);
}
