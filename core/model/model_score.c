/* model_score.c: finding a model's inputs in a batch by name, and scoring its rows.
 *
 * An input is a column of its own name, or, for a dynamic one ("colour$red"), the category column it stands for. A cell
 * that is missing counts as the attribute's mean at build time. A column without gaps is read where it lies; otherwise
 * a filled copy is made in memory allocated for the call, so any number of threads may score with one model.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <string.h>

#include "model/model_inside.h"
#include "weir/memory.h"

/* The memory of one call. */
typedef struct {
    const double **columns;
    const uint8_t **present;
    double *filled;  /* rows doubles for each input that needs a copy */
    uint8_t *gaps;   /* rows bytes for each input of a category */
    uint8_t *match;  /* a flag for each word of a category column */
    size_t *sources; /* the batch column of each input, or WEIR_NONE */
} workspace;

static void workspace_free(workspace *w)
{
    weir_free(w->columns);
    weir_free(w->present);
    weir_free(w->filled);
    weir_free(w->gaps);
    weir_free(w->match);
    weir_free(w->sources);
}

/* The column of the batch that an input is read from; WEIR_NONE when there is none. */
static size_t source_of(const model_attribute *input, const weir_batch *batch)
{
    size_t column = weir_batch_find(batch, input->name, strlen(input->name));

    if (column != WEIR_NONE && batch->columns[column].type != WEIR_X)
        return column;
    if (!input->column)
        return WEIR_NONE;
    column = weir_batch_find(batch, input->column, strlen(input->column));
    return column != WEIR_NONE && batch->columns[column].type != WEIR_X ? column : WEIR_NONE;
}

static bool is_number(const weir_batch_column *column)
{
    return column->type == WEIR_C || column->type == WEIR_B;
}

static bool is_category_of(const weir_batch_column *column, const model_attribute *input)
{
    return column->type == WEIR_T && input->column && strcmp(column->name, input->column) == 0;
}

static weir_code find_sources(const weir_model *model, const weir_batch *batch, workspace *w,
                              size_t *copies, size_t *words, weir_error *err)
{
    size_t found = 0;

    for (size_t i = 0; i < model->input_count; i++) {
        size_t at = w->sources[i] = source_of(&model->inputs[i], batch);
        *copies += at == WEIR_NONE;
        if (at == WEIR_NONE)
            continue;
        const weir_batch_column *column = &batch->columns[at];
        found++;
        *copies += !is_number(column) || column->absent;
        if (is_number(column))
            continue;
        if (!is_category_of(column, &model->inputs[i]))
            return weir_fail(err, WEIR_INVALID, "input %.100s is a number; the column has type %c",
                             model->inputs[i].name, (char)column->type);
        if (column->word_count > *words)
            *words = column->word_count;
    }
    return found ? WEIR_OK
                 : weir_fail(err, WEIR_INVALID,
                             "none of the model's inputs is there; the first is %.100s",
                             model->inputs[0].name);
}

static void fill_number(const weir_batch_column *column, size_t rows, double mean, double *out)
{
    for (size_t r = 0; r < rows; r++)
        out[r] = column->present[r] ? column->values[r] : mean;
}

/* Which words of a category column make a dynamic input 1: its value; for the one that takes the others, all words that
 * no input has. */
static void match_words(const weir_model *model, const model_attribute *input,
                        const weir_batch_column *column, uint8_t *match)
{
    for (size_t k = 0; k < column->word_count; k++) {
        match[k] = input->other || strcmp(column->words[k], input->value) == 0;
        for (size_t i = 0; input->other && match[k] && i < model->input_count; i++) {
            const model_attribute *sibling = &model->inputs[i];
            if (!sibling->other && sibling->column && strcmp(sibling->column, input->column) == 0 &&
                strcmp(sibling->value, column->words[k]) == 0)
                match[k] = 0;
        }
    }
}

static void fill_category(const weir_batch_column *column, size_t rows, double mean,
                          const uint8_t *match, double *out)
{
    for (size_t r = 0; r < rows; r++)
        out[r] = !column->present[r] ? mean : match[column->codes[r]] ? 1 : 0;
}

static weir_code prepare(const weir_model *model, const weir_batch *batch, workspace *w,
                         weir_error *err)
{
    size_t copies = 0, words = 0;
    size_t inputs = model->input_count, rows = batch->rows;

    w->columns = weir_calloc(inputs, sizeof *w->columns);
    w->present = weir_calloc(inputs, sizeof *w->present);
    w->sources = weir_calloc(inputs, sizeof *w->sources);
    if (!w->columns || !w->present || !w->sources)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for %zu inputs", inputs);
    weir_code code = find_sources(model, batch, w, &copies, &words, err);
    if (code)
        return code;
    w->filled = weir_calloc(copies * rows + 1, sizeof *w->filled);
    w->gaps = weir_calloc(rows + 1, sizeof *w->gaps); /* one for all inputs without a column */
    w->match = weir_calloc(words + 1, sizeof *w->match);
    if (!w->filled || !w->gaps || !w->match)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for %zu rows of %zu inputs", rows, inputs);

    double *free_copy = w->filled;
    for (size_t i = 0; i < inputs; i++) {
        const model_attribute *input = &model->inputs[i];
        const weir_batch_column *column =
            w->sources[i] == WEIR_NONE ? NULL : &batch->columns[w->sources[i]];
        w->present[i] = !column ? w->gaps : column->absent ? column->present : NULL;
        if (column && is_number(column) && !column->absent) {
            w->columns[i] = column->values;
            continue;
        }
        w->columns[i] = free_copy;
        if (!column) {
            for (size_t r = 0; r < rows; r++)
                free_copy[r] = input->seen.mean;
        } else if (is_number(column)) {
            fill_number(column, rows, input->seen.mean, free_copy);
        } else {
            match_words(model, input, column, w->match);
            fill_category(column, rows, input->seen.mean, w->match, free_copy);
        }
        free_copy += rows;
    }
    return WEIR_OK;
}

weir_code weir_model_score(const weir_model *model, const weir_batch *batch, weir_scores *scores,
                           weir_error *err)
{
    workspace w = {0};
    size_t keys = 0;
    weir_code code = prepare(model, batch, &w, err);

    while (model->algorithm->predict_info[keys])
        keys++;
    if (!code)
        code = weir_scores_resize(scores, keys, batch->rows, err);
    if (!code) {
        weir_inputs inputs = {batch->rows, model->input_count, w.columns, w.present};
        code = model->algorithm->score(model->state, &inputs, scores, err);
    }
    workspace_free(&w);
    return code;
}

bool weir_model_explains(const weir_model *model)
{
    return model->algorithm->explain != NULL;
}

static weir_code contributions_room(weir_contributions *of, size_t rows, size_t inputs,
                                    weir_error *err)
{
    if (rows * inputs > of->capacity) {
        double *values = weir_realloc_array(of->values, rows * inputs, sizeof *values);

        if (!values)
            return weir_fail(err, WEIR_NO_MEMORY, "no room for what %zu inputs add to %zu scores",
                             inputs, rows);
        of->values = values;
        of->capacity = rows * inputs;
    }
    of->rows = rows;
    of->inputs = inputs;
    return WEIR_OK;
}

weir_code weir_model_explain(const weir_model *model, const weir_batch *batch,
                             weir_contributions *out, weir_error *err)
{
    workspace w = {0};
    weir_code code = WEIR_OK;

    if (!weir_model_explains(model))
        return weir_fail(err, WEIR_INVALID, "the score of %s is no sum over its inputs",
                         model->algorithm->id);
    if (!(code = prepare(model, batch, &w, err)) &&
        !(code = contributions_room(out, batch->rows, model->input_count, err))) {
        weir_inputs inputs = {batch->rows, model->input_count, w.columns, w.present};

        model->algorithm->explain(model->state, &inputs, out->values);
    }
    workspace_free(&w);
    return code;
}

void weir_contributions_free(weir_contributions *contributions)
{
    if (!contributions)
        return;
    weir_free(contributions->values);
    *contributions = (weir_contributions){0};
}

weir_type weir_model_column_type(const weir_model *model, const char *name, size_t length)
{
    weir_type type = WEIR_X;

    for (size_t i = 0; i < model->input_count; i++) {
        const model_attribute *input = &model->inputs[i];
        if (strlen(input->name) == length && memcmp(input->name, name, length) == 0)
            return input->seen.type;
        if (input->column && strlen(input->column) == length &&
            memcmp(input->column, name, length) == 0)
            type = WEIR_T;
    }
    return type;
}
