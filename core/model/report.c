/* report.c: what a model tells about itself, as text pairs and small tables of text.
 *
 * Everything is copied in, so that a report outlives the model. Numbers are written with the digits that read back as
 * the same double.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "model/report.h"

#include <math.h>
#include <string.h>

#include "base/number.h"
#include "weir/memory.h"

typedef struct {
    char *key, *value;
} pair;

typedef struct {
    char *name, *types;
    char **columns, **cells;
    size_t column_count, rows;
} table;

struct weir_report {
    pair *pairs;
    size_t pair_count;
    table *tables;
    size_t table_count;
};

static void texts_free(char **texts, size_t count)
{
    for (size_t i = 0; texts && i < count; i++)
        weir_free(texts[i]);
    weir_free(texts);
}

static char **texts_copy(const char *const *texts, size_t count)
{
    char **copy = weir_calloc(count ? count : 1, sizeof *copy);

    for (size_t i = 0; copy && i < count; i++)
        if (!(copy[i] = weir_strdup(texts[i]))) {
            texts_free(copy, count);
            return NULL;
        }
    return copy;
}

static void table_free(table *t)
{
    weir_free(t->name);
    weir_free(t->types);
    texts_free(t->columns, t->column_count);
    texts_free(t->cells, t->column_count * t->rows);
}

weir_code weir_report_new(weir_report **out, weir_error *err)
{
    weir_report *report = weir_calloc(1, sizeof *report);

    if (!report)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for a report");
    *out = report;
    return WEIR_OK;
}

void weir_report_free(weir_report *report)
{
    if (!report)
        return;
    for (size_t i = 0; i < report->pair_count; i++) {
        weir_free(report->pairs[i].key);
        weir_free(report->pairs[i].value);
    }
    for (size_t i = 0; i < report->table_count; i++)
        table_free(&report->tables[i]);
    weir_free(report->pairs);
    weir_free(report->tables);
    weir_free(report);
}

weir_code weir_report_text(weir_report *report, const char *key, const char *value)
{
    pair fresh = {weir_strdup(key), weir_strdup(value)};
    pair *grown = NULL;

    if (fresh.key && fresh.value)
        grown = weir_realloc_array(report->pairs, report->pair_count + 1, sizeof *grown);
    if (!grown) {
        weir_free(fresh.key);
        weir_free(fresh.value);
        return WEIR_NO_MEMORY;
    }
    grown[report->pair_count++] = fresh;
    report->pairs = grown;
    return WEIR_OK;
}

weir_code weir_report_number(weir_report *report, const char *key, double value)
{
    char text[NUMBER_TEXT];

    number_print(value, text);
    return weir_report_text(report, key, text);
}

weir_code weir_report_table(weir_report *report, const char *name, const char *const *columns,
                            const char *types, size_t column_count, const char *const *cells,
                            size_t rows)
{
    table fresh = {.name = weir_strdup(name),
                   .types = weir_strdup(types),
                   .columns = texts_copy(columns, column_count),
                   .cells = texts_copy(cells, column_count * rows),
                   .column_count = column_count,
                   .rows = rows};
    table *grown = NULL;

    if (fresh.name && fresh.types && fresh.columns && fresh.cells)
        grown = weir_realloc_array(report->tables, report->table_count + 1, sizeof *grown);
    if (!grown) {
        table_free(&fresh);
        return WEIR_NO_MEMORY;
    }
    grown[report->table_count++] = fresh;
    report->tables = grown;
    return WEIR_OK;
}

/* texts are empty and have room for every number; cells for these and the names of the rows. */
static void fill_cells(const char *const *row_names, const double *numbers, size_t count,
                       size_t rows, char (*texts)[NUMBER_TEXT], const char **cells)
{
    for (size_t r = 0; r < rows; r++) {
        if (row_names)
            *cells++ = row_names[r];
        for (size_t c = 0; c < count; c++, numbers++, texts++) {
            if (isfinite(*numbers))
                number_print(*numbers, *texts);
            *cells++ = *texts;
        }
    }
}

weir_code report_numbers(weir_report *report, const char *name, const char *const *columns,
                         size_t count, const char *const *row_names, const double *numbers,
                         size_t rows)
{
    const size_t named = row_names ? 1 : 0, width = count + named;
    char(*texts)[NUMBER_TEXT] = weir_calloc(rows * count, sizeof *texts);
    const char **cells = weir_calloc(rows * width, sizeof *cells);
    const char **titles = weir_calloc(width, sizeof *titles);
    char *types = weir_calloc(width + 1, 1);
    weir_code code = texts && cells && titles && types ? WEIR_OK : WEIR_NO_MEMORY;

    if (!code) {
        if (named)
            titles[0] = "attribute";
        memcpy(titles + named, columns, count * sizeof *titles);
        memset(types, 'S', named);
        memset(types + named, 'C', count);
        fill_cells(row_names, numbers, count, rows, texts, cells);
        code = weir_report_table(report, name, titles, types, width, cells, rows);
    }
    weir_free(types);
    weir_free(titles);
    weir_free(cells);
    weir_free(texts);
    return code;
}

weir_code report_inputs(weir_report *report, const char *name, const char *const *columns,
                        size_t count, const weir_model *model, const double *numbers)
{
    const size_t rows = weir_model_inputs(model);
    const char **names = weir_calloc(rows, sizeof *names);
    weir_code code = names ? WEIR_OK : WEIR_NO_MEMORY;

    for (size_t i = 0; !code && i < rows; i++)
        names[i] = weir_model_input(model, i)->name;
    if (!code)
        code = report_numbers(report, name, columns, count, names, numbers, rows);
    weir_free(names);
    return code;
}

size_t weir_report_texts(const weir_report *report)
{
    return report->pair_count;
}

void weir_report_text_at(const weir_report *report, size_t i, const char **key, const char **value)
{
    *key = report->pairs[i].key;
    *value = report->pairs[i].value;
}

size_t weir_report_tables(const weir_report *report)
{
    return report->table_count;
}

weir_report_table_view weir_report_table_at(const weir_report *report, size_t i)
{
    const table *t = &report->tables[i];

    return (weir_report_table_view){.name = t->name,
                                    .columns = (const char *const *)t->columns,
                                    .types = t->types,
                                    .column_count = t->column_count,
                                    .rows = t->rows,
                                    .cells = (const char *const *)t->cells};
}
