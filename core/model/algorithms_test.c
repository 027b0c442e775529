/* Holds every row of weir_algorithms to the same laws, in the default form and in every form its options offer.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing/table.h"
#include "model/model_inside.h"
#include "weir/memory.h"
#include "weir/model.h"

/* --- the forms of an algorithm: its defaults, each word of a choice, each switch turned */

enum { FORMS = 16 };

static size_t forms_of(const weir_algorithm *algorithm, weir_setting *forms)
{
    size_t n = 0;

    forms[n++] = (weir_setting){"no_option_at_all", "kept"};
    for (const weir_option *o = algorithm->options; o->name; o++) {
        for (size_t i = 0; o->kind == WEIR_OPTION_CHOICE && o->choices[i]; i++)
            forms[n++] = (weir_setting){o->name, o->choices[i]};
        if (o->kind == WEIR_OPTION_BOOLEAN)
            forms[n++] = (weir_setting){o->name, strcmp(o->fallback, "true") ? "true" : "false"};
        assert_true(n <= FORMS);
    }
    return n;
}

/* Calls law for every form of every algorithm. */
static void for_all_forms(void (*law)(const weir_algorithm *algorithm, weir_setting form))
{
    weir_setting forms[FORMS];

    for (size_t a = 0; weir_algorithms[a]; a++) {
        size_t n = forms_of(weir_algorithms[a], forms);
        for (size_t f = 0; f < n; f++)
            law(weir_algorithms[a], forms[f]);
    }
}

/* --- what an algorithm is asked to read: without a target everything, with one the last attribute and as inputs the
 * first few that vary, which in the tables of these tests do not depend on each other */

enum { FEW = 4 };
typedef struct {
    size_t inputs[FEW], target;
    size_t input_count, target_count;
} roles;

static bool has_target(const weir_algorithm *algorithm)
{
    return !(algorithm->targets & WEIR_TARGET_NONE);
}

static roles roles_for(const weir_algorithm *algorithm, const weir_summary *summary)
{
    size_t attributes = weir_schema_size(weir_summary_schema(summary));
    roles r = {.target = attributes - 1, .target_count = has_target(algorithm)};

    for (size_t id = 0; has_target(algorithm) && id < r.target && r.input_count < FEW; id++) {
        weir_moments moments;
        weir_summary_moments(summary, id, &moments);
        if (moments.m2 > 0 || weir_summary_rows(summary) == 1)
            r.inputs[r.input_count++] = id;
    }
    return r;
}

static weir_code try_build(const weir_algorithm *algorithm, const weir_summary *summary,
                           weir_setting form, weir_model **out, weir_error *err)
{
    roles r = roles_for(algorithm, summary);

    return weir_model_build(algorithm, summary, r.inputs, r.input_count, &r.target, r.target_count,
                            &form, 1, 3, out, err);
}

/* --- helpers that stop the test when something fails */

static weir_model *build(const weir_algorithm *algorithm, const weir_summary *summary,
                         weir_setting form)
{
    weir_model *model = NULL;
    weir_error err = {0};

    if (try_build(algorithm, summary, form, &model, &err))
        fail_msg("%s %s=%s: %s", algorithm->id, form.name, form.value, err.message);
    return model;
}

static weir_bytes save(const weir_model *model)
{
    weir_bytes bytes = {0};

    assert_int_equal(weir_model_save(model, &bytes, NULL), WEIR_OK);
    return bytes;
}

static weir_model *load(const weir_bytes *bytes)
{
    weir_model *model = NULL;
    weir_error err = {0};

    if (weir_model_load(bytes->data, bytes->size, &model, &err))
        fail_msg("%s", err.message);
    return model;
}

static weir_scores score(const weir_model *model, const weir_batch *batch)
{
    weir_scores scores = {0};
    weir_error err = {0};

    if (weir_model_score(model, batch, &scores, &err))
        fail_msg("%s", err.message);
    return scores;
}

/* Every key of every row within that share, or that much of a small one (0: to the bit). */
static void assert_scores_equal(const weir_scores *a, const weir_scores *b, double within)
{
    assert_int_equal(a->keys, b->keys);
    assert_int_equal(a->rows, b->rows);
    for (size_t k = 0; k < a->keys; k++)
        for (size_t r = 0; r < a->rows; r++) {
            double x = weir_scores_at(a, k, r), y = weir_scores_at(b, k, r);
            if (!(fabs(x - y) <= within * fmax(1, fabs(x))))
                fail_msg("key %zu, row %zu: %.17g and %.17g", k, r, x, y);
        }
}

static void assert_same_scores(const weir_model *a, const weir_model *b, const weir_batch *batch,
                               double within)
{
    weir_scores x = score(a, batch), y = score(b, batch);

    assert_scores_equal(&x, &y, within);
    weir_scores_free(&x);
    weir_scores_free(&y);
}

/* Rows that were learned, rows that were not, values as absurd as a batch can hold, and gaps. */
static weir_batch *all_kinds_of_rows(const table *t)
{
    static const double absurd[] = {WEIR_CELL_MAX, -WEIR_CELL_MAX, 5e-324, -5e-324, NAN, 0, 1};
    weir_batch *batch = table_batch(t, 0, t->rows, 1, 0);
    enum { KINDS = sizeof absurd / sizeof *absurd };

    for (size_t k = 0; k < KINDS; k++)
        for (size_t shift = 0; shift < KINDS; shift++) {
            assert_int_equal(weir_batch_row_begin(batch, NULL), WEIR_OK);
            for (size_t c = 0; c < t->columns; c++) {
                double x = shift ? absurd[(k + c * shift) % KINDS] : absurd[k];
                if (t->types[c] == WEIR_C || isnan(x) || x == 0 || x == 1)
                    assert_int_equal(weir_batch_put_number(batch, c, x, NULL), WEIR_OK);
            }
            weir_batch_row_end(batch);
        }
    return batch;
}

/* --- the laws */

static void law_described(const weir_algorithm *algorithm, weir_setting form)
{
    void *options = calloc(1, algorithm->options_size);
    (void)form;

    assert_true(algorithm->title[0] && algorithm->help[0] && algorithm->paper[0]);
    assert_ptr_equal(weir_algorithm_find(algorithm->id), algorithm);
    assert_non_null(options);
    assert_int_equal(weir_options_default(algorithm->options, options, NULL), WEIR_OK);
    for (const weir_option *o = algorithm->options; o->name; o++)
        assert_true(o->help[0] && o->offset < algorithm->options_size);
    for (size_t i = 0; algorithm->score_info[i]; i++) {
        size_t k = 0;
        while (algorithm->predict_info[k] &&
               strcmp(algorithm->predict_info[k], algorithm->score_info[i]) != 0)
            k++;
        assert_non_null(algorithm->predict_info[k]);
    }
    free(options);
}

static void every_algorithm_is_described(void **state)
{
    (void)state;
    for_all_forms(law_described);
    assert_null(weir_algorithm_find("hbo"));
}

static bool names_an_input(const weir_model *model, const char *name)
{
    for (size_t i = 0; i < weir_model_inputs(model); i++)
        if (strcmp(weir_model_input(model, i)->name, name) == 0)
            return true;
    return strcmp(name, "(Intercept)") == 0;
}

/* The cells under a name that a row may have: a number, or nothing where there is none. */
static void assert_table_readable(const weir_model *model, const weir_report_table_view *view)
{
    for (size_t i = 0; i < view->rows * view->column_count; i++) {
        size_t c = i % view->column_count;
        char *end = NULL;
        if (view->types[c] == 'S')
            assert_true(names_an_input(model, view->cells[i]));
        else if (!isfinite(strtod(view->cells[i], &end)) || *end)
            fail_msg("%s: %s is %s", view->name, view->columns[c], view->cells[i]);
    }
}

/* Without a target on three rows in which one column has no values. */
static void law_tables(const weir_algorithm *algorithm, weir_setting form)
{
    table t = table_read("pima");
    weir_summary *summary = table_summary(&t, 0, has_target(algorithm) ? t.rows : 3);
    weir_model *model = build(algorithm, summary, form);
    weir_report *report = NULL;
    bool named = false;

    assert_int_equal(weir_model_describe(model, &report, NULL), WEIR_OK);
    for (size_t i = 0; i < weir_report_tables(report); i++) {
        weir_report_table_view view = weir_report_table_at(report, i);
        assert_table_readable(model, &view);
        named = named || strcmp(view.columns[0], "attribute") == 0;
    }
    assert_true(named);
    weir_report_free(report);
    weir_model_free(model);
    weir_summary_free(summary);
    table_free(&t);
}

static void tables_of_a_report_name_attributes_and_hold_numbers(void **state)
{
    (void)state;
    for_all_forms(law_tables);
}

static void law_bytes(const weir_algorithm *algorithm, weir_setting form)
{
    static const char *const names[] = {"odd", "pima", "iris_uci"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        table t = table_read(names[i]);
        weir_summary *summary = table_summary(&t, 0, t.rows), *copy = NULL;
        weir_batch *batch = all_kinds_of_rows(&t);
        weir_model *model = build(algorithm, summary, form), *again = NULL;
        weir_bytes bytes = save(model);
        weir_model *back = load(&bytes);
        weir_bytes twice = save(back);

        assert_same_scores(model, back, batch, 0);
        assert_int_equal(bytes.size, twice.size);
        assert_memory_equal(bytes.data, twice.data, bytes.size);
        weir_bytes_free(&twice);

        weir_bytes stored = {0}; /* an equal state */
        assert_int_equal(weir_summary_save(summary, &stored, NULL), WEIR_OK);
        assert_int_equal(weir_summary_load(stored.data, stored.size, &copy, NULL), WEIR_OK);
        weir_bytes_free(&stored);
        again = build(algorithm, copy, form);
        twice = save(again);
        assert_int_equal(bytes.size, twice.size);
        assert_memory_equal(bytes.data, twice.data, bytes.size);

        weir_setting kept = weir_model_setting(back, 0);
        assert_string_equal(kept.name, form.name);
        assert_string_equal(kept.value, form.value);
        assert_int_equal(weir_model_version(back), 3);
        assert_true(weir_model_rows(back) == (double)t.rows);
        assert_int_equal(weir_model_inputs(back), has_target(algorithm) ? FEW : t.columns);
        assert_int_equal(weir_model_targets(back), has_target(algorithm));
        size_t id = weir_model_input(back, 1)->id;
        assert_string_equal(weir_model_input(back, 1)->name, t.names[id]);
        assert_int_equal(weir_model_input(back, 1)->type, t.types[id]);

        weir_bytes_free(&bytes);
        weir_bytes_free(&twice);
        weir_model_free(model);
        weir_model_free(back);
        weir_model_free(again);
        weir_batch_free(batch);
        weir_summary_free(summary);
        weir_summary_free(copy);
        table_free(&t);
    }
}

static void saving_and_loading_changes_nothing(void **state)
{
    (void)state;
    for_all_forms(law_bytes);
}

static void law_merge(const weir_algorithm *algorithm, weir_setting form)
{
    table t = table_read("odd");
    weir_summary *whole = table_summary(&t, 0, 400), *front = table_summary(&t, 0, 171);
    weir_summary *back = table_summary(&t, 171, 400);
    weir_batch *batch = all_kinds_of_rows(&t);

    assert_int_equal(weir_summary_merge(back, front, NULL), WEIR_OK);
    weir_model *a = build(algorithm, whole, form), *b = build(algorithm, back, form);
    assert_same_scores(a, b, batch, 1e-9);
    weir_model_free(a);
    weir_model_free(b);
    weir_batch_free(batch);
    weir_summary_free(whole);
    weir_summary_free(front);
    weir_summary_free(back);
    table_free(&t);
}

static void merging_halves_is_seeing_the_whole(void **state)
{
    (void)state;
    for_all_forms(law_merge);
}

static void law_finite(const weir_algorithm *algorithm, weir_setting form)
{
    static const char *const names[] = {"odd", "pima"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        for (size_t learned = 1; learned <= 300; learned = learned * 7 - 2) {
            table t = table_read(names[i]);
            weir_summary *summary = table_summary(&t, 0, learned);
            weir_batch *batch = all_kinds_of_rows(&t);
            weir_model *model = NULL;
            weir_scores scores = {0};
            weir_error err = {0};
            weir_code code = try_build(algorithm, summary, form, &model, &err);
            if (code) { /* a fit may want more than a handful of rows, and say so */
                assert_true(code == WEIR_INVALID && has_target(algorithm) && learned < 10);
                assert_true(strstr(err.message, "rows") || strstr(err.message, "depends"));
            } else {
                scores = score(model, batch);
            }
            for (size_t k = 0; k < scores.keys; k++)
                for (size_t r = 0; r < scores.rows; r++)
                    assert_true(isfinite(weir_scores_at(&scores, k, r)));
            weir_scores_free(&scores);
            weir_model_free(model);
            weir_batch_free(batch);
            weir_summary_free(summary);
            table_free(&t);
        }
}

static void every_row_has_a_finite_score(void **state)
{
    (void)state;
    for_all_forms(law_finite);
}

/* A batch whose column is missing scores as one whose cells are the mean. */
static void law_missing(const weir_algorithm *algorithm, weir_setting form)
{
    table t = table_read("wine");
    weir_summary *summary = table_summary(&t, 0, t.rows);
    weir_model *model = build(algorithm, summary, form);
    double mean = weir_model_input(model, 3)->mean;
    weir_batch *filled = NULL, *gaps = NULL, *without = NULL;

    for (size_t r = 0; r < t.rows; r++)
        t.cells[r * t.columns + 3] = mean;
    filled = table_batch(&t, 0, t.rows, 1, 0);
    for (size_t r = 0; r < t.rows; r++)
        t.cells[r * t.columns + 3] = NAN;
    gaps = table_batch(&t, 0, t.rows, 1, 0);
    snprintf(t.names[3], TABLE_NAME, "another");
    without = table_batch(&t, 0, t.rows, 1, 0);
    weir_scores a = score(model, filled), b = score(model, gaps), c = score(model, without);
    assert_scores_equal(&a, &b, 0);
    assert_scores_equal(&a, &c, 0);
    weir_scores_free(&a);
    weir_scores_free(&b);
    weir_scores_free(&c);
    weir_batch_free(filled);
    weir_batch_free(gaps);
    weir_batch_free(without);
    weir_model_free(model);
    weir_summary_free(summary);
    table_free(&t);
}

static void a_missing_cell_counts_as_the_mean(void **state)
{
    (void)state;
    for_all_forms(law_missing);
}

/* --- refusals leave nothing behind */

static void assert_refused(const weir_algorithm *algorithm, const weir_summary *summary,
                           const size_t *inputs, size_t count, const size_t *targets,
                           size_t target_count, weir_setting setting, const char *words)
{
    weir_model *model = NULL;
    weir_error err = {0};

    assert_int_equal(weir_model_build(algorithm, summary, inputs, count, targets, target_count,
                                      &setting, 1, 1, &model, &err),
                     WEIR_INVALID);
    assert_null(model);
    if (!strstr(err.message, words))
        fail_msg("%s: \"%s\" does not say \"%s\"", algorithm->id, err.message, words);
}

static void law_refused(const weir_algorithm *algorithm, weir_setting form)
{
    table t = table_read("wine");
    weir_summary *summary = table_summary(&t, 0, 50), *plain = NULL, *empty = NULL;
    const size_t unknown[] = {0, 999}, twice[] = {1, 2, 1}, one[] = {1};

    assert_int_equal(weir_summary_new(&(weir_summary_options){0}, &plain, NULL), WEIR_OK);
    table_learn(plain, &t, 0, 50);
    assert_int_equal(weir_summary_copy(summary, &empty, NULL), WEIR_OK);
    assert_int_equal(weir_summary_subtract(empty, summary, NULL), WEIR_OK);
    assert_refused(algorithm, summary, unknown, 2, NULL, 0, form, "999");
    assert_refused(algorithm, summary, twice, 3, NULL, 0, form, "twice");
    assert_refused(algorithm, summary, one, 1, one, 1, form, "twice");
    assert_refused(algorithm, empty, NULL, 0, unknown, has_target(algorithm), form, "no rows");
    if (has_target(algorithm)) {
        assert_refused(algorithm, summary, NULL, 0, NULL, 0, form, "one target");
        assert_refused(algorithm, summary, NULL, 0, twice, 2, form, "one target");
    }
    if (algorithm->needs & WEIR_NEEDS_HISTOGRAMS)
        assert_refused(algorithm, plain, NULL, 0, NULL, 0, form, "histograms");
    for (const weir_option *o = algorithm->options; o->name; o++) {
        const weir_setting bad = {o->name, "neither this nor that"};
        assert_refused(algorithm, summary, NULL, 0, NULL, 0, bad, o->name);
    }
    weir_summary_free(summary);
    weir_summary_free(plain);
    weir_summary_free(empty);
    table_free(&t);
}

static void bad_builds_are_refused_in_words(void **state)
{
    (void)state;
    for_all_forms(law_refused);
}

static void foreign_batches_are_refused(void **state)
{
    table t = table_read("wine"), other = table_read("odd");
    weir_summary *summary = table_summary(&t, 0, 50);
    weir_batch *foreign = table_batch(&other, 0, 5, 1, 0), *text = NULL;
    weir_model *model = build(weir_algorithms[0], summary, (weir_setting){"x", "y"});
    weir_scores scores = {0};
    weir_error err = {0};
    size_t column;
    (void)state;

    assert_int_equal(weir_model_score(model, foreign, &scores, &err), WEIR_INVALID);
    assert_non_null(strstr(err.message, "alcohol"));
    assert_int_equal(weir_batch_new(1, &text, NULL), WEIR_OK);
    assert_int_equal(weir_batch_add_column(text, "alcohol", 7, WEIR_T, &column, NULL), WEIR_OK);
    assert_int_equal(weir_model_score(model, text, &scores, &err), WEIR_INVALID);
    weir_scores_free(&scores);
    weir_batch_free(foreign);
    weir_batch_free(text);
    weir_model_free(model);
    weir_summary_free(summary);
    table_free(&t);
    table_free(&other);
}

/* --- categories: a dynamic input is read from its category column or from a column of its own name */

/* Beside the colours a number to predict. */
static weir_batch *coloured(const char *const *words, size_t n)
{
    weir_batch *batch = NULL;
    size_t column;

    assert_int_equal(weir_batch_new(n, &batch, NULL), WEIR_OK);
    assert_int_equal(weir_batch_add_column(batch, "colour", 6, WEIR_T, &column, NULL), WEIR_OK);
    assert_int_equal(weir_batch_add_column(batch, "y", 1, WEIR_C, &column, NULL), WEIR_OK);
    for (size_t r = 0; r < n; r++) {
        assert_int_equal(weir_batch_row_begin(batch, NULL), WEIR_OK);
        assert_int_equal(weir_batch_put_text(batch, 0, words[r], strlen(words[r]), NULL), WEIR_OK);
        assert_int_equal(weir_batch_put_number(batch, 1, (double)(r * r), NULL), WEIR_OK);
        weir_batch_row_end(batch);
    }
    return batch;
}

static void law_category(const weir_algorithm *algorithm, weir_setting form)
{
    static const char *const learned[] = {"red", "red",    "Green", "red",
                                          "red", "violet", "green", "red"};
    static const char *const asked[] = {"red", "GREEN ", "blue", ""};
    static const double red[] = {1, 0, 0, NAN}, green[] = {0, 1, 0, NAN};
    weir_batch *rows = coloured(learned, 8), *batch = coloured(asked, 4), *dummies = NULL;
    weir_summary *summary = NULL;
    size_t column;

    assert_int_equal(weir_summary_new(&(weir_summary_options){.histograms = true}, &summary, NULL),
                     WEIR_OK);
    assert_int_equal(weir_summary_absorb(summary, rows, 1, NULL), WEIR_OK);
    const size_t inputs[] = {table_id(summary, "colour$red"), table_id(summary, "colour$green")};
    const size_t target = table_id(summary, "y");
    weir_model *built = NULL;
    assert_int_equal(
        weir_model_build(algorithm, summary, inputs, 2, &target, 1, &form, 1, 3, &built, NULL),
        WEIR_OK);
    weir_bytes bytes = save(built);
    weir_model *model = load(&bytes);
    assert_int_equal(weir_model_inputs(model), 2);
    assert_string_equal(weir_model_input(model, 0)->name, "colour$red");
    assert_string_equal(weir_model_input(model, 0)->column, "colour");
    assert_string_equal(weir_model_input(model, 0)->value, "red");
    assert_int_equal(weir_model_column_type(model, "colour", 6), WEIR_T);
    assert_int_equal(weir_model_column_type(model, "colour$red", 10), WEIR_B);
    assert_int_equal(weir_model_column_type(model, "color", 5), WEIR_X);

    assert_int_equal(weir_batch_new(4, &dummies, NULL), WEIR_OK);
    assert_int_equal(weir_batch_add_column(dummies, "colour$green", 12, WEIR_B, &column, NULL), 0);
    assert_int_equal(weir_batch_add_column(dummies, "colour$red", 10, WEIR_B, &column, NULL), 0);
    for (size_t r = 0; r < 4; r++) {
        assert_int_equal(weir_batch_row_begin(dummies, NULL), WEIR_OK);
        assert_int_equal(weir_batch_put_number(dummies, 0, green[r], NULL), WEIR_OK);
        assert_int_equal(weir_batch_put_number(dummies, 1, red[r], NULL), WEIR_OK);
        weir_batch_row_end(dummies);
    }
    assert_same_scores(model, built, batch, 0);
    weir_scores a = score(model, batch), b = score(model, dummies);
    assert_scores_equal(&a, &b, 0);
    weir_scores_free(&a);
    weir_scores_free(&b);
    weir_bytes_free(&bytes);
    weir_model_free(built);
    weir_model_free(model);
    weir_batch_free(rows);
    weir_batch_free(batch);
    weir_batch_free(dummies);
    weir_summary_free(summary);
}

static void categories_are_read_either_way(void **state)
{
    (void)state;
    for_all_forms(law_category);
}

/* --- hostile bytes and scarce memory */

static uint64_t seed = 1;

static size_t below(size_t n)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (size_t)((seed >> 33) % n);
}

/* Puts one of the values that break parsers at a random place. */
static void damage(weir_bytes *bytes)
{
    static const uint64_t words[] = {0,
                                     1,
                                     UINT64_MAX,
                                     UINT64_C(0x7ff0000000000000),
                                     UINT64_C(0x7ff8000000000001),
                                     UINT64_C(0x7fefffffffffffff),
                                     UINT64_C(0x8000000000000000),
                                     UINT64_C(0x4f8f4c8a23e1c3c1)};
    uint64_t word = words[below(sizeof words / sizeof *words)];
    size_t at = below(bytes->size), size = (size_t)1 << below(4);

    if (below(3) == 0)
        bytes->data[at] ^= (uint8_t)(1 + below(255));
    else
        memcpy(bytes->data + at, &word, size < bytes->size - at ? size : bytes->size - at);
}

static void law_hostile(const weir_algorithm *algorithm, weir_setting form)
{
    table t = table_read("odd");
    weir_summary *summary = table_summary(&t, 0, 40);
    weir_batch *batch = all_kinds_of_rows(&t);
    weir_model *model = build(algorithm, summary, form);
    weir_bytes whole = save(model), state = {0};
    size_t refused = 0;

    for (size_t cut = 0; cut < whole.size; cut += 1 + cut / 50) { /* the container */
        weir_model *none = NULL;
        assert_int_equal(weir_model_load(whole.data, cut, &none, NULL), WEIR_CORRUPT);
        assert_null(none);
    }
    for (size_t i = 0; i < 1500; i++) { /* the state, past the checksums */
        void *read = NULL;
        weir_bytes_clear(&state);
        algorithm->save(model->state, &state);
        for (size_t n = 1 + below(3); n > 0; n--)
            damage(&state);
        weir_reader reader =
            weir_reader_over(state.data, below(4) ? state.size : below(state.size));
        weir_code code = algorithm->load(&reader, model->input_count, &read, NULL);
        assert_true(code == WEIR_OK || code == WEIR_CORRUPT);
        refused += code != WEIR_OK;
        if (!code) {
            void *own = model->state;
            model->state = read;
            weir_scores scores = score(model, batch);
            weir_scores_free(&scores);
            model->state = own;
            algorithm->free(read);
        }
    }
    assert_in_range(refused, 300, 1499);
    weir_bytes_free(&whole);
    weir_bytes_free(&state);
    weir_model_free(model);
    weir_batch_free(batch);
    weir_summary_free(summary);
    table_free(&t);
}

static void hostile_bytes_are_refused_or_harmless(void **state)
{
    (void)state;
    for_all_forms(law_hostile);
}

static size_t allocations_left;

static void *scarce(size_t size)
{
    return allocations_left ? (allocations_left--, malloc(size)) : NULL;
}

static void *scarce_again(void *block, size_t size)
{
    return allocations_left ? (allocations_left--, realloc(block, size)) : NULL;
}

/* Builds, saves, loads, scores and describes, each allocation failing once. Nothing may leak (the address sanitizer
 * watches) and every failure must say that memory was short. */
static void law_scarce(const weir_algorithm *algorithm, weir_setting form)
{
    static const weir_memory_hook hook = {scarce, scarce_again, free};
    table t = table_read("odd");
    weir_summary *summary = table_summary(&t, 0, 40);
    weir_batch *batch = table_batch(&t, 30, 50, 1, 0);
    weir_code code = WEIR_NO_MEMORY;

    for (size_t allowed = 0; code && allowed < 3000; allowed += 1 + allowed / 50) {
        weir_model *model = NULL, *back = NULL;
        weir_bytes bytes = {0};
        weir_scores scores = {0};
        weir_report *report = NULL;
        allocations_left = allowed;
        weir_memory_use(&hook);
        code = try_build(algorithm, summary, form, &model, NULL);
        if (!code)
            code = weir_model_save(model, &bytes, NULL);
        if (!code)
            code = weir_model_load(bytes.data, bytes.size, &back, NULL);
        if (!code)
            code = weir_model_score(back, batch, &scores, NULL);
        if (!code)
            code = weir_model_describe(back, &report, NULL);
        allocations_left = SIZE_MAX;
        weir_memory_use(NULL);
        assert_true(code == WEIR_OK || code == WEIR_NO_MEMORY);
        weir_model_free(model);
        weir_model_free(back);
        weir_bytes_free(&bytes);
        weir_scores_free(&scores);
        weir_report_free(report);
    }
    assert_int_equal(code, WEIR_OK);
    weir_batch_free(batch);
    weir_summary_free(summary);
    table_free(&t);
}

static void scarce_memory_is_an_error(void **state)
{
    (void)state;
    for_all_forms(law_scarce);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_algorithm_is_described),
        cmocka_unit_test(tables_of_a_report_name_attributes_and_hold_numbers),
        cmocka_unit_test(saving_and_loading_changes_nothing),
        cmocka_unit_test(merging_halves_is_seeing_the_whole),
        cmocka_unit_test(every_row_has_a_finite_score),
        cmocka_unit_test(a_missing_cell_counts_as_the_mean),
        cmocka_unit_test(bad_builds_are_refused_in_words),
        cmocka_unit_test(foreign_batches_are_refused),
        cmocka_unit_test(categories_are_read_either_way),
        cmocka_unit_test(hostile_bytes_are_refused_or_harmless),
        cmocka_unit_test(scarce_memory_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
