/* model_inside.h: what the files about models share. Private to core/model.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_MODEL_INSIDE_H
#define CORE_MODEL_INSIDE_H

#include "weir/model.h"

/* An attribute a model reads or was told to predict; the texts are owned. */
typedef struct {
    weir_model_attribute seen; /* points to the texts below */
    char *name, *column, *value;
    bool other; /* takes the values of its category that no other attribute has */
} model_attribute;

typedef struct {
    char *name, *value; /* owned */
} model_setting;

struct weir_model {
    const weir_algorithm *algorithm;
    uint64_t version;
    double rows;
    model_attribute *inputs, *targets;
    size_t input_count, target_count;
    model_setting *settings;
    size_t setting_count;
    void *state; /* the algorithm's */
};

weir_code model_new(const weir_algorithm *algorithm, size_t inputs, size_t targets, size_t settings,
                    weir_model **out, weir_error *err);
/* Copies the texts; column and value NULL for an attribute that is not dynamic. */
weir_code model_attribute_set(model_attribute *attribute, const weir_model_attribute *from,
                              bool other, weir_error *err);
weir_code model_setting_set(model_setting *setting, const char *name, const char *value,
                            weir_error *err);

#endif
