/* rest_info.c: ProjectInfo, the object under "smlInfo".
 *
 * Members whose content only the original's own UI knows are sent empty, because callers index them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "rest_inside.h"
#include "weir/fusion.h"

static void write_texts(json_out *json, const char *key, char *const *texts, size_t count)
{
    json_key(json, key);
    json_open(json, '[');
    for (size_t i = 0; i < count; i++)
        json_text(json, texts[i]);
    json_close(json, ']');
}

static void write_empty(json_out *json, const char *key, const char *brackets)
{
    json_key(json, key);
    json_open(json, brackets[0]);
    json_close(json, brackets[1]);
}

static void write_attributes(json_out *json, const weir_schema *schema)
{
    size_t count = weir_schema_size(schema);

    json_key(json, "attributeNames");
    json_open(json, '[');
    for (size_t i = 0; i < count; i++)
        json_text(json, weir_schema_at(schema, i)->name);
    json_close(json, ']');
    json_key(json, "attributeIndexes");
    json_open(json, '[');
    for (size_t i = 0; i < count; i++)
        json_whole(json, (int64_t)i);
    json_close(json, ']');
    json_key(json, "attributeTypes");
    json_open(json, '[');
    for (size_t i = 0; i < count; i++)
        json_text(json, (const char[]){(char)weir_schema_at(schema, i)->type, '\0'});
    json_close(json, ']');
    json_key(json, "attributeStates");
    json_open(json, '[');
    for (size_t i = 0; i < count; i++)
        json_text(json, "u");
    json_close(json, ']');
}

/* The cells of a fusion project, which the documents have beside the parameters. */
static bool is_cell_list(const weir_project_info *info, size_t i)
{
    return !strcmp(info->param_names[i], WEIR_FUSION_LIST);
}

/* Both names occur in the documents. */
static void write_cells(json_out *json, const weir_project_info *info)
{
    for (size_t i = 0; i < info->param_count; i++)
        if (is_cell_list(info, i)) {
            json_put_text(json, "fusionCellInfo", info->param_values[i]);
            json_put_text(json, WEIR_FUSION_LIST, info->param_values[i]);
        }
}

static void write_params(json_out *json, const weir_project_info *info)
{
    json_key(json, "params");
    json_open(json, '{');
    for (size_t i = 0; i < info->param_count; i++)
        if (!is_cell_list(info, i))
            json_put_text(json, info->param_names[i], info->param_values[i]);
    json_put_text(json, "sml_project_is_freeze", info->frozen ? "true" : "false");
    json_put_quoted(json, "rows", info->rows);
    json_put_text(json, "precision",
                  info->precision == WEIR_PRECISION_EXTENDED ? "extended"
                  : info->precision == WEIR_PRECISION_DOUBLE ? "double"
                                                             : "auto");
    json_close(json, '}');
}

void rest_write_info(json_out *json, const weir_project_info *info)
{
    json_open(json, '{');
    json_put_text(json, "pid", info->pid);
    json_put_text(json, "encoderName", info->encoder);
    write_texts(json, "modelsList", info->models, info->model_count);
    write_texts(json, "modelTypeList", info->model_types, info->model_count);
    write_texts(json, "dsList", info->sources, info->source_count);
    write_texts(json, "streams", info->streams, info->stream_count);
    write_attributes(json, info->schema);
    write_empty(json, "modelAssessments", "{}");
    write_empty(json, "modelPredictions", "{}");
    write_params(json, info);
    write_cells(json, info);
    json_put_whole(json, "hash", -1);
    json_put_truth(json, "isDirty", info->dirty);
    json_put_text(json, "categorySeparator", WEIR_CATEGORY_SEPARATOR);
    json_put_text(json, "type", info->type);
    json_put_whole(json, "creationDate", info->created_ms);
    json_put_whole(json, "lastModificationDate", info->modified_ms);
    json_put_truth(json, "loaded", info->loaded);
    json_put_truth(json, "persisted", info->persisted);
    json_put_truth(json, "histogramEnabled", info->histograms);
    json_put_truth(json, "autoSave", info->autosave);
    /* Ours, beyond the documented members. */
    json_put_number(json, "rows", info->rows);
    json_put_whole(json, "sequence", (int64_t)info->sequence);
    json_put_whole(json, "memory", (int64_t)info->memory);
    json_put_truth(json, "extremesAreBounds", info->extremes_are_bounds);
    if (info->partition) {
        json_put_text(json, "partitionColumn", info->partition);
        json_put_whole(json, "partitions", (int64_t)info->parts);
    }
    if (info->window_rows > 0)
        json_put_number(json, "windowRows", info->window_rows);
    json_put_whole(json, "rejectedCells", (int64_t)info->rejected_cells);
    json_put_whole(json, "rejectedRows", (int64_t)info->rejected_rows);
    write_texts(json, "warnings", info->warnings, info->warning_count);
    json_close(json, '}');
}
