/* schema_changes_test.c: whatever becomes of the columns on the way, each statistic is that of the rows that had them.
 *
 * A case is a sequence of batches. Each has columns of its own: they come and go, have gaps, show new values of a
 * category, and one kind is sent as B by some batches and as C by others. The batches are dealt to several summaries;
 * some rows are junk, learned in one and forgotten in another; then the summaries are merged in a random order.
 *
 * The reference keeps the rows. Numbers are whole eighths below 1000, so all its sums are exact in 64 bits, and what a
 * summary says in double-double must be the same number rounded once. Histograms are compared with ones made of the
 * reference's rows.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "summary/rows_for_test.h"

enum { CASES = 4000, COLUMNS = 7, PARTS = 4, MOST_BATCHES = 10, MOST_IN_BATCH = 12, VALUES = 5 };
enum { MOST_KEPT = MOST_BATCHES * MOST_IN_BATCH };

typedef enum { NUMBER, FLAG, EITHER, CATEGORY } kind;

typedef struct {
    bool there;
    int64_t eighths; /* of a number or flag */
    size_t value;    /* of a category */
} sent;

/* What a case is about, and the rows that count. */
typedef struct {
    randoms r;
    kind kinds[COLUMNS];
    int64_t centre[COLUMNS];
    bool wide[COLUMNS]; /* some batch sent it as C */
    bool conditional;
    sent rows[MOST_KEPT][COLUMNS];
    size_t count;
} story;

/* One batch and the rows that made it. */
typedef struct {
    weir_batch *batch;
    sent rows[MOST_IN_BATCH][COLUMNS];
    size_t count;
} chapter;

static const char *const colours[VALUES] = {"red", "green", "(other)", "a$b", "$"};

static story story_of(uint64_t seed)
{
    story s = {.r = {seed * UINT64_C(0x9e3779b97f4a7c15) + 1}};

    for (size_t i = 0; i < COLUMNS; i++) {
        s.kinds[i] = (kind)below(&s.r, 4);
        s.centre[i] = below(&s.r, 3) ? 0 : 6000; /* far from 0: about an anchor */
    }
    s.conditional = below(&s.r, 2);
    return s;
}

static sent cell_of(story *s, size_t column, bool as_flag, size_t values)
{
    sent c = {.there = true, .value = below(&s->r, values)};

    if (as_flag)
        c.eighths = below(&s->r, 2) ? 8 : 0;
    else
        c.eighths = s->centre[column] + (int64_t)below(&s->r, 80) - 40;
    return c;
}

static void put(weir_batch *batch, size_t at, kind type, const sent *c)
{
    weir_error err;

    if (type == CATEGORY)
        check_ok(weir_batch_put_text(batch, at, colours[c->value], strlen(colours[c->value]), &err),
                 &err);
    else
        check_ok(weir_batch_put_number(batch, at, (double)c->eighths / 8, &err), &err);
}

/* Random columns, of random types where they may be either, with random gaps. */
static chapter write_chapter(story *s)
{
    chapter c = {.count = 1 + below(&s->r, MOST_IN_BATCH)};
    size_t values = 1 + below(&s->r, VALUES), at;
    weir_error err;

    check_ok(weir_batch_new(c.count, &c.batch, &err), &err);
    for (size_t i = 0; i < COLUMNS; i++) {
        bool here = below(&s->r, 3) > 0, as_flag = s->kinds[i] == FLAG;
        double gaps = below(&s->r, 2) ? 0 : uniform(&s->r);
        weir_type type = WEIR_C;
        char name[24];

        if (s->kinds[i] == EITHER)
            as_flag = below(&s->r, 3) > 0;
        if (!here)
            continue;
        if (s->kinds[i] == CATEGORY)
            type = WEIR_T;
        else if (as_flag)
            type = WEIR_B;
        s->wide[i] = s->wide[i] || type == WEIR_C;
        snprintf(name, sizeof name, "c%zu", i);
        check_ok(weir_batch_add_column(c.batch, name, strlen(name), type, &at, &err), &err);
        for (size_t r = 0; r < c.count; r++)
            if (uniform(&s->r) >= gaps)
                c.rows[r][i] = cell_of(s, i, as_flag, values);
    }
    for (size_t r = 0; r < c.count; r++) {
        check_ok(weir_batch_row_begin(c.batch, &err), &err);
        for (size_t i = 0; i < COLUMNS; i++) {
            char name[24];

            snprintf(name, sizeof name, "c%zu", i);
            if (c.rows[r][i].there)
                put(c.batch, weir_batch_find(c.batch, name, strlen(name)), s->kinds[i],
                    &c.rows[r][i]);
        }
        weir_batch_row_end(c.batch);
    }
    return c;
}

static void learn(weir_summary *summary, const chapter *c, double sign)
{
    weir_error err;

    check_ok(weir_summary_absorb(summary, c->batch, sign, &err), &err);
}

/* The whole case: one summary of all that counts. */
static weir_summary *live(story *s)
{
    weir_summary_options options = {.histograms = true, .conditional = s->conditional};
    weir_summary *parts[PARTS] = {NULL};
    size_t batches = 1 + below(&s->r, MOST_BATCHES), left = PARTS;
    weir_error err;

    for (size_t p = 0; p < PARTS; p++)
        check_ok(weir_summary_new(&options, &parts[p], &err), &err);
    for (size_t b = 0; b < batches; b++) {
        chapter c = write_chapter(s);

        learn(parts[below(&s->r, PARTS)], &c, 1);
        if (below(&s->r, 4) == 0) { /* junk, forgotten somewhere else */
            learn(parts[below(&s->r, PARTS)], &c, -1);
        } else {
            memcpy(s->rows[s->count], c.rows, c.count * sizeof c.rows[0]);
            s->count += c.count;
        }
        weir_batch_free(c.batch);
    }
    while (left > 1) {
        size_t a = below(&s->r, left), b = below(&s->r, left - 1);
        weir_summary *from;

        b += b >= a;
        from = parts[b];
        check_ok(weir_summary_merge(parts[a], from, &err), &err);
        weir_summary_free(from);
        parts[b] = parts[--left];
    }
    return parts[0];
}

/* --- the reference */

/* Where an attribute stands in the rows: its column, and its value where it is dynamic. */
typedef struct {
    size_t column, value;
    bool dynamic;
} place;

static place place_of(const weir_schema *schema, size_t id)
{
    const weir_attribute *a = weir_schema_at(schema, id);
    place p = {.dynamic = a->parent != WEIR_NONE};
    const char *name = p.dynamic ? weir_schema_parent_name(schema, a->parent) : a->name;

    p.column = (size_t)(name[1] - '0');
    while (p.dynamic && strcmp(colours[p.value], a->value) != 0)
        p.value++;
    return p;
}

/* The eighths of an attribute in a row. False when the row has none. */
static bool eighths_of(const sent row[COLUMNS], place p, int64_t *out)
{
    const sent *c = &row[p.column];

    *out = p.dynamic ? (c->value == p.value ? 8 : 0) : c->eighths;
    return c->there;
}

typedef struct {
    int64_t n, x, y, xx, yy, xy, xxy, xxyy; /* in eighths to the power of the factors */
} whole_sums;

static whole_sums sums_of(const story *s, place px, place py)
{
    whole_sums w = {0};

    for (size_t r = 0; r < s->count; r++) {
        int64_t x, y;

        if (!eighths_of(s->rows[r], px, &x) || !eighths_of(s->rows[r], py, &y))
            continue;
        w.n++;
        w.x += x;
        w.y += y;
        w.xx += x * x;
        w.yy += y * y;
        w.xy += x * y;
        w.xxy += x * x * y;
        w.xxyy += x * x * y * y;
    }
    return w;
}

/* got is want / 8^degree rounded once, give or take 2^-90 of what terms below 1000^degree add up to. */
static void same(const char *what, uint64_t seed, const weir_summary *summary, size_t x, size_t y,
                 double got, int64_t want, int degree)
{
    const weir_schema *schema = weir_summary_schema(summary);
    double exact = ldexp((double)want, -3 * degree);
    double lost = degree ? ldexp(MOST_KEPT * pow(1000, degree), -90) : 0;

    if (!(fabs(got - exact) <= 0x1p-52 * fabs(exact) + lost))
        fail_msg("case %llu: %s of %s and %s is %.17g, not %.17g", (unsigned long long)seed, what,
                 weir_schema_at(schema, x)->name, weir_schema_at(schema, y)->name, got, exact);
}

static void check_pair(const story *s, uint64_t seed, const weir_summary *summary, size_t x,
                       size_t y)
{
    const weir_schema *schema = weir_summary_schema(summary);
    bool binary = weir_schema_at(schema, x)->type == WEIR_B ||
                  weir_schema_at(schema, y)->type == WEIR_B || x == y;
    whole_sums w = sums_of(s, place_of(schema, x), place_of(schema, y));
    weir_pair p;

    weir_summary_pair(summary, x, y, &p);
    same("rows", seed, summary, x, y, p.count, w.n, 0);
    same("sum of x", seed, summary, x, y, p.sum_x, w.x, 1);
    same("sum of y", seed, summary, x, y, p.sum_y, w.y, 1);
    same("sum of x^2", seed, summary, x, y, p.sum_xx, w.xx, 2);
    same("sum of y^2", seed, summary, x, y, p.sum_yy, w.yy, 2);
    same("sum of x y", seed, summary, x, y, p.sum_xy, w.xy, 2);
    if (w.n == 0)
        return;
    if (binary)
        same("sum of x^2 y", seed, summary, x, y, p.sum_xxy, w.xxy, 3);
    else
        assert_true(isnan(p.sum_xxy));
    same("sum of x^2 y^2", seed, summary, x, y, p.sum_xxyy, w.xxyy, 4);
}

/* The histogram of x over the rows that have it, or over those of them in which y is 1. */
static weir_histogram *histogram_of(const story *s, place px, const place *py)
{
    weir_histogram *h = NULL;

    assert_int_equal(weir_histogram_new(&h, NULL), WEIR_OK);
    for (size_t r = 0; r < s->count; r++) {
        int64_t x, y = 8;
        double value;

        if (!eighths_of(s->rows[r], px, &x) || (py && !eighths_of(s->rows[r], *py, &y)) || y != 8)
            continue;
        value = (double)x / 8;
        assert_int_equal(weir_histogram_add(h, &value, NULL, 1, 1, NULL), WEIR_OK);
    }
    return h;
}

static void check_histogram(const story *s, uint64_t seed, const weir_summary *summary, size_t x,
                            size_t y)
{
    const weir_schema *schema = weir_summary_schema(summary);
    place px = place_of(schema, x), py = place_of(schema, y);
    const weir_histogram *got =
        x == y ? weir_summary_histogram(summary, x) : weir_summary_conditional(summary, x, y);
    weir_histogram *want = histogram_of(s, px, x == y ? NULL : &py);
    weir_error why = {0};

    if (x != y && (!s->conditional || weir_schema_at(schema, y)->type != WEIR_B))
        assert_null(got);
    else if (got ? !weir_histogram_equal(got, want, &why) : weir_histogram_size(want) != 0)
        fail_msg("case %llu: histogram of %s given %s: %s", (unsigned long long)seed,
                 weir_schema_at(schema, x)->name, weir_schema_at(schema, y)->name, why.message);
    weir_histogram_free(want);
}

static void every_pair_is_that_of_the_rows_with_both(void **state)
{
    size_t widened = 0, late = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= CASES; seed++) {
        story s = story_of(seed);
        weir_summary *summary = live(&s);
        const weir_schema *schema = weir_summary_schema(summary);

        for (size_t x = 0; x < weir_schema_size(schema); x++) {
            const weir_attribute *a = weir_schema_at(schema, x);
            place px = place_of(schema, x);

            if (!px.dynamic)
                assert_int_equal(a->type, s.wide[px.column] ? WEIR_C : WEIR_B);
            widened += s.kinds[px.column] == EITHER && a->type == WEIR_C;
            late += px.dynamic;
            for (size_t y = 0; y < weir_schema_size(schema); y++) {
                check_pair(&s, seed, summary, x, y);
                check_histogram(&s, seed, summary, x, y);
            }
        }
        weir_summary_free(summary);
    }
    assert_true(widened > CASES / 4 && late > CASES); /* the cases are about what they claim */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pair_is_that_of_the_rows_with_both),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
