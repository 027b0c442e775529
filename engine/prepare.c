/* prepare.c: rows on their way into a project: which count, and texts as numbers.
 *
 * The order is fixed: the filter sees the cells as they were sent; then the columns it alone needed go; then the
 * encoder, and what it does not know is hashed. All of it happens before the position is judged and the log's bytes
 * are made, so the log holds what is counted and a replay asks neither filter nor encoder.
 *
 * The column that parts a partition project keeps its texts.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "weir/prepare.h"

#include <stdio.h>
#include <string.h>

#include "inside.h"
#include "weir/hash_trick.h"

static const char *kept_column(const project *p)
{
    return *p->head.rules.partition ? p->head.rules.partition : NULL;
}

/* --- learning */

/* Leaves in source the offsets of the rows that stay. */
static void keep_offsets(weir_source *source, const uint8_t *keep, size_t rows)
{
    size_t kept = 0;

    if (source->offset_count != rows)
        return; /* which the judge of positions refuses */
    for (size_t r = 0; r < rows; r++)
        if (keep[r])
            source->offsets[kept++] = source->offsets[r];
    source->offset_count = kept;
}

static weir_code filter_rows(const weir_row_filter *filter, weir_batch *batch, weir_source *source,
                             uint64_t *filtered, weir_error *err)
{
    uint8_t *keep = weir_malloc(batch->rows + 1);
    size_t rows = batch->rows, kept = 0;
    weir_code code = keep ? weir_row_filter_apply(filter, batch, keep, &kept, err)
                          : weir_fail(err, WEIR_NO_MEMORY, "no room to filter %zu rows", rows);

    if (!code && kept < rows && !(code = weir_batch_keep_rows(batch, keep, err))) {
        keep_offsets(source, keep, rows);
        *filtered = rows - kept;
    }
    weir_free(keep);
    return code;
}

weir_code prepare_frame(project *p, weir_batch *batch, weir_source *source, uint64_t *filtered,
                        weir_error *err)
{
    const project_rules *rules = &p->head.rules;
    weir_encoder_ref *encoder = NULL;
    weir_code code = WEIR_OK;

    *filtered = 0;
    if (rules->rows && (code = filter_rows(rules->rows, batch, source, filtered, err)))
        return code;
    for (size_t i = 0; i < batch->column_count; i++)
        if (batch->columns[i].hidden)
            weir_batch_drop_cells(batch, i);
    if (!(code = encoder_of_project(p, &encoder, err)) && encoder)
        code = weir_encoder_apply(weir_encoder_of(encoder), batch, kept_column(p), err);
    if (!code && rules->hashtrick)
        code = weir_hash_trick(batch, (size_t)rules->hashtrick, kept_column(p), err);
    weir_encoder_release(encoder);
    return code;
}

/* --- what decoders ask */

struct weir_preparation {
    project *project;
    weir_encoder_ref *encoder; /* NULL: none */
};

weir_code weir_preparation_new(weir_engine *engine, const char *cid, const char *pid,
                               weir_preparation **out, weir_error *err)
{
    weir_preparation *made = weir_calloc(1, sizeof *made);
    weir_code code =
        made ? WEIR_OK : weir_fail(err, WEIR_NO_MEMORY, "no room to read rows for %s", pid);

    if (!code && !(code = project_find(engine, cid, pid, &made->project, err)))
        code = encoder_of_project(made->project, &made->encoder, err);
    if (!code) {
        *out = made;
        made = NULL; /* the caller's now */
    }
    weir_preparation_free(made);
    return code;
}

void weir_preparation_free(weir_preparation *preparation)
{
    if (!preparation)
        return;
    weir_encoder_release(preparation->encoder);
    project_release(preparation->project);
    weir_free(preparation);
}

weir_type weir_preparation_learn_type(void *context, const char *name, size_t length,
                                      weir_type sent)
{
    const weir_preparation *preparation = context;
    const weir_row_filter *filter = preparation->project->head.rules.rows;

    return sent == WEIR_X && filter && weir_row_filter_names(filter, name, length) ? WEIR_S : sent;
}

static bool is_text(weir_type type)
{
    return type == WEIR_S || type == WEIR_L;
}

/* What the project knows a column as; X when it does not. Takes the state turn for a moment. */
static weir_type known_type(project *p, const char *name, size_t length)
{
    const weir_schema *schema;
    weir_type type = WEIR_X;
    size_t id;

    if (project_state_take(p, NULL))
        return WEIR_X;
    schema = weir_summary_schema(weir_collection_whole(p->now.collection));
    if ((id = weir_schema_find(schema, name, length)) != WEIR_NONE)
        type = weir_schema_at(schema, id)->type;
    turn_give(&p->state);
    return type;
}

weir_type weir_preparation_predict_type(void *context, const char *name, size_t length,
                                        weir_type sent)
{
    const weir_predict_types *types = context;
    const weir_preparation *preparation = types->preparation;
    project *p = preparation->project;
    const char *kept = kept_column(p);
    weir_type needed = weir_model_column_type(types->model, name, length), text = WEIR_X;

    if (kept && strlen(kept) == length && memcmp(kept, name, length) == 0)
        return needed;
    if (preparation->encoder)
        text = weir_encoder_type(weir_encoder_of(preparation->encoder), name, length);
    if (text != WEIR_X && needed != WEIR_X)
        return text;
    if (p->head.rules.hashtrick && needed == WEIR_X && text == WEIR_X)
        text = is_text(sent) ? sent : known_type(p, name, length);
    return needed == WEIR_X && is_text(text) ? text : needed;
}

static bool is_input(const weir_model *model, const char *name)
{
    return weir_model_column_type(model, name, strlen(name)) != WEIR_X;
}

/* An input that the encoder makes a number, or NULL. */
static const char *encoded_input(const weir_preparation *preparation, const weir_model *model)
{
    const weir_encoder *encoder = weir_encoder_of(preparation->encoder);
    const char *kept = kept_column(preparation->project);

    for (size_t i = 0; i < weir_encoder_keys(encoder); i++) {
        weir_encoder_key key = weir_encoder_key_at(encoder, i);

        if (is_text(key.type) && is_input(model, key.name) &&
            !(kept && strcmp(kept, key.name) == 0))
            return key.name;
    }
    return NULL;
}

weir_code weir_preparation_check_alone(const weir_preparation *preparation, const weir_model *model,
                                       weir_error *err)
{
    const char *encoded = preparation->encoder ? encoded_input(preparation, model) : NULL;

    if (encoded)
        return weir_fail(err, WEIR_CONFLICT,
                         "input %.40s is made by the project's encoder: rows are scored by "
                         "predict",
                         encoded);
    for (int64_t i = 0; i < preparation->project->head.rules.hashtrick; i++) {
        char name[40];

        snprintf(name, sizeof name, WEIR_HASH_PREFIX "%lld", (long long)i);
        if (is_input(model, name))
            return weir_fail(err, WEIR_CONFLICT,
                             "input %s is made by the hash trick: rows are scored by predict",
                             name);
    }
    return WEIR_OK;
}

weir_code weir_preparation_apply(const weir_preparation *preparation, weir_batch *batch,
                                 weir_error *err)
{
    const project *p = preparation->project;
    weir_code code = WEIR_OK;

    for (size_t i = 0; i < batch->column_count; i++)
        batch->columns[i].hidden = false; /* what a model needs it gets, whatever it was sent as */
    if (preparation->encoder)
        code =
            weir_encoder_apply(weir_encoder_of(preparation->encoder), batch, kept_column(p), err);
    if (!code && p->head.rules.hashtrick)
        code = weir_hash_trick(batch, (size_t)p->head.rules.hashtrick, kept_column(p), err);
    return code;
}
