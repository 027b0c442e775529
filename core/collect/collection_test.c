/* collection_test.c: what rules promise, on random rows cut into random batches.
 *
 * The naive computation beside each rule looks at all rows at once; a failing case prints its seed.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "summary/rows_for_test.h"
#include "weir/collection.h"

enum { CASES = 1000, MOST_ROWS = 120 };

static weir_collection *collection_of(const weir_collection_options *options)
{
    weir_collection *collection = NULL;
    weir_error err;

    check_ok(weir_collection_new(options, &collection, &err), &err);
    return collection;
}

static weir_bytes bytes_of(const weir_collection *collection)
{
    weir_bytes bytes = {0};
    weir_error err;

    check_ok(weir_collection_save(collection, &bytes, &err), &err);
    return bytes;
}

static void check_same(const char *what, uint64_t seed, const weir_bytes *a, const weir_bytes *b)
{
    if (a->size != b->size || memcmp(a->data, b->data, a->size) != 0)
        fail_msg("%s (case %llu): %zu and %zu bytes differ", what, (unsigned long long)seed,
                 a->size, b->size);
}

/* --- random streams: a table, and where its batches end */

typedef struct {
    randoms r;
    row_table t;
    size_t order[MOST_ROWS];
    weir_batch *batches[MOST_ROWS];
    size_t batch_count;
} stream;

static void cut(stream *s)
{
    size_t most = 1 + below(&s->r, 60);

    for (size_t at = 0; at < s->t.count;) {
        size_t n = 1 + below(&s->r, most), left = s->t.count - at;

        n = n < left ? n : left;
        s->batches[s->batch_count] = batch_of(&s->t, s->order + at, n);
        s->batches[s->batch_count++]->arrival_ms = 1000 * (int64_t)at;
        at += n;
    }
}

static void uncut(stream *s)
{
    while (s->batch_count)
        weir_batch_free(s->batches[--s->batch_count]);
}

static void stream_new(stream *s, uint64_t seed)
{
    *s = (stream){.r = {seed * UINT64_C(0x9e3779b97f4a7c15) + 1}};
    s->t = random_table(&s->r, 1 + below(&s->r, 5), 1 + below(&s->r, MOST_ROWS), below(&s->r, 2));
    for (size_t i = 0; i < s->t.count; i++)
        s->order[i] = i;
    cut(s);
}

static void stream_free(stream *s)
{
    uncut(s);
    free(s->t.rows);
}

static void feed(weir_collection *collection, const stream *s, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        weir_error err;

        check_ok(weir_collection_check(collection, s->batches[i], 1, &err), &err);
        check_ok(weir_collection_absorb(collection, s->batches[i], 1, &err), &err);
    }
}

/* --- windows */

static void a_window_is_its_last_rows(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= CASES; seed++) {
        stream s;
        weir_collection *collection;
        weir_collection_options options = {0};
        size_t seen = 0;

        stream_new(&s, seed);
        options.summary.histograms = below(&s.r, 2);
        options.window_rows = 1 + below(&s.r, 40);
        options.window_embedded = below(&s.r, 2);
        collection = collection_of(&options);
        for (size_t i = 0; i < s.batch_count; i++) {
            const weir_summary *window = options.window_embedded
                                             ? weir_collection_window(collection)
                                             : weir_collection_whole(collection);
            size_t kept;

            feed(collection, &s, i, i + 1);
            window = options.window_embedded ? weir_collection_window(collection)
                                             : weir_collection_whole(collection);
            seen += s.batches[i]->rows;
            kept = seen < options.window_rows ? seen : options.window_rows;
            assert_true(weir_summary_rows(window) == (double)kept);
            if (below(&s.r, 3) == 0 || i + 1 == s.batch_count) {
                weir_summary *last = empty_summary(options.summary.histograms, 0);

                absorb_rows(last, &s.t, s.order + seen - kept, kept, kept, 1);
                check_equal("window", seed, window, last);
                check_equal("window, turned", seed, last, window);
                weir_summary_free(last);
            }
        }
        if (options.window_embedded) {
            weir_summary *all = empty_summary(options.summary.histograms, 0);

            absorb_rows(all, &s.t, s.order, s.t.count, s.t.count, 1);
            check_equal("all beside the window", seed, weir_collection_whole(collection), all);
            weir_summary_free(all);
        }
        weir_collection_free(collection);
        stream_free(&s);
    }
}

/* A single value that was a hundred thousand million times larger than the rest. */
static void nothing_is_left_of_what_went_through(void **state)
{
    weir_collection_options options = {.window_rows = 50};
    weir_collection *collection = collection_of(&options);
    weir_batch *batch = NULL;
    weir_moments m;
    weir_error err;
    size_t at;

    (void)state;
    for (int k = 0; k < 200; k++) {
        check_ok(weir_batch_new(1, &batch, &err), &err);
        check_ok(weir_batch_add_column(batch, "x", 1, WEIR_C, &at, &err), &err);
        check_ok(weir_batch_row_begin(batch, &err), &err);
        check_ok(weir_batch_put_number(batch, at, k == 20 ? 1e40 : k % 7, &err), &err);
        weir_batch_row_end(batch);
        check_ok(weir_collection_absorb(collection, batch, 1, &err), &err);
        weir_batch_free(batch);
    }
    weir_summary_moments(weir_collection_whole(collection), 0, &m);
    assert_true(m.count == 50);
    assert_true(m.sum == 150); /* of k % 7 for k from 150 to 199 */
    assert_true(m.max == 6 && m.min == 0);
    weir_collection_free(collection);
}

/* Turned on late, histograms of a window hold its rows all the same. */
static void histograms_of_a_window_cover_it(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= CASES; seed++) {
        stream s;
        weir_collection_options options = {0};
        weir_collection *collection;
        weir_summary *last = empty_summary(true, 0);
        size_t half, kept;
        weir_error err;

        stream_new(&s, seed);
        options.window_rows = 1 + below(&s.r, 40);
        collection = collection_of(&options);
        half = below(&s.r, s.batch_count + 1);
        feed(collection, &s, 0, half);
        check_ok(weir_collection_set_histograms(collection, true, &err), &err);
        feed(collection, &s, half, s.batch_count);
        kept = s.t.count < options.window_rows ? s.t.count : options.window_rows;
        absorb_rows(last, &s.t, s.order + s.t.count - kept, kept, kept, 1);
        check_equal("histograms of a window", seed, weir_collection_whole(collection), last);
        weir_summary_free(last);
        weir_collection_free(collection);
        stream_free(&s);
    }
}

/* --- decay */

/* What row k of n weighs, by the words of decay.c. */
static double weight_of(const weir_collection_options *options, size_t k, size_t n,
                        const int64_t *arrival)
{
    double weight = 1;

    if (options->decay_rows > 0) {
        double step = options->decay_rows < 128 ? 1 : floor(options->decay_rows / 64);
        double steps = floor((double)(n - 1) / step) - floor((double)k / step);

        weight *= pow(2, -step * steps / options->decay_rows);
    }
    if (options->decay_ms > 0) {
        double length = options->decay_ms / 64;
        double ticks = floor((double)arrival[n - 1] / length) - floor((double)arrival[k] / length);

        weight *= pow(2, -ticks / 64);
    }
    return weight;
}

static void check_near(const char *what, uint64_t seed, double got, double want, double scale)
{
    if (!(fabs(got - want) <= 1e-12 * scale))
        fail_msg("%s (case %llu): %.17g, not %.17g", what, (unsigned long long)seed, got, want);
}

/* Counts, sums and the sum of squares of every C and B column, weighed row by row. */
static void check_decay(const stream *s, uint64_t seed, const weir_collection_options *options,
                        const weir_summary *whole, const int64_t *arrival)
{
    for (size_t c = 0; c < s->t.columns; c++) {
        double count = 0, sum = 0, squares = 0, absolute = 0;
        char name[32];
        size_t id;
        weir_moments m;
        weir_pair own;

        if (s->t.types[c] == WEIR_T)
            continue;
        snprintf(name, sizeof name, "c%zu", c);
        id = weir_schema_find(weir_summary_schema(whole), name, strlen(name));
        if (id == WEIR_NONE)
            continue;
        for (size_t k = 0; k < s->t.count; k++) {
            const cell *at = &s->t.rows[k].cells[c];
            double w = weight_of(options, k, s->t.count, arrival);

            if (!at->present)
                continue;
            count += w;
            sum += w * at->value;
            squares += w * at->value * at->value;
            absolute += w * fabs(at->value);
        }
        weir_summary_moments(whole, id, &m);
        weir_summary_pair(whole, id, id, &own);
        check_near("count", seed, m.count, count, count);
        check_near("sum", seed, m.sum, sum, absolute);
        check_near("sum of squares", seed, own.sum_xx, squares, squares);
    }
}

/* Ordinary numbers: an absurd one leaves nothing to see of the weights. */
static void tame(stream *s)
{
    for (size_t k = 0; k < s->t.count; k++)
        for (size_t c = 0; c < s->t.columns; c++)
            if (s->t.types[c] == WEIR_C)
                s->t.rows[k].cells[c].value = floor(64 * uniform(&s->r)) / 8;
    uncut(s);
    cut(s);
}

static void a_row_weighs_by_what_came_after(void **state)
{
    static const double half_lives[] = {0.5, 1, 3, 10, 64, 127.5, 128, 200, 1000, 1e6};

    (void)state;
    for (uint64_t seed = 1; seed <= CASES; seed++) {
        stream s;
        weir_collection_options options = {0};
        weir_collection *collection;
        int64_t arrival[MOST_ROWS];
        size_t n = 0;

        stream_new(&s, seed);
        tame(&s);
        for (size_t i = 0; i < s.batch_count; i++)
            for (size_t k = 0; k < s.batches[i]->rows; k++)
                arrival[n++] = s.batches[i]->arrival_ms;
        options.decay_rows = below(&s.r, 3) ? half_lives[below(&s.r, 10)] : 0;
        options.decay_ms = !(options.decay_rows > 0) || below(&s.r, 3) == 0
                               ? 1000 * half_lives[2 + below(&s.r, 8)]
                               : 0;
        options.summary.histograms = below(&s.r, 4) == 0;
        collection = collection_of(&options);
        feed(collection, &s, 0, s.batch_count);
        check_decay(&s, seed, &options, weir_collection_whole(collection), arrival);
        weir_collection_free(collection);
        stream_free(&s);
    }
}

/* --- partitions */

/* The column that parts rows: c0, made a text. */
static void part_by_first(stream *s)
{
    s->t.types[0] = WEIR_T;
    for (size_t k = 0; k < s->t.count; k++) {
        s->t.rows[k].cells[0].word = (int)below(&s->r, WORDS);
        s->t.rows[k].cells[0].number = false;
    }
    uncut(s);
    cut(s);
}

static void the_parts_are_the_whole(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= CASES; seed++) {
        stream s;
        weir_collection_options options = {.partition = "c0"};
        weir_collection *collection;
        weir_summary *sum, *all;
        double rows = 0;
        weir_error err;

        stream_new(&s, seed);
        part_by_first(&s);
        options.summary.histograms = below(&s.r, 2);
        collection = collection_of(&options);
        feed(collection, &s, 0, s.batch_count);
        for (size_t i = 0; below(&s.r, 2) && i < s.batch_count; i++) /* something forgotten, too */
            if (below(&s.r, 3) == 0) {
                check_ok(weir_collection_absorb(collection, s.batches[i], -1, &err), &err);
                check_ok(weir_collection_absorb(collection, s.batches[i], 1, &err), &err);
            }
        sum = empty_summary(options.summary.histograms, 0);
        for (size_t i = 0; i < weir_collection_parts(collection); i++) {
            const char *value;
            const weir_summary *part = weir_collection_part(collection, i, &value);
            char name[64];
            size_t id;
            weir_moments m;

            rows += weir_summary_rows(part);
            check_ok(weir_summary_merge(sum, part, &err), &err);
            if (!*value)
                continue;
            snprintf(name, sizeof name, "c0$%s", value);
            id = weir_schema_find(weir_summary_schema(part), name, strlen(name));
            assert_true(id != WEIR_NONE);
            weir_summary_moments(part, id, &m);
            assert_true(m.sum == weir_summary_rows(part)); /* its rows and no other */
        }
        all = empty_summary(options.summary.histograms, 0);
        absorb_rows(all, &s.t, s.order, s.t.count, s.t.count, 1);
        assert_true(rows == (double)s.t.count);
        check_equal("whole of a partition", seed, weir_collection_whole(collection), all);
        check_equal("merged parts", seed, sum, all);
        weir_summary_free(sum);
        weir_summary_free(all);
        weir_collection_free(collection);
        stream_free(&s);
    }
}

/* --- sequences */

static const char *token(size_t i)
{
    static const char *const tokens[] = {"a", "b", "c", "d"};

    return tokens[i % 4];
}

/* Tokens order[from .. to) as rows of one column. */
static weir_batch *tokens_of(const size_t *tokens, size_t from, size_t to, weir_type type)
{
    weir_batch *batch = NULL;
    weir_error err;
    size_t at;

    check_ok(weir_batch_new(to - from, &batch, &err), &err);
    check_ok(weir_batch_add_column(batch, "word", 4, type, &at, &err), &err);
    for (size_t i = from; i < to; i++) {
        check_ok(weir_batch_row_begin(batch, &err), &err);
        check_ok(weir_batch_put_text(batch, at, token(tokens[i]), 1, &err), &err);
        weir_batch_row_end(batch);
    }
    return batch;
}

static double joint(const weir_summary *summary, const char *x, const char *y)
{
    size_t a = weir_schema_find(weir_summary_schema(summary), x, strlen(x));
    size_t b = weir_schema_find(weir_summary_schema(summary), y, strlen(y));
    weir_pair pair;

    if (a == WEIR_NONE || b == WEIR_NONE)
        return 0;
    weir_summary_pair(summary, a, b, &pair);
    return pair.sum_xy;
}

static void transitions_are_counted(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= CASES; seed++) {
        randoms r = {seed * UINT64_C(0x9e3779b97f4a7c15) + 1};
        size_t count = 1 + below(&r, 40), order = 1 + below(&r, 3), tokens[40];
        weir_collection_options options = {.sequence_order = order};
        weir_collection *collection = collection_of(&options);
        weir_type type = below(&r, 2) ? WEIR_T : WEIR_S;
        const weir_summary *whole;
        weir_error err;

        for (size_t i = 0; i < count; i++)
            tokens[i] = below(&r, 4);
        for (size_t at = 0; at < count;) {
            size_t n = 1 + below(&r, 10), to = at + n < count ? at + n : count;
            weir_batch *batch = tokens_of(tokens, at, to, type);

            check_ok(weir_collection_check(collection, batch, 1, &err), &err);
            check_ok(weir_collection_absorb(collection, batch, 1, &err), &err);
            weir_batch_free(batch);
            at = to;
        }
        whole = weir_collection_whole(collection);
        assert_true(weir_summary_rows(whole) == (double)(count > order ? count - order : 0));
        for (size_t a = 0; a < 4; a++)
            for (size_t b = 0; b < 4; b++) {
                char before[16], now[16];
                double want = 0;

                snprintf(before, sizeof before, "tm%zu$%s", order, token(a));
                snprintf(now, sizeof now, "t0$%s", token(b));
                for (size_t i = order; i < count; i++)
                    want += tokens[i - order] == a && tokens[i] == b;
                if (joint(whole, before, now) != want)
                    fail_msg("case %llu: %s to %s is %g, not %g", (unsigned long long)seed, before,
                             now, joint(whole, before, now), want);
            }
        weir_collection_free(collection);
    }
}

static void put(weir_batch *batch, size_t column, const char *text)
{
    weir_error err;

    check_ok(weir_batch_put_text(batch, column, text, strlen(text), &err), &err);
}

static void series_run_side_by_side_and_rows_may_be_sequences(void **state)
{
    weir_collection_options options = {.sequence_order = 1};
    weir_collection *collection = collection_of(&options);
    weir_batch *batch = NULL;
    weir_error err;
    size_t a, b, c;

    (void)state;
    check_ok(weir_batch_new(3, &batch, &err), &err);
    check_ok(weir_batch_add_column(batch, "a", 1, WEIR_T, &a, &err), &err);
    check_ok(weir_batch_add_column(batch, "b", 1, WEIR_C, &b, &err), &err);
    for (int k = 0; k < 3; k++) {
        check_ok(weir_batch_row_begin(batch, &err), &err);
        put(batch, a, k == 1 ? "Hot" : "cold");
        put(batch, b, k == 0 ? "2" : k == 1 ? "3" : "5");
        weir_batch_row_end(batch);
    }
    check_ok(weir_collection_absorb(collection, batch, 1, &err), &err);
    assert_true(weir_summary_rows(weir_collection_whole(collection)) == 2);
    assert_true(joint(weir_collection_whole(collection), "a_tm1$cold", "a_t0$hot") == 1);
    assert_true(joint(weir_collection_whole(collection), "b_tm1", "b_t0") == 2 * 3 + 3 * 5);
    assert_int_equal(weir_collection_check(collection, batch, -1, &err), WEIR_INVALID);
    weir_batch_free(batch);
    weir_collection_free(collection);

    collection = collection_of(&options);
    check_ok(weir_batch_new(2, &batch, &err), &err);
    check_ok(weir_batch_add_column(batch, "1", 1, WEIR_S, &a, &err), &err);
    check_ok(weir_batch_add_column(batch, "2", 1, WEIR_S, &b, &err), &err);
    check_ok(weir_batch_add_column(batch, "3", 1, WEIR_S, &c, &err), &err);
    for (int k = 0; k < 2; k++) {
        check_ok(weir_batch_row_begin(batch, &err), &err);
        put(batch, a, "x");
        put(batch, b, "y");
        if (k == 0)
            put(batch, c, "x");
        weir_batch_row_end(batch);
    }
    check_ok(weir_collection_absorb(collection, batch, 1, &err), &err);
    assert_true(weir_summary_rows(weir_collection_whole(collection)) == 3);
    assert_true(joint(weir_collection_whole(collection), "tm1$x", "t0$y") == 2);
    assert_true(joint(weir_collection_whole(collection), "tm1$y", "t0$x") == 1);
    check_ok(weir_collection_absorb(collection, batch, -1, &err), &err);
    assert_true(weir_summary_rows(weir_collection_whole(collection)) == 0);
    weir_batch_free(batch);
    weir_collection_free(collection);
}

/* --- all rules: bytes, copies and failures */

static weir_collection_options random_options(randoms *r)
{
    weir_collection_options options = {.summary = {.histograms = below(r, 2)}};

    if (below(r, 2))
        options.partition = "c0";
    switch (below(r, 4)) {
    case 0:
        options.window_rows = 1 + below(r, 40);
        options.window_embedded = below(r, 2);
        break;
    case 1:
        options.decay_rows = 1 + (double)below(r, 300);
        options.decay_ms = below(r, 2) ? 5000 : 0;
        break;
    case 2:
        options.partition = NULL;
        options.sequence_order = 1 + below(r, 3);
        break;
    default:
        break;
    }
    return options;
}

/* A stream whose first column can part it. */
static weir_collection_options random_rules(stream *s, uint64_t seed)
{
    weir_collection_options options;

    stream_new(s, seed);
    options = random_options(&s->r);
    if (options.partition)
        part_by_first(s);
    return options;
}

static void saved_loaded_and_replayed_bytes_are_the_same(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= CASES; seed++) {
        stream s;
        weir_collection_options options = random_rules(&s, seed);
        weir_collection *once = collection_of(&options), *again = NULL, *copy = NULL;
        size_t half = below(&s.r, s.batch_count + 1);
        weir_bytes first, second;
        weir_error err;

        feed(once, &s, 0, half);
        first = bytes_of(once);
        check_ok(weir_collection_load(first.data, first.size, &options, &again, &err), &err);
        check_ok(weir_collection_copy(once, &copy, &err), &err);
        second = bytes_of(again);
        check_same("load and save", seed, &first, &second);
        weir_bytes_free(&second);
        second = bytes_of(copy);
        check_same("copy and save", seed, &first, &second);
        weir_bytes_free(&first);
        weir_bytes_free(&second);
        feed(once, &s, half, s.batch_count);
        feed(again, &s, half, s.batch_count);
        feed(copy, &s, half, s.batch_count);
        first = bytes_of(once);
        second = bytes_of(again);
        check_same("go on from what was saved", seed, &first, &second);
        weir_bytes_free(&second);
        second = bytes_of(copy);
        check_same("go on from a copy", seed, &first, &second);
        weir_bytes_free(&first);
        weir_bytes_free(&second);
        weir_collection_free(once);
        weir_collection_free(again);
        weir_collection_free(copy);
        stream_free(&s);
    }
}

static size_t until_failure; /* allocations that still succeed; SIZE_MAX: all */

static bool allowed(void)
{
    return until_failure == SIZE_MAX || (until_failure > 0 && until_failure-- > 0);
}

static void *failing_malloc(size_t size)
{
    return allowed() ? malloc(size) : NULL;
}

static void *failing_realloc(void *block, size_t size)
{
    return allowed() ? realloc(block, size) : NULL;
}

static void a_failed_allocation_changes_nothing(void **state)
{
    const weir_memory_hook hook = {failing_malloc, failing_realloc, free};

    (void)state;
    until_failure = SIZE_MAX;
    weir_memory_use(&hook);
    for (uint64_t seed = 1; seed <= CASES; seed++) {
        stream s;
        weir_collection_options options = random_rules(&s, seed);
        weir_collection *collection = collection_of(&options);
        weir_code code = WEIR_OK;
        size_t last = s.batch_count - 1;
        weir_bytes before, after;
        weir_error err;

        feed(collection, &s, 0, last);
        before = bytes_of(collection);
        /* Some of the allocations: all of them would take too long. */
        for (size_t fail = below(&s.r, 30);; fail += 1 + below(&s.r, 200)) {
            until_failure = fail;
            code = weir_collection_absorb(collection, s.batches[last], 1, &err);
            until_failure = SIZE_MAX;
            if (code != WEIR_NO_MEMORY)
                break;
            after = bytes_of(collection);
            check_same("a failed allocation", seed, &before, &after);
            weir_bytes_free(&after);
        }
        check_ok(code, &err);
        weir_bytes_free(&before);
        weir_collection_free(collection);
        stream_free(&s);
    }
    weir_memory_use(NULL);
}

/* --- refusals */

static void what_rules_exclude_is_refused(void **state)
{
    static const struct {
        const char *title, *words;
        weir_collection_options options;
    } rules[] = {
        {"window", "the last 5", {.window_rows = 5}},
        {"embedded window", "the last 5", {.window_rows = 5, .window_embedded = true}},
        {"decay by rows", "decay", {.decay_rows = 5}},
        {"decay by time", "decay", {.decay_ms = 5}},
        {"sequence", "steps of a sequence", {.sequence_order = 1}},
    };
    weir_collection_options both = {.window_rows = 5, .decay_rows = 5};
    weir_collection *collection = NULL;
    weir_error err;

    (void)state;
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        size_t tokens[] = {0, 1, 2};
        weir_batch *batch = tokens_of(tokens, 0, 3, WEIR_T);
        weir_summary *other = empty_summary(false, 0);
        const char *laws[WEIR_COLLECTION_LAWS + 1];

        collection = collection_of(&rules[i].options);
        if (weir_collection_check(collection, batch, -1, &err) != WEIR_INVALID ||
            !strstr(err.message, rules[i].words) ||
            weir_collection_absorb(collection, batch, -1, &err) != WEIR_INVALID)
            fail_msg("%s: forgetting: %s", rules[i].title, err.message);
        if (weir_collection_merge(collection, other, &err) != WEIR_INVALID)
            fail_msg("%s: merging", rules[i].title);
        assert_int_equal(weir_collection_laws(collection, laws), 1);
        assert_null(laws[1]);
        weir_summary_free(other);
        weir_collection_free(collection);
        weir_batch_free(batch);
    }
    collection = NULL;
    assert_int_equal(weir_collection_new(&both, &collection, &err), WEIR_INVALID);
}

static void too_many_parts_and_wrong_columns_are_refused(void **state)
{
    weir_collection_options options = {.partition = "word", .partition_limit = 3};
    weir_collection *collection = collection_of(&options);
    size_t tokens[] = {0, 1, 2, 3, 0, 1}, at;
    weir_batch *four = tokens_of(tokens, 0, 4, WEIR_S), *three = tokens_of(tokens, 0, 3, WEIR_S);
    weir_batch *other = NULL;
    weir_error err;

    (void)state;
    assert_int_equal(weir_collection_check(collection, four, 1, &err), WEIR_TOO_LARGE);
    assert_true(weir_collection_grows(collection, three));
    check_ok(weir_collection_check(collection, three, 1, &err), &err);
    check_ok(weir_collection_absorb(collection, three, 1, &err), &err);
    assert_int_equal(weir_collection_parts(collection), 3);
    assert_int_equal(weir_collection_check(collection, four, 1, &err), WEIR_TOO_LARGE);
    assert_non_null(strstr(err.message, "more than 3 values"));
    check_ok(weir_batch_new(1, &other, &err), &err);
    check_ok(weir_batch_add_column(other, "word", 4, WEIR_C, &at, &err), &err);
    assert_int_equal(weir_collection_check(collection, other, 1, &err), WEIR_INVALID);
    assert_non_null(strstr(err.message, "of type C"));
    weir_batch_free(four);
    weir_batch_free(three);
    weir_batch_free(other);
    weir_collection_free(collection);
}

/* Cut anywhere or with a byte changed, stored bytes are refused or stand for themselves; other rules are refused. */
static void damaged_bytes_are_refused(void **state)
{
    size_t damaged = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        stream s;
        weir_collection_options options = random_rules(&s, seed), others = options;
        weir_collection *collection = collection_of(&options), *loaded = NULL;
        weir_bytes bytes;

        feed(collection, &s, 0, s.batch_count);
        bytes = bytes_of(collection);
        others.decay_rows += options.window_rows ? 0 : 1;
        others.window_rows += options.window_rows ? 1 : 0;
        assert_int_equal(weir_collection_load(bytes.data, bytes.size, &others, &loaded, NULL),
                         WEIR_CORRUPT);
        for (int k = 0; k < 40; k++) {
            size_t at = below(&s.r, bytes.size);
            uint8_t was = bytes.data[at];

            assert_int_equal(weir_collection_load(bytes.data, at, &options, &loaded, NULL),
                             WEIR_CORRUPT);
            bytes.data[at] ^= (uint8_t)(1 + below(&s.r, 255));
            if (weir_collection_load(bytes.data, bytes.size, &options, &loaded, NULL)) {
                damaged++;
            } else {
                weir_collection_free(loaded);
                loaded = NULL;
            }
            bytes.data[at] = was;
        }
        weir_bytes_free(&bytes);
        weir_collection_free(collection);
        stream_free(&s);
    }
    assert_int_equal(damaged, 60 * 40); /* a checksum covers every byte */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_window_is_its_last_rows),
        cmocka_unit_test(nothing_is_left_of_what_went_through),
        cmocka_unit_test(histograms_of_a_window_cover_it),
        cmocka_unit_test(a_row_weighs_by_what_came_after),
        cmocka_unit_test(the_parts_are_the_whole),
        cmocka_unit_test(transitions_are_counted),
        cmocka_unit_test(series_run_side_by_side_and_rows_may_be_sequences),
        cmocka_unit_test(saved_loaded_and_replayed_bytes_are_the_same),
        cmocka_unit_test(a_failed_allocation_changes_nothing),
        cmocka_unit_test(what_rules_exclude_is_refused),
        cmocka_unit_test(too_many_parts_and_wrong_columns_are_refused),
        cmocka_unit_test(damaged_bytes_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
