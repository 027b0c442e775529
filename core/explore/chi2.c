/* chi2.c: Pearson's chi-squared test of a table of counts.
 *
 * Binary attributes or categories as inputs are the rows of the table and those among the targets its columns; a cell
 * counts the rows in which both are 1. Two or more categories as inputs, and no targets, are the rows themselves, and
 * their values the columns, united by name: that asks whether the categories have the same distribution.
 *
 * No correction for continuity. Rows and columns without counts are dropped before degrees of freedom are counted.
 * coef is Tschuprow's T = sqrt(chi2 / (n sqrt(df))).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "explore/crosstab.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "weir/distributions.h"
#include "weir/hash.h"
#include "weir/memory.h"

static const weir_shape shapes[] = {
    {.title = "Rows against columns",
     .inputs = {{WEIR_TAKES_B | WEIR_TAKES_T, 1, 0, "Rows"}},
     .targets = {{WEIR_TAKES_B | WEIR_TAKES_T, 1, 0, "Columns"}}},
    {.title = "Values of several categories", .inputs = {{WEIR_TAKES_T, 2, 0, "Categories"}}},
    {0},
};

static const weir_option options[] = {{0}};

static const weir_metric_key keys[] = {
    {"chiStat", "Chi-squared: the squared distances from the expected counts."},
    {"df", "Degrees of freedom."},
    {"pval", "p-value of chiStat."},
    {"coef", "Tschuprow's T, from 0 (independent) to 1."},
    {"minExpected", "The least expected count, where that is below 5: the test is then weak."},
    {"obs$", "The count of a cell, as obs$row:column."},
    {0},
};

/* --- the table */

/* What a cell is called: "obs$" row ":" column. */
static weir_code put_cell(const char *row, const char *column, double count, weir_answer *answer,
                          weir_error *err)
{
    const size_t size = strlen(row) + strlen(column) + sizeof "obs$:";
    char *key = weir_malloc(size);
    weir_code code;

    if (!key)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the name of a cell");
    snprintf(key, size, "obs$%s:%s", row, column);
    code = weir_answer_put(answer, key, count, err);
    weir_free(key);
    return code;
}

/* The attributes along one edge of the table, and how the words of their cells are found. */
typedef struct {
    const weir_schema *schema;
    const size_t *ids;
    size_t count;
    const weir_term *terms; /* NULL: each id is called by its number */
    size_t term_count;
} edge;

/* The term that the i-th attribute of an edge came from: the last that begins at or before it. */
static const weir_term *edge_term(const edge *of, size_t i)
{
    size_t low = 0, high = of->term_count;

    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;

        if (of->terms[middle].first <= i)
            low = middle;
        else
            high = middle;
    }
    return &of->terms[low];
}

/* An attribute is called as it was sent. A value of a category is called by its value when the category is all there
 * is on its edge, else by its full name. */
static const char *edge_name(const edge *of, size_t i, char number[24])
{
    const weir_attribute *attribute = weir_schema_at(of->schema, of->ids[i]);
    const weir_term *term = of->terms ? edge_term(of, i) : NULL;

    if (term && !term->category)
        return term->text;
    if (term)
        return of->term_count == 1 ? attribute->value : attribute->name;
    snprintf(number, 24, "%zu", of->ids[i]);
    return number;
}

static weir_code put_cells(const crosstab *table, const edge *rows, const edge *columns,
                           weir_answer *answer, weir_error *err)
{
    char row[24], column[24];
    weir_code code = WEIR_OK;

    for (size_t r = 0; r < table->rows; r++)
        for (size_t c = 0; c < table->columns && !code; c++)
            code = put_cell(edge_name(rows, r, row), edge_name(columns, c, column),
                            table->counts[r * table->columns + c], answer, err);
    return code;
}

static weir_code cross(const weir_summary *summary, const weir_question *question, crosstab *table,
                       weir_answer *answer, weir_error *err)
{
    const weir_schema *schema = weir_summary_schema(summary);
    const edge rows = {schema, question->inputs, question->input_count, question->input_terms,
                       question->input_term_count};
    const edge columns = {schema, question->targets, question->target_count, question->target_terms,
                          question->target_term_count};
    weir_code code = crosstab_new(rows.count, columns.count, table, err);

    if (code)
        return code;
    for (size_t r = 0; r < rows.count; r++)
        for (size_t c = 0; c < columns.count; c++) {
            weir_pair pair;
            weir_summary_pair(summary, rows.ids[r], columns.ids[c], &pair);
            crosstab_set(table, r, c, pair.sum_xy);
        }
    return put_cells(table, &rows, &columns, answer, err);
}

/* --- several categories */

/* A value that some category has; the (other) columns are one value of their own. */
typedef struct {
    const char
        *text; /* the key: its first letter is not part of the value but tells (other) apart */
    size_t column;
    const char *shown;
    UT_hash_handle hh;
} value_entry;

typedef struct {
    value_entry *entries; /* owned; one for each id, of which count are used */
    char *texts;          /* owned */
    value_entry *index;
    size_t count;
    size_t *columns; /* of an input; owned */
} value_set;

static void value_set_free(value_set *values)
{
    HASH_CLEAR(hh, values->index);
    weir_free(values->entries);
    weir_free(values->texts);
    weir_free(values->columns);
}

/* Gives the values of all inputs their columns, in the order of their first appearance. */
static weir_code unite_values(const weir_schema *schema, const weir_question *question,
                              value_set *out, weir_error *err)
{
    size_t room = 0, used = 0;

    for (size_t i = 0; i < question->input_count; i++)
        room += strlen(weir_schema_at(schema, question->inputs[i])->value) + 2;
    out->entries = weir_calloc(question->input_count + 1, sizeof *out->entries);
    out->columns = weir_calloc(question->input_count + 1, sizeof *out->columns);
    out->texts = weir_malloc(room + 1);
    if (!out->entries || !out->columns || !out->texts)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for %zu values", question->input_count);
    for (size_t i = 0; i < question->input_count; i++) {
        const weir_attribute *attribute = weir_schema_at(schema, question->inputs[i]);
        char *text = out->texts + used;
        value_entry *entry = NULL;

        used += (size_t)snprintf(text, room - used, "%c%s", attribute->other ? '*' : '=',
                                 attribute->value) +
                1;
        HASH_FIND_STR(out->index, text, entry);
        if (!entry) {
            entry = &out->entries[out->count];
            *entry = (value_entry){.text = text, .column = out->count, .shown = attribute->value};
            HASH_ADD_KEYPTR(hh, out->index, entry->text, strlen(entry->text), entry);
            if (!HASH_ADDED(entry, hh))
                return weir_fail(err, WEIR_NO_MEMORY, "no room for the value %.40s", text + 1);
            out->count++;
        }
        out->columns[i] = entry->column;
    }
    return WEIR_OK;
}

static weir_code compare(const weir_summary *summary, const weir_question *question,
                         crosstab *table, weir_answer *answer, weir_error *err)
{
    value_set values = {0};
    weir_code code = unite_values(weir_summary_schema(summary), question, &values, err);

    if (code || (code = crosstab_new(question->input_term_count, values.count, table, err)))
        goto done;
    for (size_t r = 0; r < table->rows; r++) {
        const weir_term *term = &question->input_terms[r];

        for (size_t i = term->first; i < term->first + term->count; i++) {
            weir_moments moments;
            weir_summary_moments(summary, question->inputs[i], &moments);
            crosstab_set(table, r, values.columns[i], moments.sum);
        }
        for (size_t c = 0; c < table->columns && !code; c++)
            code = put_cell(term->text, values.entries[c].shown,
                            table->counts[r * table->columns + c], answer, err);
    }
done:
    value_set_free(&values);
    return code;
}

/* --- the test */

static double occupied(const double *sums, size_t count)
{
    double of = 0;

    for (size_t i = 0; i < count; i++)
        of += sums[i] > 0;
    return of;
}

static weir_code put_test(const crosstab *table, weir_answer *answer, weir_error *err)
{
    const double rows = occupied(table->row_sums, table->rows);
    const double columns = occupied(table->column_sums, table->columns);
    const double df = (rows - 1) * (columns - 1);
    double chi = 0, least = INFINITY;

    if (rows < 2 || columns < 2)
        return WEIR_OK;
    for (size_t r = 0; r < table->rows; r++)
        for (size_t c = 0; c < table->columns; c++) {
            if (!(table->row_sums[r] > 0 && table->column_sums[c] > 0))
                continue;
            const double expected = table->row_sums[r] / table->total * table->column_sums[c];
            const double excess = crosstab_excess(table, r, c);
            chi += expected * excess * excess;
            least = fmin(least, expected);
        }
    const metric_number numbers[] = {
        {"chiStat", chi},
        {"df", df},
        {"pval", weir_chi2_upper(chi, df)},
        {"coef", sqrt(chi / (table->total * sqrt(df)))},
        {"minExpected", least < 5 ? least : NAN},
    };

    return metric_put(answer, numbers, sizeof numbers / sizeof *numbers, err);
}

static weir_code chi2(const weir_summary *summary, const weir_question *question,
                      weir_answer *answer, weir_error *err)
{
    crosstab table = {0};
    weir_code code = question->target_count > 0 || metric_targets(question) > 0
                         ? cross(summary, question, &table, answer, err)
                         : compare(summary, question, &table, answer, err);

    if (!code) {
        crosstab_finish(&table);
        code = put_test(&table, answer, err);
    }
    crosstab_free(&table);
    return code;
}

const weir_metric weir_metric_chi2 = {
    .id = "chi2",
    .title = "Chi-squared test",
    .help = "Whether rows and columns of a table of counts are independent.",
    .shapes = shapes,
    .keys = keys,
    .options = options,
    .answer = chi2,
};
