/* explore_density.c: weir explore FILE density: histograms with equal bins, as bars or as JSON.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <math.h>
#include <stdio.h>

#include "exploration.h"

#define BAR_WIDTH 40

static json_t *density_json(const char *name, const weir_density *density)
{
    json_t *counts = json_array();

    for (size_t i = 0; i < density->bins; i++)
        json_array_append_new(counts, json_real(density->counts[i]));
    return json_pack("{s:s,s:f,s:f,s:f,s:o}", "attrName", name, "min", density->min, "max",
                     density->max, "width", density->width, "histogram", counts);
}

/* One line a bin: its range, its count, and a bar in eighths of a character. */
static void print_density(const char *name, const weir_density *density)
{
    static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    double greatest = 0;

    for (size_t i = 0; i < density->bins; i++)
        greatest = fmax(greatest, density->counts[i]);
    printf("%s\n", name);
    for (size_t i = 0; i < density->bins; i++) {
        double left = density->min + density->width * (double)i;
        int eighth = greatest > 0 && density->counts[i] > 0
                         ? (int)(density->counts[i] / greatest * BAR_WIDTH * 8)
                         : 0;

        printf("%12.6g to %12.6g  %12.6g  ", left, left + density->width, density->counts[i]);
        for (int full = 0; full < eighth / 8; full++)
            fputs("█", stdout);
        puts(eighths[eighth % 8]);
    }
}

weir_code explore_densities(const exploration *e, weir_error *err)
{
    json_t *list = e->json ? json_array() : NULL;
    weir_code code = WEIR_OK;

    for (size_t i = 0; i < e->inputs.ids.count && !code; i++) {
        const size_t id = e->inputs.ids.ids[i];
        const char *name = weir_schema_at(weir_summary_schema(e->summary), id)->name;
        weir_density density = {0};

        if ((code = weir_density_estimate(e->summary, id, e->bins, NAN, NAN, &density, err)))
            break;
        if (density.error[0])
            code = weir_fail(err, WEIR_INVALID, "density of %s: %s", name, density.error);
        else if (list)
            json_array_append_new(list, density_json(name, &density));
        else
            print_density(name, &density);
        weir_density_free(&density);
    }
    if (!list || code) {
        json_decref(list);
        return code;
    }
    return exploration_print(list, err);
}
