/* model.c: building a model from a summary, and reading what it is.
 *
 * A model holds all it needs: the names by which it finds its inputs in any batch, what a missing cell counts as, the
 * settings it was asked for (those its algorithm does not know are metadata and only kept), and the state of the
 * algorithm. It never changes after it was built.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "model/model_inside.h"

#include <math.h>
#include <string.h>

#include "weir/memory.h"

/* --- the parts of a model */

weir_code model_new(const weir_algorithm *algorithm, size_t inputs, size_t targets, size_t settings,
                    weir_model **out, weir_error *err)
{
    weir_model *model = weir_calloc(1, sizeof *model);

    if (model) {
        model->algorithm = algorithm;
        model->inputs = weir_calloc(inputs + 1, sizeof *model->inputs);
        model->targets = weir_calloc(targets + 1, sizeof *model->targets);
        model->settings = weir_calloc(settings + 1, sizeof *model->settings);
    }
    if (!model || !model->inputs || !model->targets || !model->settings) {
        weir_model_free(model);
        return weir_fail(err, WEIR_NO_MEMORY, "no room for a model of %zu inputs", inputs);
    }
    model->input_count = inputs;
    model->target_count = targets;
    model->setting_count = settings;
    *out = model;
    return WEIR_OK;
}

weir_code model_attribute_set(model_attribute *attribute, const weir_model_attribute *from,
                              bool other, weir_error *err)
{
    attribute->name = weir_strdup(from->name);
    attribute->column = from->column ? weir_strdup(from->column) : NULL;
    attribute->value = from->value ? weir_strdup(from->value) : NULL;
    attribute->other = other;
    attribute->seen = *from;
    attribute->seen.name = attribute->name;
    attribute->seen.column = attribute->column;
    attribute->seen.value = attribute->value;
    if (!attribute->name || (from->column && !attribute->column) ||
        (from->value && !attribute->value))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the name of an attribute");
    return WEIR_OK;
}

weir_code model_setting_set(model_setting *setting, const char *name, const char *value,
                            weir_error *err)
{
    setting->name = weir_strdup(name);
    setting->value = weir_strdup(value);
    return setting->name && setting->value
               ? WEIR_OK
               : weir_fail(err, WEIR_NO_MEMORY, "no room for the setting %.60s", name);
}

static void attributes_free(model_attribute *attributes, size_t count)
{
    for (size_t i = 0; attributes && i < count; i++) {
        weir_free(attributes[i].name);
        weir_free(attributes[i].column);
        weir_free(attributes[i].value);
    }
    weir_free(attributes);
}

void weir_model_free(weir_model *model)
{
    if (!model)
        return;
    if (model->state)
        model->algorithm->free(model->state);
    attributes_free(model->inputs, model->input_count);
    attributes_free(model->targets, model->target_count);
    for (size_t i = 0; model->settings && i < model->setting_count; i++) {
        weir_free(model->settings[i].name);
        weir_free(model->settings[i].value);
    }
    weir_free(model->settings);
    weir_free(model);
}

/* --- building */

/* Marks ids in used (one flag an attribute). Refuses what is unknown, has no statistics or comes twice. */
static weir_code mark(const weir_schema *schema, const size_t *ids, size_t count, const char *role,
                      uint8_t *used, weir_error *err)
{
    for (size_t i = 0; i < count; i++) {
        if (ids[i] >= weir_schema_size(schema))
            return weir_fail(err, WEIR_INVALID, "%s attribute %zu is not known", role, ids[i]);
        const weir_attribute *attribute = weir_schema_at(schema, ids[i]);
        if (attribute->slot == WEIR_NONE)
            return weir_fail(err, WEIR_INVALID,
                             "%s attribute %.100s has type %c; it must be C or B", role,
                             attribute->name, (char)attribute->type);
        if (used[ids[i]])
            return weir_fail(err, WEIR_INVALID, "attribute %.100s is named twice", attribute->name);
        used[ids[i]] = 1;
    }
    return WEIR_OK;
}

/* The attributes to select: the inputs (when none are given every attribute with statistics that is no target), then
 * the targets. *chosen is the caller's to free. */
static weir_code choose(const weir_schema *schema, const size_t *inputs, size_t input_count,
                        const size_t *targets, size_t target_count, size_t **chosen, size_t *count,
                        weir_error *err)
{
    const size_t size = weir_schema_size(schema);
    uint8_t *used = weir_calloc(size + 1, sizeof *used);
    size_t *ids = weir_calloc(size + 1, sizeof *ids), n = 0;
    weir_code code = WEIR_OK;

    if (!used || !ids) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for %zu attributes", size);
        goto done;
    }
    if ((code = mark(schema, targets, target_count, "target", used, err)) ||
        (code = mark(schema, inputs, input_count, "input", used, err)))
        goto done;
    for (size_t i = 0; i < input_count; i++)
        ids[n++] = inputs[i];
    for (size_t id = 0; input_count == 0 && id < size; id++)
        if (!used[id] && weir_schema_at(schema, id)->slot != WEIR_NONE)
            ids[n++] = id;
    if (n == 0) {
        code = weir_fail(err, WEIR_INVALID, "there is no attribute of type C or B to build from");
        goto done;
    }
    *count = n;
    for (size_t i = 0; i < target_count; i++)
        ids[n++] = targets[i];
    *chosen = ids;
    ids = NULL;
done:
    weir_free(used);
    weir_free(ids);
    return code;
}

/* Whether the algorithm takes these targets. One that needs none lets them be: they are what it does not read. */
static weir_code check_targets(const weir_algorithm *algorithm, const weir_schema *schema,
                               const size_t *targets, size_t count, weir_error *err)
{
    const unsigned takes = algorithm->targets;

    if (takes & WEIR_TARGET_NONE)
        return WEIR_OK;
    if (count != 1)
        return weir_fail(err, WEIR_INVALID, "%s predicts one target; %zu are given", algorithm->id,
                         count);
    const weir_attribute *target = weir_schema_at(schema, targets[0]);
    if (!(takes & (target->type == WEIR_B ? WEIR_TARGET_BINARY : WEIR_TARGET_CONTINUOUS)))
        return weir_fail(err, WEIR_INVALID, "%s cannot predict %.100s, which has type %c",
                         algorithm->id, target->name, (char)target->type);
    return WEIR_OK;
}

static weir_code describe_attribute(const weir_summary *summary, size_t id,
                                    model_attribute *attribute, weir_error *err)
{
    const weir_schema *schema = weir_summary_schema(summary);
    const weir_attribute *from = weir_schema_at(schema, id);
    weir_moments moments;
    bool dynamic = from->parent != WEIR_NONE;

    weir_summary_moments(summary, id, &moments);
    weir_model_attribute seen = {
        .name = from->name,
        .type = from->type,
        .column = dynamic ? weir_schema_parent_name(schema, from->parent) : NULL,
        .value = dynamic ? from->value : NULL,
        .id = id,
        .mean = moments.count > 0 && isfinite(moments.mean) ? moments.mean : 0};
    return model_attribute_set(attribute, &seen, from->other, err);
}

/* Fills *options (the caller's to free) with defaults and what the settings say. */
static weir_code read_options(const weir_algorithm *algorithm, const weir_setting *settings,
                              size_t count, void **options, weir_error *err)
{
    void *made = weir_calloc(1, algorithm->options_size ? algorithm->options_size : 1);
    weir_code code = made ? weir_options_default(algorithm->options, made, err)
                          : weir_fail(err, WEIR_NO_MEMORY, "no room for options");

    for (size_t i = 0; !code && i < count; i++)
        code = weir_options_set(algorithm->options, made, settings[i].name, settings[i].value, NULL,
                                err);
    if (!code) {
        *options = made;
        made = NULL;
    }
    weir_free(made);
    return code;
}

weir_code weir_model_build(const weir_algorithm *algorithm, const weir_summary *summary,
                           const size_t *inputs, size_t input_count, const size_t *targets,
                           size_t target_count, const weir_setting *settings, size_t setting_count,
                           uint64_t version, weir_model **out, weir_error *err)
{
    size_t *ids = NULL, count = 0;
    void *options = NULL;
    weir_summary *selected = NULL;
    weir_model *model = NULL;
    weir_code code = read_options(algorithm, settings, setting_count, &options, err);

    if (code ||
        (code = choose(weir_summary_schema(summary), inputs, input_count, targets, target_count,
                       &ids, &count, err)) ||
        (code = check_targets(algorithm, weir_summary_schema(summary), targets, target_count, err)))
        goto done;
    if (!(weir_summary_rows(summary) > 0)) {
        code = weir_fail(err, WEIR_INVALID, "there are no rows yet to build a model from");
        goto done;
    }
    if ((algorithm->needs & WEIR_NEEDS_HISTOGRAMS) && !weir_summary_has_histograms(summary)) {
        code = weir_fail(err, WEIR_INVALID, "%s needs histograms, which are not enabled",
                         algorithm->id);
        goto done;
    }
    if ((code = weir_summary_select(summary, ids, count + target_count, &selected, err)) ||
        (code = model_new(algorithm, count, target_count, setting_count, &model, err)))
        goto done;
    for (size_t i = 0; !code && i < count; i++)
        code = describe_attribute(summary, ids[i], &model->inputs[i], err);
    for (size_t i = 0; !code && i < target_count; i++)
        code = describe_attribute(summary, ids[count + i], &model->targets[i], err);
    for (size_t i = 0; !code && i < setting_count; i++)
        code = model_setting_set(&model->settings[i], settings[i].name, settings[i].value, err);
    if (code)
        goto done;
    model->version = version;
    model->rows = weir_summary_rows(summary);
    if ((code = algorithm->build(selected, count, target_count, options, &model->state, err))) {
        weir_explain(err, code, "%s", algorithm->id);
        goto done;
    }
    *out = model;
    model = NULL;
done:
    weir_free(ids);
    weir_free(options);
    weir_summary_free(selected);
    weir_model_free(model);
    return code;
}

/* --- reading */

const weir_algorithm *weir_model_algorithm(const weir_model *model)
{
    return model->algorithm;
}

uint64_t weir_model_version(const weir_model *model)
{
    return model->version;
}

double weir_model_rows(const weir_model *model)
{
    return model->rows;
}

size_t weir_model_inputs(const weir_model *model)
{
    return model->input_count;
}

const weir_model_attribute *weir_model_input(const weir_model *model, size_t i)
{
    return &model->inputs[i].seen;
}

size_t weir_model_targets(const weir_model *model)
{
    return model->target_count;
}

const weir_model_attribute *weir_model_target(const weir_model *model, size_t i)
{
    return &model->targets[i].seen;
}

size_t weir_model_settings(const weir_model *model)
{
    return model->setting_count;
}

weir_setting weir_model_setting(const weir_model *model, size_t i)
{
    return (weir_setting){model->settings[i].name, model->settings[i].value};
}

weir_code weir_model_describe(const weir_model *model, weir_report **out, weir_error *err)
{
    weir_report *report = NULL;
    weir_code code = weir_report_new(&report, err);

    if (!code)
        code = model->algorithm->describe(model->state, model, report, err);
    if (!code) {
        *out = report;
        report = NULL;
    }
    weir_report_free(report);
    return code;
}
