/* window.c: exactly the last rows of a stream.
 *
 * After every batch the summaries `now` hold the last `limit` rows and no other. For a row to leave it has to be known,
 * so the window keeps its rows, in panes of up to PANE rows each, in the form in which the log keeps batches. New rows
 * are learned, the oldest are forgotten.
 *
 * Forgetting alone would not do for a stream without end: what is left of sums after subtracting nearly everything
 * that went through them is rounding, and least and greatest values never shrink. So a second set of summaries, `next`,
 * learns every row too, from the moment it was begun; when the window has turned over once it holds exactly the rows
 * of the window, nothing was ever forgotten in it, and it takes the place of `now`. Then the next one is begun.
 *
 *     rows      a b c d e f g h i j k l        limit 4
 *     now       - - - - e f g h                learned and forgotten: d left when h came
 *     next              e f g h                when it has 4 rows it becomes now, and a new next begins with i
 *
 * A row is so learned twice and forgotten once, no batch costs more than another, and errors are those of at most two
 * windows of rows. Batches are cut where next becomes now, so that it happens at the same row however rows are batched.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "window.h"

#include <string.h>

#include "data/batch_rows.h"
#include "weir/memory.h"

enum { PANE = 512 };

/* What a batch does to the rows kept; nothing of it is in the window before commit(). */
typedef struct {
    size_t dropped; /* panes at the front that are wholly out */
    size_t offset, rows, since;
    weir_batch *oldest; /* owned; the first pane that stays, where it had to be read */
    bool joined;        /* the last pane is replaced by added[0], which begins with its rows */
    pane *added;
    size_t added_count;
} change;

static void panes_free(pane *panes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        weir_bytes_free(&panes[i].bytes);
}

void window_free(window *w)
{
    panes_free(w->panes, w->count);
    weir_free(w->panes);
    weir_batch_free(w->oldest);
    set_free(&w->next);
    *w = (window){.limit = w->limit};
}

weir_code window_copy(const window *w, window *out, weir_error *err)
{
    window copy = {.limit = w->limit,
                   .offset = w->offset,
                   .rows = w->rows,
                   .since = w->since,
                   .panes = weir_calloc(w->count + 1, sizeof *copy.panes),
                   .room = w->count + 1};
    weir_code code =
        copy.panes ? WEIR_OK : weir_fail(err, WEIR_NO_MEMORY, "no room for a copy of a window");

    for (; !code && copy.count < w->count; copy.count++) {
        pane *to = &copy.panes[copy.count];

        to->rows = w->panes[copy.count].rows;
        weir_bytes_append(&to->bytes, w->panes[copy.count].bytes.data,
                          w->panes[copy.count].bytes.size);
        code = weir_bytes_ok(&to->bytes, err);
    }
    if (!code)
        code = set_copy(&w->next, &copy.next, err);
    if (code)
        window_free(&copy);
    else
        *out = copy;
    return code;
}

size_t window_memory(const window *w)
{
    size_t bytes = w->room * sizeof *w->panes + set_memory(&w->next);

    for (size_t i = 0; i < w->count; i++)
        bytes += w->panes[i].bytes.capacity;
    return bytes;
}

/* --- rows that leave */

/* The first pane that still has rows. */
static weir_code read_oldest(const window *w, change *c, const weir_batch **out, weir_error *err)
{
    const pane *first = &w->panes[c->dropped];
    weir_code code = WEIR_OK;

    if (c->dropped == 0 && w->oldest) {
        *out = w->oldest;
        return WEIR_OK;
    }
    if (!c->oldest)
        code = weir_batch_load(first->bytes.data, first->bytes.size, &c->oldest, err);
    *out = c->oldest;
    return code ? weir_explain(err, code, "the oldest pane of the window") : WEIR_OK;
}

/* Forgets the oldest rows; there are as many in the panes. */
static weir_code leave(const window *w, change *c, summary_set *now,
                       const weir_collection_options *options, size_t count, weir_error *err)
{
    weir_code code = WEIR_OK;

    while (!code && count) {
        const weir_batch *oldest = NULL;
        weir_batch *rows = NULL;
        size_t left, part;

        if ((code = read_oldest(w, c, &oldest, err)))
            break;
        left = oldest->rows - c->offset;
        part = left < count ? left : count;
        if (!(code = batch_rows_copy(oldest, NULL, c->offset, part, &rows, err)))
            code = set_absorb(now, options, rows, -1, err);
        weir_batch_free(rows);
        c->offset += part;
        count -= part;
        if (part == left) {
            c->dropped++;
            c->offset = 0;
            weir_batch_free(c->oldest);
            c->oldest = NULL;
        }
    }
    return code;
}

/* --- rows that come */

/* Rows first to first + count of a batch, at most until next becomes now. */
static weir_code take_some(window *w, change *c, summary_set *now,
                           const weir_collection_options *options, const weir_batch *batch,
                           size_t first, size_t count, weir_error *err)
{
    bool full = w->next.count > 0;
    weir_batch *rows = NULL;
    size_t out = c->rows + count > w->limit ? c->rows + count - w->limit : 0;
    weir_code code = batch_rows_copy(batch, NULL, first, count, &rows, err);

    if (code || (code = set_absorb(now, options, rows, 1, err)) ||
        (full && (code = set_absorb(&w->next, options, rows, 1, err))) ||
        (code = leave(w, c, now, options, out, err)))
        goto done;
    c->rows += count - out;
    c->since += full ? count : 0;
    if (full && c->since < w->limit)
        goto done;
    if (full && (code = set_take_over(now, &w->next, err)))
        goto done;
    if (c->rows == w->limit) {
        code = set_restart(&w->next, now, err);
        c->since = 0;
    }
done:
    weir_batch_free(rows);
    return code;
}

/* Fewer rows than the window holds: all that leave were there before. */
static weir_code take_few(window *w, change *c, summary_set *now,
                          const weir_collection_options *options, const weir_batch *batch,
                          weir_error *err)
{
    weir_code code = WEIR_OK;

    for (size_t at = 0; !code && at < batch->rows;) {
        size_t room = w->next.count ? w->limit - c->since : w->limit - c->rows;
        size_t left = batch->rows - at, part = left < room ? left : room;

        code = take_some(w, c, now, options, batch, at, part, err);
        at += part;
    }
    return code;
}

/* As many as the window holds, exactly: it begins anew with them. */
static weir_code take_all(window *w, change *c, summary_set *now,
                          const weir_collection_options *options, const weir_batch *batch,
                          weir_error *err)
{
    weir_code code = set_restart(now, now, err);

    c->dropped = w->count;
    c->offset = 0;
    c->rows = batch->rows;
    c->since = 0;
    if (code || (code = set_absorb(now, options, batch, 1, err)))
        return code;
    return set_restart(&w->next, now, err);
}

/* --- the panes */

static weir_code encode_pane(const weir_batch *batch, pane *out, weir_error *err)
{
    out->rows = batch->rows;
    return weir_batch_save(batch, &out->bytes, err);
}

/* Small batches go on in the last pane. */
static weir_code join_last(const window *w, change *c, const weir_batch *batch, weir_error *err)
{
    const pane *last = w->count > c->dropped ? &w->panes[w->count - 1] : NULL;
    weir_batch *joined = NULL;
    weir_code code = WEIR_OK;

    if (!last || last->rows + batch->rows > PANE)
        return WEIR_OK;
    if ((code = weir_batch_load(last->bytes.data, last->bytes.size, &joined, err)))
        return code;
    if (batch_rows_fit(joined, batch) &&
        !(code = batch_rows_append(joined, batch, NULL, 0, batch->rows, err))) {
        c->added_count = 1; /* to be freed, whatever becomes of it */
        code = encode_pane(joined, &c->added[0], err);
        c->joined = !code;
    }
    weir_batch_free(joined);
    return code;
}

static weir_code add_panes(window *w, change *c, const weir_batch *batch, weir_error *err)
{
    size_t most = batch->rows / PANE + 1;
    weir_code code = WEIR_OK;

    if (!(c->added = weir_calloc(most, sizeof *c->added)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for %zu rows of a window", batch->rows);
    if (w->count + most > w->room) {
        pane *grown = weir_realloc_array(w->panes, 2 * (w->count + most), sizeof *grown);

        if (!grown)
            return weir_fail(err, WEIR_NO_MEMORY, "no room for the panes of a window");
        w->panes = grown;
        w->room = 2 * (w->count + most);
    }
    if ((code = join_last(w, c, batch, err)) || c->joined)
        return code;
    for (size_t at = 0; !code && at < batch->rows; at += PANE) {
        weir_batch *rows = NULL;
        size_t count = batch->rows - at < PANE ? batch->rows - at : PANE;

        if (!(code = batch_rows_copy(batch, NULL, at, count, &rows, err)))
            code = encode_pane(rows, &c->added[c->added_count++], err);
        weir_batch_free(rows);
    }
    return code;
}

/* Cannot fail. */
static void commit(window *w, change *c)
{
    size_t stays;
    bool first_changed = c->dropped > 0 || (c->joined && w->count == c->dropped + 1);

    if (first_changed) {
        weir_batch_free(w->oldest);
        w->oldest = NULL;
    }
    if (c->joined)
        weir_bytes_free(&w->panes[--w->count].bytes);
    panes_free(w->panes, c->dropped);
    stays = w->count - c->dropped;
    memmove(w->panes, w->panes + c->dropped, stays * sizeof *w->panes);
    memcpy(w->panes + stays, c->added, c->added_count * sizeof *w->panes);
    w->count = stays + c->added_count;
    c->added_count = 0; /* the window's now */
    if (!w->oldest && !(c->joined && stays == 0)) {
        w->oldest = c->oldest;
        c->oldest = NULL; /* the window's now */
    }
    w->offset = c->offset;
    w->rows = c->rows;
    w->since = c->since;
}

weir_code window_take(window *w, summary_set *now, const weir_collection_options *options,
                      const weir_batch *batch, weir_error *err)
{
    change c = {.offset = w->offset, .rows = w->rows, .since = w->since};
    weir_batch *last = NULL;
    bool all = batch->rows >= w->limit;
    weir_code code = WEIR_OK;

    if (batch->rows > w->limit) {
        if ((code = batch_rows_copy(batch, NULL, batch->rows - w->limit, w->limit, &last, err)))
            return code;
        batch = last;
    }
    if ((code = all ? take_all(w, &c, now, options, batch, err)
                    : take_few(w, &c, now, options, batch, err)) ||
        (code = add_panes(w, &c, batch, err))) {
        set_cancel(now);
        set_cancel(&w->next);
    } else {
        set_commit(now);
        set_commit(&w->next);
        commit(w, &c);
    }
    panes_free(c.added, c.added_count);
    weir_free(c.added);
    weir_batch_free(c.oldest);
    weir_batch_free(last);
    return code;
}

/* Learns all rows of the window again. */
static weir_code learn_again(const window *w, summary_set *now,
                             const weir_collection_options *options, weir_error *err)
{
    weir_code code = WEIR_OK;

    for (size_t i = 0; !code && i < w->count; i++) {
        size_t first = i ? 0 : w->offset;
        weir_batch *whole = NULL, *rows = NULL;

        if (!(code =
                  weir_batch_load(w->panes[i].bytes.data, w->panes[i].bytes.size, &whole, err)) &&
            !(code = batch_rows_copy(whole, NULL, first, whole->rows - first, &rows, err)))
            code = set_absorb(now, options, rows, 1, err);
        weir_batch_free(rows);
        weir_batch_free(whole);
    }
    return code;
}

weir_code window_histograms(window *w, summary_set *now, const weir_collection_options *options,
                            bool on, weir_error *err)
{
    weir_code code = set_restart(now, now, err);

    if (code || (code = set_histograms(now, on, err)) ||
        (code = learn_again(w, now, options, err)) ||
        (w->next.count && (code = set_restart(&w->next, now, err)))) {
        set_cancel(now);
        set_cancel(&w->next);
        return code;
    }
    set_commit(now);
    set_commit(&w->next);
    w->since = 0;
    return WEIR_OK;
}

/* --- stored bytes: offset, rows, since, whether there is a next and it, then the panes */

weir_code window_write(const window *w, weir_bytes *out, weir_error *err)
{
    weir_code code = WEIR_OK;

    weir_bytes_u64(out, w->offset);
    weir_bytes_u64(out, w->rows);
    weir_bytes_u64(out, w->since);
    if ((code = set_write(&w->next, out, err)))
        return code;
    weir_bytes_u32(out, (uint32_t)w->count);
    for (size_t i = 0; i < w->count; i++) {
        weir_bytes_u64(out, w->panes[i].bytes.size);
        weir_bytes_append(out, w->panes[i].bytes.data, w->panes[i].bytes.size);
    }
    return weir_bytes_ok(out, err);
}

/* A pane must be rows that its summary would take: they will be forgotten one day. */
static weir_code read_pane(weir_reader *reader, const summary_set *now, pane *out, weir_error *err)
{
    uint64_t size = weir_read_u64(reader);
    const uint8_t *data = size <= SIZE_MAX ? weir_read_bytes(reader, (size_t)size) : NULL;
    weir_batch *batch = NULL;
    weir_code code = WEIR_OK;

    if (reader->failed || !data)
        return weir_fail(err, WEIR_CORRUPT, "it ends within the pane");
    if ((code = weir_batch_load(data, (size_t)size, &batch, err)))
        return code;
    out->rows = batch->rows;
    if (batch->rows == 0 || weir_summary_check(set_whole(now), batch, NULL) == WEIR_INVALID)
        code = weir_fail(err, WEIR_CORRUPT, "its rows do not belong to the summary");
    weir_batch_free(batch);
    if (!code) {
        weir_bytes_append(&out->bytes, data, (size_t)size);
        code = weir_bytes_ok(&out->bytes, err);
    }
    return code;
}

static weir_code read_panes(weir_reader *reader, const summary_set *now, window *w, weir_error *err)
{
    size_t count = weir_read_u32(reader), rows = 0;
    weir_code code = WEIR_OK;

    /* Each takes the eight bytes of its size at least. */
    if (reader->failed || count > weir_reader_left(reader) / 8)
        return weir_fail(err, WEIR_CORRUPT, "the window ends before its %zu panes", count);
    if (!(w->panes = weir_calloc(count + 1, sizeof *w->panes)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for %zu panes", count);
    w->room = count + 1;
    while (!code && w->count < count) {
        code = read_pane(reader, now, &w->panes[w->count], err);
        rows += w->panes[w->count++].rows;
    }
    if (code)
        return weir_explain(err, code, "pane %zu of the window", w->count);
    if (w->offset > rows || rows - w->offset != w->rows ||
        (count && w->offset >= w->panes[0].rows) || (!count && w->offset))
        return weir_fail(err, WEIR_CORRUPT, "the panes of the window do not hold its %zu rows",
                         w->rows);
    return WEIR_OK;
}

/* next stands for the same parts as now. */
static bool alike(const summary_set *now, const summary_set *next)
{
    if (next->count != now->count)
        return false;
    for (size_t i = 1; i < now->count; i++)
        if (strcmp(now->members[i].value, next->members[i].value) != 0)
            return false;
    return true;
}

weir_code window_read(weir_reader *reader, const summary_set *now, window *w, weir_error *err)
{
    uint64_t offset = weir_read_u64(reader), rows = weir_read_u64(reader),
             since = weir_read_u64(reader);
    weir_code code = WEIR_OK;

    if (reader->failed || offset > WEIR_BATCH_ROWS_MAX || rows > w->limit || since >= w->limit)
        return weir_fail(err, WEIR_CORRUPT, "the window's counts are not readable");
    w->offset = (size_t)offset;
    w->rows = (size_t)rows;
    w->since = (size_t)since;
    if ((code = set_read(reader, &w->next, err)) || (code = read_panes(reader, now, w, err)))
        goto done;
    if (w->next.count ? w->rows != w->limit || !alike(now, &w->next)
                      : w->since > 0 || w->rows == w->limit)
        code = weir_fail(err, WEIR_CORRUPT, "the window's second summary does not fit it");
done:
    if (code)
        window_free(w);
    return code;
}
