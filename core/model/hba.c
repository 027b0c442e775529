/* hba.c: the histogram-based outlier score, one attribute at a time.
 *
 * A row is as unusual as its values are rare: the score is the sum over the attributes of minus the logarithm of the
 * density at the row's value, as if attributes were independent [1]. Two ways to a density:
 *
 * density (the default)  the fine histogram of the summary smoothed by a Gaussian of `bandwidth` spreads; each term
 *                        is -log(density * spread + 1e-4). See curve.c. No edges of bins that rows close to each other
 *                        can fall on different sides of, no bin count to choose, and no unit.
 * hbos                   `n_bins` bins of equal width, equal to PyOD's HBOS number for number. See equal_bins.c.
 *
 * The spread of an attribute is its interquartile range. Where that is 0 (more than half of the rows have one value) it
 * is the standard deviation, but not more than the range that a thousandth of the rows lies beyond on either side, so
 * that one absurd value does not smooth everything away. Where that range is 0 too, and for a constant and a binary
 * attribute, nothing is smoothed: values are as rare as they are, and a value never seen is as rare as can be.
 *
 * Threshold: `res` is 1 when the score exceeds the 1 - `contamination` quantile that the scores would have, were the
 * attributes independent: see cut.c.
 *
 * [1] M. Goldstein, A. Dengel: Histogram-Based Outlier Score (HBOS): A Fast Unsupervised Anomaly Detection Algorithm.
 *     KI-2012 Poster and Demo Track, 2012.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "model/algorithms.h"

#include <math.h>

#include "model/bins.h"
#include "model/curve.h"
#include "model/cut.h"
#include "model/equal_bins.h"
#include "model/report.h"
#include "weir/distributions.h"
#include "weir/memory.h"

enum { DENSITY, HBOS };
enum { KEY_RES, KEY_SCORE };

#define LEAST_BANDWIDTH 0.001
#define GREATEST_BANDWIDTH 1000
#define GREATEST_CONTAMINATION 0.5
#define OUTERMOST (1.0 / 1024) /* the share of rows on either side that may not widen a spread */

typedef struct {
    int type;
    int64_t n_bins;
    double bandwidth, contamination;
} hba_options;

/* One attribute in the form of the model. */
typedef struct {
    curve *smooth;
    equal_bins bins;
} part;

typedef struct {
    hba_options options;
    double threshold;
    size_t inputs;
    part *parts;
} hba;

static const char *const types[] = {"density", "hbos", NULL};

static const weir_option options[] = {
    {.name = "hba_type",
     .kind = WEIR_OPTION_CHOICE,
     .offset = offsetof(hba_options, type),
     .fallback = "density",
     .choices = types,
     .help = "density: the fine histogram smoothed; hbos: n_bins equal bins, as PyOD's HBOS."},
    {.name = "bandwidth",
     .kind = WEIR_OPTION_NUMBER,
     .offset = offsetof(hba_options, bandwidth),
     .least = LEAST_BANDWIDTH,
     .greatest = GREATEST_BANDWIDTH,
     .fallback = "0.5",
     .help = "density: standard deviation of the smoothing, in interquartile ranges."},
    {.name = "n_bins",
     .kind = WEIR_OPTION_INTEGER,
     .offset = offsetof(hba_options, n_bins),
     .least = 2,
     .greatest = EQUAL_BINS_MAX,
     .fallback = "10",
     .help = "hbos: bins per attribute; more sees finer gaps and needs more rows."},
    {.name = "contamination",
     .kind = WEIR_OPTION_NUMBER,
     .offset = offsetof(hba_options, contamination),
     .least = 0,
     .greatest = GREATEST_CONTAMINATION,
     .fallback = "0.1",
     .help = "Share of rows that res is to flag, were the attributes independent."},
    {0},
};

static void hba_free(void *state)
{
    hba *model = state;

    if (!model)
        return;
    for (size_t i = 0; model->parts && i < model->inputs; i++) {
        curve_free(model->parts[i].smooth);
        equal_bins_free(&model->parts[i].bins);
    }
    weir_free(model->parts);
    weir_free(model);
}

static weir_code hba_new(size_t inputs, const hba_options *from, hba **out, weir_error *err)
{
    hba *model = weir_calloc(1, sizeof *model);

    if (!model || !(model->parts = weir_calloc(inputs, sizeof *model->parts))) {
        hba_free(model);
        return weir_fail(err, WEIR_NO_MEMORY, "no room for a model of %zu attributes", inputs);
    }
    model->inputs = inputs;
    model->options = *from;
    *out = model;
    return WEIR_OK;
}

static double part_at(const hba *model, size_t input, double x)
{
    const part *p = &model->parts[input];

    return model->options.type == DENSITY ? curve_at(p->smooth, x) : equal_bins_at(&p->bins, x);
}

/* --- building */

/* The range between the quantiles p and 1 - p. */
static double range_of(const model_bins *from, double p)
{
    return weir_bins_quantile(from->bins, from->count, 1 - p) -
           weir_bins_quantile(from->bins, from->count, p);
}

static double deviation_of(const model_bins *from)
{
    double mean = 0, squares = 0;

    for (size_t i = 0; i < from->count; i++)
        mean += from->bins[i].mean * (from->bins[i].count / from->rows);
    for (size_t i = 0; i < from->count; i++) {
        double d = from->bins[i].mean - mean;
        squares += d * d * (from->bins[i].count / from->rows);
    }
    return sqrt(squares);
}

static double spread_of(const model_bins *from)
{
    double quartiles = range_of(from, 0.25);

    return quartiles > 0 ? quartiles : fmin(deviation_of(from), range_of(from, OUTERMOST));
}

static weir_code smooth(const model_bins *from, weir_type type, double bandwidth, curve **out,
                        weir_error *err)
{
    curve_node *nodes = weir_malloc((from->count ? from->count : 1) * sizeof *nodes);
    double spread = type == WEIR_B || from->count == 0 ? 0 : spread_of(from);

    if (!nodes)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for %zu bins", from->count);
    for (size_t i = 0; i < from->count; i++) {
        const weir_bin *bin = &from->bins[i];
        bool point = spread > 0 || bin->single;
        nodes[i] = (curve_node){.value = point ? bin->mean : bin->left,
                                .end = point ? bin->mean : bin->right,
                                .weight = bin->count / from->rows};
    }
    weir_code code = curve_new(nodes, from->count, spread, bandwidth, out, err);
    weir_free(nodes);
    return code;
}

/* The scores that the rows of an attribute have, for the threshold. parts has room for from->count. */
static void scores_of(const hba *model, size_t input, const model_bins *from, cut_part *parts)
{
    for (size_t i = 0; i < from->count; i++)
        parts[i] =
            (cut_part){part_at(model, input, from->bins[i].mean), from->bins[i].count / from->rows};
}

static weir_code set_threshold(hba *model, const model_bins *from, weir_error *err)
{
    cut *sum = NULL;
    cut_part *parts = weir_malloc(WEIR_HISTOGRAM_BINS * sizeof *parts);
    double span = 0;
    weir_code code = WEIR_OK;

    if (!parts) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for the scores of an attribute");
        goto done;
    }
    for (size_t i = 0; i < model->inputs; i++) {
        double least = INFINITY, greatest = -INFINITY;
        scores_of(model, i, &from[i], parts);
        for (size_t j = 0; j < from[i].count; j++) {
            least = fmin(least, parts[j].score);
            greatest = fmax(greatest, parts[j].score);
        }
        span += from[i].count ? greatest - least : 0;
    }
    if ((code = cut_new(span, &sum, err)))
        goto done;
    for (size_t i = 0; i < model->inputs; i++) {
        scores_of(model, i, &from[i], parts);
        if ((code = cut_add(sum, parts, from[i].count, err)))
            goto done;
    }
    model->threshold = cut_quantile(sum, 1 - model->options.contamination);
done:
    cut_free(sum);
    weir_free(parts);
    return code;
}

static weir_code hba_build(const weir_summary *summary, size_t inputs, size_t targets,
                           const void *given, void **state, weir_error *err)
{
    hba *model = NULL;
    model_bins *from = NULL;
    weir_code code = hba_new(inputs, given, &model, err);

    (void)targets;
    if (code)
        goto done;
    if (!(from = weir_calloc(inputs, sizeof *from))) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for %zu histograms", inputs);
        goto done;
    }
    for (size_t i = 0; i < inputs && !code; i++) {
        const weir_type type = weir_schema_at(weir_summary_schema(summary), i)->type;
        if ((code = model_bins_read(summary, i, &from[i], err)))
            break;
        code = model->options.type == DENSITY
                   ? smooth(&from[i], type, model->options.bandwidth, &model->parts[i].smooth, err)
                   : equal_bins_cut(&from[i], (size_t)model->options.n_bins, &model->parts[i].bins,
                                    err);
    }
    if (code || (code = set_threshold(model, from, err)))
        goto done;
    *state = model;
    model = NULL;
done:
    for (size_t i = 0; from && i < inputs; i++)
        model_bins_free(&from[i]);
    weir_free(from);
    hba_free(model);
    return code;
}

/* --- using */

static weir_code hba_score(const void *state, const weir_inputs *inputs, weir_scores *scores,
                           weir_error *err)
{
    const hba *model = state;
    double *res = scores->values + KEY_RES * scores->capacity;
    double *sum = scores->values + KEY_SCORE * scores->capacity;

    (void)err;
    for (size_t r = 0; r < inputs->rows; r++)
        sum[r] = 0;
    for (size_t i = 0; i < inputs->inputs; i++) {
        if (model->options.type == DENSITY)
            curve_add(model->parts[i].smooth, inputs->columns[i], inputs->rows, sum);
        else
            for (size_t r = 0; r < inputs->rows; r++)
                sum[r] += equal_bins_at(&model->parts[i].bins, inputs->columns[i][r]);
    }
    for (size_t r = 0; r < inputs->rows; r++)
        res[r] = sum[r] > model->threshold;
    return WEIR_OK;
}

static void hba_explain(const void *state, const weir_inputs *inputs, double *values)
{
    const hba *model = state;

    for (size_t i = 0; i < inputs->inputs; i++)
        for (size_t r = 0; r < inputs->rows; r++)
            values[i * inputs->rows + r] = part_at(model, i, inputs->columns[i][r]);
}

static weir_code describe_attributes(const hba *model, const weir_model *whole, weir_report *report)
{
    enum { SPREAD, BINS, COLUMNS };
    static const char *const columns[] = {"spread", "bins"};
    double *numbers = weir_calloc(model->inputs * COLUMNS, sizeof *numbers);
    weir_code code = numbers ? WEIR_OK : WEIR_NO_MEMORY;

    for (size_t i = 0; !code && i < model->inputs; i++) {
        const equal_bins *own = &model->parts[i].bins;
        size_t bins = own->count;
        double spread = bins ? own->edges[bins] - own->edges[0] : NAN;
        if (model->options.type == DENSITY) {
            curve_nodes(model->parts[i].smooth, &bins);
            spread = curve_spread(model->parts[i].smooth);
        }
        numbers[i * COLUMNS + SPREAD] = spread;
        numbers[i * COLUMNS + BINS] = (double)bins;
    }
    if (!code)
        code = report_inputs(report, "attributes", columns, COLUMNS, whole, numbers);
    weir_free(numbers);
    return code;
}

static weir_code hba_describe(const void *state, const weir_model *whole, weir_report *report,
                              weir_error *err)
{
    const hba *model = state;
    weir_code code = weir_report_text(report, "hba_type", types[model->options.type]);

    if (!code && model->options.type == DENSITY)
        code = weir_report_number(report, "bandwidth", model->options.bandwidth);
    if (!code && model->options.type == HBOS)
        code = weir_report_number(report, "n_bins", (double)model->options.n_bins);
    if (!code)
        code = weir_report_number(report, "contamination", model->options.contamination);
    if (!code)
        code = weir_report_number(report, "threshold", model->threshold);
    if (!code)
        code = weir_report_text(report, "threshold_rule",
                                "1 - contamination quantile of the sum of the attributes' scores, "
                                "taken as independent");
    if (!code)
        code = describe_attributes(model, whole, report);
    return code ? weir_fail(err, code, "no room for a report") : WEIR_OK;
}

/* --- bytes:  u8 type | f64 bandwidth | u32 n_bins | f64 contamination | f64 threshold | per input the bins of hbos, or
 * f64 spread | u32 nodes | per node f64 value | f64 end | f64 weight */

enum { NODE_BYTES = 24 };

static void hba_save(const void *state, weir_bytes *out)
{
    const hba *model = state;

    weir_bytes_u8(out, (uint8_t)model->options.type);
    weir_bytes_f64(out, model->options.bandwidth);
    weir_bytes_u32(out, (uint32_t)model->options.n_bins);
    weir_bytes_f64(out, model->options.contamination);
    weir_bytes_f64(out, model->threshold);
    for (size_t i = 0; i < model->inputs; i++) {
        size_t count = 0;
        if (model->options.type == HBOS) {
            equal_bins_write(&model->parts[i].bins, out);
            continue;
        }
        const curve_node *nodes = curve_nodes(model->parts[i].smooth, &count);
        weir_bytes_f64(out, curve_spread(model->parts[i].smooth));
        weir_bytes_u32(out, (uint32_t)count);
        for (size_t n = 0; n < count; n++) {
            weir_bytes_f64(out, nodes[n].value);
            weir_bytes_f64(out, nodes[n].end);
            weir_bytes_f64(out, nodes[n].weight);
        }
    }
}

static bool node_valid(const curve_node *nodes, size_t i)
{
    const curve_node *n = &nodes[i];

    return fabs(n->value) <= 2 * WEIR_CELL_MAX && n->end >= n->value &&
           n->end <= 2 * WEIR_CELL_MAX && n->weight > 0 && n->weight <= 1 &&
           (i == 0 || n->value > n[-1].value) && (i == 0 || n->value >= n[-1].end);
}

static weir_code read_curve(weir_reader *reader, double bandwidth, curve **out, weir_error *err)
{
    double spread = weir_read_f64(reader);
    size_t count = weir_read_u32(reader);
    curve_node *nodes = NULL;
    weir_code code = WEIR_OK;

    if (reader->failed || count > WEIR_HISTOGRAM_BINS ||
        count * NODE_BYTES > weir_reader_left(reader) ||
        !(spread >= 0 && spread <= 100 * WEIR_CELL_MAX))
        return weir_fail(err, WEIR_CORRUPT, "model: %zu bins of spread %g", count, spread);
    if (!(nodes = weir_malloc((count ? count : 1) * sizeof *nodes)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for %zu bins", count);
    for (size_t i = 0; i < count && !code; i++) {
        nodes[i].value = weir_read_f64(reader);
        nodes[i].end = weir_read_f64(reader);
        nodes[i].weight = weir_read_f64(reader);
        if (!node_valid(nodes, i))
            code = weir_fail(err, WEIR_CORRUPT, "model: bin %zu of %zu is not valid", i, count);
    }
    if (!code)
        code = curve_new(nodes, count, spread, bandwidth, out, err);
    weir_free(nodes);
    return code;
}

static weir_code hba_load(weir_reader *reader, size_t inputs, void **state, weir_error *err)
{
    hba_options from = {.type = weir_read_u8(reader)};
    hba *model = NULL;
    weir_code code = WEIR_OK;

    from.bandwidth = weir_read_f64(reader);
    from.n_bins = weir_read_u32(reader);
    from.contamination = weir_read_f64(reader);
    double threshold = weir_read_f64(reader);
    if (reader->failed || from.type > HBOS ||
        !(from.bandwidth >= LEAST_BANDWIDTH && from.bandwidth <= GREATEST_BANDWIDTH) ||
        !(from.contamination >= 0 && from.contamination <= GREATEST_CONTAMINATION) ||
        !isfinite(threshold) || inputs > weir_reader_left(reader))
        return weir_fail(err, WEIR_CORRUPT, "model: the head of hba is not valid");
    if ((code = hba_new(inputs, &from, &model, err)))
        return code;
    model->threshold = threshold;
    for (size_t i = 0; i < inputs && !code; i++)
        code = from.type == DENSITY
                   ? read_curve(reader, from.bandwidth, &model->parts[i].smooth, err)
                   : equal_bins_read(reader, &model->parts[i].bins, err);
    if (!code) {
        *state = model;
        model = NULL;
    }
    hba_free(model);
    return code;
}

static const char *const predict_info[] = {"res", "anomaly_score", NULL};
static const char *const score_info[] = {"anomaly_score", NULL};

const weir_algorithm weir_hba = {
    .id = "hba",
    .title = "Histogram-based outlier score",
    .help = "Scores a row by how rare each of its values is, attribute by attribute.",
    .paper = "M. Goldstein, A. Dengel: Histogram-Based Outlier Score (HBOS): A Fast Unsupervised "
             "Anomaly Detection Algorithm. KI-2012.",
    .kind = WEIR_KIND_ANOMALY,
    .targets = WEIR_TARGET_NONE,
    .needs = WEIR_NEEDS_HISTOGRAMS,
    .options = options,
    .options_size = sizeof(hba_options),
    .predict_info = predict_info,
    .score_info = score_info,
    .build = hba_build,
    .score = hba_score,
    .explain = hba_explain,
    .describe = hba_describe,
    .save = hba_save,
    .load = hba_load,
    .free = hba_free,
};
