/* decay.c: a row weighs half of one that came a half-life later.
 *
 * Weight is lost in steps: all sums are scaled at once, so a step costs as much as the summary is large, whatever the
 * rows. A step is STEPS to a half-life. By rows it is taken each time that many rows have come, counted through all
 * batches: with half-life h and steps of s = max(1, floor(h / STEPS)) rows, row number k of n (from 0) weighs
 *
 *     2^-(s (floor((n - 1) / s) - floor(k / s)) / h)
 *
 * which is its exact weight, or one too large by a factor below 2^(1 / STEPS), about 1 %; up to a half-life of
 * 2 STEPS - 1 rows it is exact. By time the clock ticks in STEPS of the half-life in the same way, and a batch counts
 * at the tick of its arrival; a clock that is set back stands still. Either way the weights depend on which rows came
 * when, and not on how they were cut into batches.
 *
 * What has lost nearly all its weight is dropped by weir_summary_scale(). Least and greatest values are those of all rows: a row
 * weighs less, but it was there.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "decay.h"

#include <math.h>

#include "data/batch_rows.h"

enum { STEPS = 64 };

bool decay_asked(const weir_collection_options *options)
{
    return options->decay_rows > 0 || options->decay_ms > 0;
}

static weir_code step_by_time(decay_clock *clock, summary_set *set, double half_life,
                              int64_t arrival_ms, weir_error *err)
{
    double length = half_life / STEPS, tick = floor((double)arrival_ms / length);
    /* Ticks are counted in whole numbers that a double holds exactly. */
    int64_t at = (int64_t)fmin(fmax(tick, -0x1p53), 0x1p53);
    double steps = clock->ticking && at > clock->tick ? (double)(at - clock->tick) : 0;

    clock->tick = clock->ticking && clock->tick > at ? clock->tick : at;
    clock->ticking = true;
    return steps > 0 ? set_scale(set, exp2(-steps / STEPS), err) : WEIR_OK;
}

static weir_code take_by_rows(decay_clock *clock, summary_set *set,
                              const weir_collection_options *options, const weir_batch *batch,
                              weir_error *err)
{
    double step = fmax(1, floor(options->decay_rows / STEPS));
    double weight = exp2(-step / options->decay_rows);
    uint64_t length = (uint64_t)step;
    weir_code code = WEIR_OK;

    for (size_t at = 0; !code && at < batch->rows;) {
        size_t left = batch->rows - at, part;
        weir_batch *rows = NULL;

        if (clock->taken >= length) {
            if ((code = set_scale(set, weight, err)))
                break;
            clock->taken = 0;
        }
        part = left < length - clock->taken ? left : (size_t)(length - clock->taken);
        if (part == batch->rows)
            code = set_absorb(set, options, batch, 1, err);
        else if (!(code = batch_rows_copy(batch, NULL, at, part, &rows, err)))
            code = set_absorb(set, options, rows, 1, err);
        weir_batch_free(rows);
        clock->taken += part;
        at += part;
    }
    return code;
}

weir_code decay_take(decay_clock *clock, summary_set *set, const weir_collection_options *options,
                     const weir_batch *batch, weir_error *err)
{
    decay_clock moved = *clock;
    weir_code code = WEIR_OK;

    if (options->decay_ms > 0)
        code = step_by_time(&moved, set, options->decay_ms, batch->arrival_ms, err);
    if (!code)
        code = options->decay_rows > 0 ? take_by_rows(&moved, set, options, batch, err)
                                       : set_absorb(set, options, batch, 1, err);
    if (code) {
        set_cancel(set);
        return code;
    }
    set_commit(set);
    *clock = moved;
    return WEIR_OK;
}

void decay_write(const decay_clock *clock, weir_bytes *out)
{
    weir_bytes_u64(out, clock->taken);
    weir_bytes_u64(out, (uint64_t)clock->tick);
    weir_bytes_u8(out, clock->ticking);
}

weir_code decay_read(weir_reader *reader, decay_clock *clock, weir_error *err)
{
    clock->taken = weir_read_u64(reader);
    clock->tick = (int64_t)weir_read_u64(reader);
    clock->ticking = weir_read_u8(reader) != 0;
    if (reader->failed || clock->tick > (int64_t)1 << 53 || clock->tick < -((int64_t)1 << 53))
        return weir_fail(err, WEIR_CORRUPT, "the clock of the decay is not readable");
    return WEIR_OK;
}
