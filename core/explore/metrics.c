/* metrics.c: every metric there is, written out, and the map in which they answer.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "explore/metrics.h"

#include <math.h>
#include <string.h>

#include "weir/memory.h"

const weir_metric *const weir_metrics[] = {&weir_metric_uni,
                                           &weir_metric_bi,
                                           &weir_metric_ztest,
                                           &weir_metric_ztestp,
                                           &weir_metric_ztestmu,
                                           &weir_metric_ttest,
                                           &weir_metric_ttestmu,
                                           &weir_metric_ftest,
                                           &weir_metric_ftestmu,
                                           &weir_metric_anova,
                                           &weir_metric_chi2,
                                           &weir_metric_gain,
                                           NULL};

const weir_metric *weir_metric_find(const char *id)
{
    for (size_t i = 0; weir_metrics[i]; i++)
        if (strcmp(weir_metrics[i]->id, id) == 0 ||
            (weir_metrics[i]->alias && strcmp(weir_metrics[i]->alias, id) == 0))
            return weir_metrics[i];
    return NULL;
}

weir_code weir_metric_ask(const weir_metric *metric, const weir_summary *summary,
                          const weir_question *question, weir_answer *answer, weir_error *err)
{
    weir_code code = weir_metric_check(metric, weir_summary_schema(summary), question, err);

    return code ? code : metric->answer(summary, question, answer, err);
}

weir_code weir_answer_put(weir_answer *answer, const char *key, double value, weir_error *err)
{
    if (!isfinite(value))
        return WEIR_OK;
    if (answer->count == answer->capacity) {
        size_t capacity = answer->capacity ? 2 * answer->capacity : 32;
        void *items = weir_realloc_array(answer->items, capacity, sizeof *answer->items);
        if (!items)
            return weir_fail(err, WEIR_NO_MEMORY, "no room for %zu results", capacity);
        answer->items = items;
        answer->capacity = capacity;
    }
    char *owned = weir_strdup(key);
    if (!owned)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the result %.40s", key);
    answer->items[answer->count].key = owned;
    answer->items[answer->count++].value = value;
    return WEIR_OK;
}

void weir_answer_free(weir_answer *answer)
{
    if (!answer)
        return;
    for (size_t i = 0; i < answer->count; i++)
        weir_free(answer->items[i].key);
    weir_free(answer->items);
    *answer = (weir_answer){0};
}

weir_code metric_options(const weir_metric *metric, const weir_question *question, void *target,
                         weir_error *err)
{
    weir_code code = weir_options_default(metric->options, target, err);

    for (size_t i = 0; !code && i < question->setting_count; i++)
        code = weir_options_set(metric->options, target, question->settings[i].name,
                                question->settings[i].value, NULL, err);
    return code;
}

weir_code metric_put(weir_answer *answer, const metric_number *numbers, size_t count,
                     weir_error *err)
{
    weir_code code = WEIR_OK;

    for (size_t i = 0; !code && i < count; i++)
        code = weir_answer_put(answer, numbers[i].key, numbers[i].value, err);
    return code;
}

double metric_two_sided(double below, double above)
{
    const double p = 2 * (below < above ? below : above);

    return p > 1 ? 1 : p; /* NaN stays */
}
