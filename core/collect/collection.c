/* collection.c: what a batch becomes under the rules of a project.
 *
 *     batch --sequence--> rows --+--> whole, with parts, decayed     (or: the window)
 *                                +--> the window beside it
 *
 * Each rule is a file that knows only the sets of summaries it works on; here they are put one behind the other. A
 * collection without rules is one summary and passes everything on to it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <string.h>

#include "data/batch_rows.h"
#include "inside.h"
#include "weir/memory.h"

static weir_code check_options(const weir_collection_options *options, weir_error *err)
{
    if (options->window_rows && decay_asked(options))
        return weir_fail(err, WEIR_INVALID, "a window and a decay exclude each other");
    if (options->window_rows > WEIR_WINDOW_MOST)
        return weir_fail(err, WEIR_INVALID, "a window of %zu rows; %zu are allowed",
                         options->window_rows, WEIR_WINDOW_MOST);
    if (options->sequence_order > WEIR_SEQUENCE_MOST)
        return weir_fail(err, WEIR_INVALID, "n-grams of order %zu; %d is the most",
                         options->sequence_order, WEIR_SEQUENCE_MOST);
    return WEIR_OK;
}

/* A collection without summaries. */
static weir_code make(const weir_collection_options *options, weir_collection **out,
                      weir_error *err)
{
    weir_collection *collection = NULL;
    weir_code code = check_options(options, err);

    if (code)
        return code;
    if (!(collection = weir_calloc(1, sizeof *collection)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for a collection of summaries");
    collection->options = *options;
    collection->window.limit = options->window_rows;
    if (options->partition && !(collection->partition = weir_strdup(options->partition))) {
        weir_collection_free(collection);
        return weir_fail(err, WEIR_NO_MEMORY, "no room for a collection of summaries");
    }
    collection->options.partition = collection->partition;
    *out = collection;
    return WEIR_OK;
}

weir_code weir_collection_new(const weir_collection_options *options, weir_collection **out,
                              weir_error *err)
{
    weir_collection *collection = NULL;
    weir_code code = make(options, &collection, err);

    if (!code && !(code = set_new(&collection->whole, &options->summary, err)) &&
        options->window_rows && options->window_embedded)
        code = set_new(&collection->recent, &options->summary, err);
    if (!code) {
        *out = collection;
        collection = NULL; /* the caller's now */
    }
    weir_collection_free(collection);
    return code;
}

void weir_collection_free(weir_collection *collection)
{
    if (!collection)
        return;
    set_free(&collection->whole);
    set_free(&collection->recent);
    window_free(&collection->window);
    weir_batch_free(collection->carry);
    weir_free(collection->partition);
    weir_free(collection);
}

weir_code weir_collection_copy(const weir_collection *collection, weir_collection **out,
                               weir_error *err)
{
    weir_collection *copy = NULL;
    weir_code code = make(&collection->options, &copy, err);

    if (code || (code = set_copy(&collection->whole, &copy->whole, err)) ||
        (code = set_copy(&collection->recent, &copy->recent, err)) ||
        (code = window_copy(&collection->window, &copy->window, err)) ||
        (collection->carry && (code = batch_rows_copy(collection->carry, NULL, 0,
                                                      collection->carry->rows, &copy->carry, err))))
        goto done;
    copy->clock = collection->clock;
    *out = copy;
    copy = NULL; /* the caller's now */
done:
    weir_collection_free(copy);
    return code;
}

/* --- taking rows in */

static weir_code check_sign(const weir_collection *collection, const weir_batch *batch, double sign,
                            weir_error *err)
{
    const weir_collection_options *options = &collection->options;

    if (sign > 0)
        return WEIR_OK;
    if (options->window_rows)
        return weir_fail(err, WEIR_INVALID,
                         "rows leave the window of the last %zu by themselves: forget is refused",
                         options->window_rows);
    if (decay_asked(options))
        return weir_fail(err, WEIR_INVALID,
                         "rows lose their weight with the decay, so what they weigh now is not "
                         "known: forget is refused");
    if (options->sequence_order && !sequence_in_rows(batch))
        return weir_fail(err, WEIR_INVALID,
                         "the rows are steps of a sequence and stand with those before them: "
                         "forget is refused");
    return WEIR_OK;
}

weir_code weir_collection_check(const weir_collection *collection, const weir_batch *batch,
                                double sign, weir_error *err)
{
    const weir_collection_options *options = &collection->options;
    weir_batch *grams = NULL, *rest = NULL;
    size_t new_parts;
    weir_code code = check_sign(collection, batch, sign, err);

    if (code)
        return code;
    if (options->sequence_order) {
        if ((code = sequence_grams(options->sequence_order, collection->carry, batch, &grams, &rest,
                                   err)))
            return code;
        batch = grams;
    }
    if (!options->partition ||
        !(code = set_check(&collection->whole, options, batch, &new_parts, err)))
        code = weir_summary_check(set_whole(&collection->whole), batch, err);
    weir_batch_free(grams);
    weir_batch_free(rest);
    return code;
}

bool weir_collection_grows(const weir_collection *collection, const weir_batch *batch)
{
    size_t new_parts = 0;

    if (collection->options.sequence_order)
        return true;
    return collection->options.partition &&
           (set_check(&collection->whole, &collection->options, batch, &new_parts, NULL) ||
            new_parts > 0);
}

/* A change of the whole alone. */
static weir_code settle(summary_set *set, weir_code code)
{
    if (code)
        set_cancel(set);
    else
        set_commit(set);
    return code;
}

static weir_code take(weir_collection *collection, const weir_batch *batch, double sign,
                      weir_error *err)
{
    const weir_collection_options *options = &collection->options;
    summary_set *whole = &collection->whole;
    weir_code code;

    if (options->window_rows && !options->window_embedded)
        return window_take(&collection->window, whole, options, batch, err);
    if (decay_asked(options))
        return decay_take(&collection->clock, whole, options, batch, err);
    if (!options->window_rows && !options->partition)
        return weir_summary_absorb(whole->members[0].summary, batch, sign, err);
    code = set_absorb(whole, options, batch, sign, err);
    if (!code && options->window_rows) /* all or nothing, so the whole waits for it */
        code = window_take(&collection->window, &collection->recent, options, batch, err);
    return settle(whole, code);
}

weir_code weir_collection_absorb(weir_collection *collection, const weir_batch *batch, double sign,
                                 weir_error *err)
{
    weir_batch *grams = NULL, *rest = NULL;
    weir_code code = check_sign(collection, batch, sign, err);

    if (code)
        return code;
    if (!collection->options.sequence_order)
        return take(collection, batch, sign, err);
    if ((code = sequence_grams(collection->options.sequence_order, collection->carry, batch, &grams,
                               &rest, err)))
        return code;
    if (grams->rows == 0 || !(code = take(collection, grams, sign, err))) {
        weir_batch_free(collection->carry);
        collection->carry = rest;
        rest = NULL; /* the collection's now */
    }
    weir_batch_free(grams);
    weir_batch_free(rest);
    return code;
}

weir_code weir_collection_merge(weir_collection *collection, const weir_summary *other,
                                weir_error *err)
{
    const weir_collection_options *options = &collection->options;
    const char *rule = options->window_rows      ? "only the last rows count"
                       : decay_asked(options)    ? "rows lose their weight"
                       : options->partition      ? "rows are kept by partition"
                       : options->sequence_order ? "rows are tokens of a sequence"
                                                 : NULL;

    if (rule)
        return weir_fail(err, WEIR_INVALID, "%s, and a summary has no rows: merging is refused",
                         rule);
    return weir_summary_merge(collection->whole.members[0].summary, other, err);
}

weir_code weir_collection_set_histograms(weir_collection *collection, bool on, weir_error *err)
{
    const weir_collection_options *options = &collection->options;
    summary_set *whole = &collection->whole;
    weir_code code;

    if (options->window_rows && !options->window_embedded)
        return window_histograms(&collection->window, whole, options, on, err);
    code = set_histograms(whole, on, err);
    if (!code && options->window_rows)
        code = window_histograms(&collection->window, &collection->recent, options, on, err);
    return settle(whole, code);
}

/* --- looking */

const weir_summary *weir_collection_whole(const weir_collection *collection)
{
    return set_whole(&collection->whole);
}

const weir_summary *weir_collection_window(const weir_collection *collection)
{
    return collection->recent.count ? set_whole(&collection->recent) : NULL;
}

size_t weir_collection_parts(const weir_collection *collection)
{
    return collection->whole.count - 1;
}

const weir_summary *weir_collection_part(const weir_collection *collection, size_t i,
                                         const char **value)
{
    const member *part = &collection->whole.members[i + 1];

    *value = part->value;
    return part->summary;
}

size_t weir_collection_laws(const weir_collection *collection,
                            const char *sentences[WEIR_COLLECTION_LAWS + 1])
{
    const weir_collection_options *options = &collection->options;
    size_t count = 0;

    if (options->window_rows && !options->window_embedded)
        sentences[count++] = "only the last rows count: neither forget nor merge, and the order of "
                             "rows matters";
    else if (options->window_rows)
        sentences[count++] = "a window of the last rows is kept: neither forget nor merge";
    if (decay_asked(options))
        sentences[count++] = "older rows weigh less: neither forget nor merge, and the order of "
                             "rows matters; counts are fractions, least and greatest values are "
                             "those of all rows";
    if (options->partition)
        sentences[count++] = "rows are kept by partition: no merge";
    if (options->sequence_order)
        sentences[count++] = "rows are counted with those before them: the order of rows matters, "
                             "and there is no merge";
    sentences[count] = NULL;
    return count;
}

size_t weir_collection_memory(const weir_collection *collection)
{
    return sizeof *collection + set_memory(&collection->whole) + set_memory(&collection->recent) +
           window_memory(&collection->window);
}
