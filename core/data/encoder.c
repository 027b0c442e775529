/* encoder.c: see weir/encoder.h.
 *
 * Keys and the values of a key are found by a hash of their text. Sums are double-double, so that the order of rows
 * does not show in them.
 *
 * A batch tells its texts once, in the dictionary of each column. Learning and encoding first settle what each word of
 * a dictionary stands for, and then run over the rows with codes alone.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <math.h>
#include <string.h>

#include "data/encoder_state.h"
#include "data/list_items.h"
#include "data/word_index.h"
#include "weir/memory.h"

#define SOURCES_MOST 4096

/* A mean of cells is at most the greatest cell, but for the rounding of the division. */
#define MEAN_MOST (WEIR_CELL_MAX * (1 + 1e-12))

/* --- keys and values */

static bool is_encoded(weir_type type)
{
    return type == WEIR_S || type == WEIR_L;
}

static weir_code add_key(weir_encoder *encoder, const char *name, size_t length, weir_type type,
                         weir_error *err)
{
    encoder_key added = {.type = type};

    if (encoder->key_count == WEIR_ENCODER_KEYS_MAX)
        return weir_fail(err, WEIR_TOO_LARGE, "key %.*s: an encoder has at most %d", (int)length,
                         name, WEIR_ENCODER_KEYS_MAX);
    if (encoder->key_count == encoder->key_capacity) {
        size_t capacity = encoder->key_capacity ? 2 * encoder->key_capacity : 8;
        encoder_key *grown = weir_realloc_array(encoder->keys, capacity, sizeof *grown);

        if (!grown)
            return weir_fail(err, WEIR_NO_MEMORY, "no room for %zu keys", capacity);
        encoder->keys = grown;
        encoder->key_capacity = capacity;
    }
    added.name = weir_strndup(name, length);
    if (!added.name ||
        !word_index_add(&encoder->key_index, added.name, length, encoder->key_count)) {
        weir_free(added.name);
        return weir_fail(err, WEIR_NO_MEMORY, "no room for key %.*s", (int)length, name);
    }
    encoder->keys[encoder->key_count++] = added;
    return WEIR_OK;
}

weir_code encoder_key_get(weir_encoder *encoder, const char *name, size_t length, weir_type type,
                          size_t *out, weir_error *err)
{
    size_t at = word_index_find(encoder->key_index, name, length);

    *out = at == WEIR_NONE ? encoder->key_count : at;
    if (at == WEIR_NONE)
        return add_key(encoder, name, length, type, err);
    if (!is_encoded(encoder->keys[at].type) && !is_encoded(type))
        encoder->keys[at].type = type; /* only noted */
    if (encoder->keys[at].type != type)
        return weir_fail(err, WEIR_INVALID, "key %.100s has type %c in the encoder, not %c",
                         encoder->keys[at].name, (char)encoder->keys[at].type, (char)type);
    return WEIR_OK;
}

weir_code encoder_value_get(weir_encoder *encoder, size_t key, const char *text, size_t length,
                            size_t *out, weir_error *err)
{
    encoder_key *of = &encoder->keys[key];
    encoder_value added = {0};

    if ((*out = word_index_find(of->index, text, length)) != WEIR_NONE)
        return WEIR_OK;
    if (encoder->value_count == WEIR_ENCODER_VALUES_MAX)
        return weir_fail(err, WEIR_TOO_LARGE, "key %.100s: an encoder holds at most %zu values",
                         of->name, WEIR_ENCODER_VALUES_MAX);
    if (of->count == of->capacity) {
        size_t capacity = of->capacity ? 2 * of->capacity : 16;
        encoder_value *grown = weir_realloc_array(of->values, capacity, sizeof *grown);

        if (!grown)
            goto no_room;
        of->values = grown;
        of->capacity = capacity;
    }
    added.text = weir_strndup(text, length);
    if (!added.text || !word_index_add(&of->index, added.text, length, of->count))
        goto no_room;
    *out = of->count;
    of->values[of->count++] = added;
    encoder->value_count++;
    return WEIR_OK;
no_room:
    weir_free(added.text);
    return weir_fail(err, WEIR_NO_MEMORY, "key %.100s: no room for a value", of->name);
}

/* --- life */

static weir_code check_target(const char *target, weir_type type, double least, weir_error *err)
{
    size_t length = strlen(target);

    if (length == 0 || length > WEIR_NAME_MAX || !weir_utf8_valid(target, length))
        return weir_fail(err, WEIR_INVALID, "the target of an encoder is a name of 1 to %d bytes",
                         WEIR_NAME_MAX);
    if (type != WEIR_C && type != WEIR_B && type != WEIR_X)
        return weir_fail(err, WEIR_INVALID, "the target %.100s of an encoder has type C or B",
                         target);
    if (!(least >= 0 && least <= 9007199254740992.0))
        return weir_fail(err, WEIR_INVALID, "minTrimSize is %g; it is 0 or a number of rows",
                         least);
    if (least > 0 && type == WEIR_C)
        return weir_fail(err, WEIR_INVALID,
                         "minTrimSize counts positives: the target %.100s has to be of type B",
                         target);
    return WEIR_OK;
}

weir_code weir_encoder_new(const char *target, weir_type type, double least, weir_encoder **out,
                           weir_error *err)
{
    weir_encoder *encoder = NULL;
    weir_code code = check_target(target, type, least, err);

    if (code)
        return code;
    encoder = weir_calloc(1, sizeof *encoder);
    if (!encoder || !(encoder->target = weir_strdup(target))) {
        weir_free(encoder);
        return weir_fail(err, WEIR_NO_MEMORY, "no room for an encoder");
    }
    encoder->target_type = type;
    encoder->least = least;
    *out = encoder;
    return WEIR_OK;
}

void weir_encoder_free(weir_encoder *encoder)
{
    if (!encoder)
        return;
    word_index_clear(&encoder->key_index);
    for (size_t k = 0; k < encoder->key_count; k++) {
        encoder_key *key = &encoder->keys[k];

        word_index_clear(&key->index);
        for (size_t v = 0; v < key->count; v++)
            weir_free(key->values[v].text);
        weir_free(key->values);
        weir_free(key->name);
    }
    for (size_t i = 0; i < encoder->source_count; i++)
        weir_free(encoder->sources[i]);
    weir_free(encoder->sources);
    weir_free(encoder->keys);
    weir_free(encoder->target);
    weir_free(encoder);
}

static weir_code add_key_of(weir_encoder *into, const encoder_key *key, weir_error *err)
{
    size_t k = 0, v = 0;
    weir_code code = encoder_key_get(into, key->name, strlen(key->name), key->type, &k, err);

    for (size_t i = 0; !code && i < key->count; i++) {
        const encoder_value *value = &key->values[i];

        if (!(code = encoder_value_get(into, k, value->text, strlen(value->text), &v, err))) {
            encoder_value *to = &into->keys[k].values[v];

            to->count += value->count;
            to->sum = weir_dd_add(to->sum, value->sum);
        }
    }
    return code;
}

/* The type of an undecided target becomes type. */
static weir_code decide(weir_encoder *encoder, weir_type type, weir_error *err)
{
    weir_code code = WEIR_OK;

    if (encoder->target_type == WEIR_X && type != WEIR_X &&
        !(code = check_target(encoder->target, type, encoder->least, err)))
        encoder->target_type = type;
    return code;
}

weir_code weir_encoder_merge(weir_encoder *into, const weir_encoder *other, weir_error *err)
{
    weir_code code = decide(into, other->target_type, err);

    if (!code && (strcmp(into->target, other->target) != 0 ||
                  (other->target_type != WEIR_X && into->target_type != other->target_type)))
        code = weir_fail(err, WEIR_INVALID, "targets %.100s (%c) and %.100s (%c) are not the same",
                         into->target, (char)into->target_type, other->target,
                         (char)other->target_type);
    for (size_t k = 0; !code && k < other->key_count; k++)
        code = add_key_of(into, &other->keys[k], err);
    for (size_t i = 0; !code && i < other->source_count; i++)
        code = weir_encoder_note(into, other->sources[i], err);
    into->rows += other->rows;
    into->sum = weir_dd_add(into->sum, other->sum);
    return code;
}

weir_code weir_encoder_note(weir_encoder *encoder, const char *source, weir_error *err)
{
    char **grown;

    for (size_t i = 0; i < encoder->source_count; i++)
        if (strcmp(encoder->sources[i], source) == 0)
            return WEIR_OK;
    if (!*source || strlen(source) > WEIR_NAME_MAX || !weir_utf8_valid(source, strlen(source)) ||
        encoder->source_count == SOURCES_MOST)
        return weir_fail(err, WEIR_INVALID,
                         "an encoder notes at most %d data sources with names "
                         "of 1 to %d bytes",
                         SOURCES_MOST, WEIR_NAME_MAX);
    grown = weir_realloc_array(encoder->sources, encoder->source_count + 1, sizeof *grown);
    if (grown)
        encoder->sources = grown;
    if (!grown || !(grown[encoder->source_count] = weir_strdup(source)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the name of a data source");
    encoder->source_count++;
    return WEIR_OK;
}

size_t weir_encoder_sources(const weir_encoder *encoder)
{
    return encoder->source_count;
}

const char *weir_encoder_source(const weir_encoder *encoder, size_t i)
{
    return encoder->sources[i];
}

weir_code weir_encoder_copy(const weir_encoder *encoder, weir_encoder **out, weir_error *err)
{
    weir_encoder *copy = NULL;
    weir_code code =
        weir_encoder_new(encoder->target, encoder->target_type, encoder->least, &copy, err);

    if (!code && !(code = weir_encoder_merge(copy, encoder, err))) {
        *out = copy;
        copy = NULL; /* the caller's now */
    }
    weir_encoder_free(copy);
    return code;
}

const char *weir_encoder_target(const weir_encoder *encoder)
{
    return encoder->target;
}

weir_type weir_encoder_target_type(const weir_encoder *encoder)
{
    return encoder->target_type;
}

double weir_encoder_least(const weir_encoder *encoder)
{
    return encoder->least;
}

double weir_encoder_rows(const weir_encoder *encoder)
{
    return encoder->rows;
}

/* --- words of a batch as values */

/* Calls value for each value that a word of a column of that type stands for; a word without any stands for "". The
 * text handed over is normalised and lives until value returns. */
typedef weir_code (*value_call)(void *context, const char *text, size_t length, weir_error *err);

static weir_code each_value(weir_type type, const char *word, value_call value, void *context,
                            weir_error *err)
{
    char normal[WEIR_VALUE_MAX + 1];
    const char *at = word, *item = word;
    size_t length = strlen(word), found = 0;
    weir_code code = WEIR_OK;

    while (!code && (type == WEIR_L ? list_item_next(&at, &item, &length) : found == 0)) {
        const char *text;

        memcpy(normal, item, length);
        text = weir_category_normalise(normal, &length);
        code = value(context, text, length, err);
        found++;
    }
    return !code && found == 0 ? value(context, "", 0, err) : code;
}

/* --- learning */

/* The values of the words of one column: word w has places[starts[w]] to places[starts[w + 1] - 1]. */
typedef struct {
    weir_encoder *encoder;
    size_t key;
    size_t *starts;
    size_t *places;
    size_t count, capacity;
} word_places;

static weir_code add_place(void *context, const char *text, size_t length, weir_error *err)
{
    word_places *into = context;

    if (into->count == into->capacity) {
        size_t capacity = into->capacity ? 2 * into->capacity : 64;
        size_t *grown = weir_realloc_array(into->places, capacity, sizeof *grown);

        if (!grown)
            return weir_fail(err, WEIR_NO_MEMORY, "no room for %zu values", capacity);
        into->places = grown;
        into->capacity = capacity;
    }
    return encoder_value_get(into->encoder, into->key, text, length, &into->places[into->count++],
                             err);
}

/* Which words the rows with a target have; the last flag is for rows without a cell. */
static void mark_used(const weir_batch *batch, const weir_batch_column *column,
                      const weir_batch_column *target, uint8_t *used)
{
    for (size_t r = 0; r < batch->rows; r++)
        if (target->present[r])
            used[column->present[r] ? column->codes[r] : column->word_count] = 1;
}

static void add_rows(const weir_batch *batch, const weir_batch_column *column,
                     const weir_batch_column *target, const word_places *places)
{
    encoder_value *values = places->encoder->keys[places->key].values;

    for (size_t r = 0; r < batch->rows; r++) {
        size_t word = column->present[r] ? column->codes[r] : column->word_count;

        if (!target->present[r])
            continue;
        for (size_t i = places->starts[word]; i < places->starts[word + 1]; i++) {
            encoder_value *value = &values[places->places[i]];

            value->count++;
            value->sum = weir_dd_add(value->sum, weir_dd_of(target->values[r]));
        }
    }
}

static weir_code learn_column(weir_encoder *encoder, const weir_batch *batch,
                              const weir_batch_column *column, const weir_batch_column *target,
                              size_t key, weir_error *err)
{
    size_t words = column->word_count + 1;
    word_places places = {.encoder = encoder, .key = key};
    uint8_t *used = weir_calloc(words, 1);
    weir_code code = WEIR_OK;

    places.starts = weir_calloc(words + 1, sizeof *places.starts);
    if (!used || !places.starts) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for the words of %.100s", column->name);
        goto done;
    }
    mark_used(batch, column, target, used);
    for (size_t w = 0; !code && w < words; w++) {
        if (used[w])
            code = each_value(column->type, w < column->word_count ? column->words[w] : "",
                              add_place, &places, err);
        places.starts[w + 1] = places.count;
    }
    if (!code && places.places) /* none where no row has a target */
        add_rows(batch, column, target, &places);
done:
    weir_free(used);
    weir_free(places.starts);
    weir_free(places.places);
    return code;
}

static void learn_target(weir_encoder *encoder, const weir_batch *batch,
                         const weir_batch_column *target)
{
    for (size_t r = 0; r < batch->rows; r++) {
        if (!target->present[r])
            continue;
        encoder->rows++;
        encoder->sum = weir_dd_add(encoder->sum, weir_dd_of(target->values[r]));
    }
}

weir_code weir_encoder_learn(weir_encoder *encoder, const weir_batch *batch, uint64_t *rows,
                             weir_error *err)
{
    size_t at = weir_batch_find(batch, encoder->target, strlen(encoder->target)), key = 0;
    const weir_batch_column *target = at == WEIR_NONE ? NULL : &batch->columns[at];
    double before = encoder->rows;
    weir_code code = WEIR_OK;

    if (!target)
        return weir_fail(err, WEIR_INVALID, "the target %.100s of the encoder is not there",
                         encoder->target);
    if ((code = decide(encoder, target->type, err)))
        return code;
    if (target->type != encoder->target_type || !target->values)
        return weir_fail(err, WEIR_INVALID, "the target %.100s of the encoder has type %c, not %c",
                         encoder->target, (char)encoder->target_type, (char)target->type);
    for (size_t i = 0; !code && i < batch->column_count; i++) {
        const weir_batch_column *column = &batch->columns[i];

        if (column->type == WEIR_X || column->hidden)
            continue;
        code =
            encoder_key_get(encoder, column->name, strlen(column->name), column->type, &key, err);
        if (!code && is_encoded(column->type))
            code = learn_column(encoder, batch, column, target, key, err);
    }
    if (code)
        return code;
    learn_target(encoder, batch, target);
    if (rows)
        *rows = (uint64_t)(encoder->rows - before);
    return WEIR_OK;
}

/* --- encoding */

static bool is_shown(const weir_encoder *encoder, const encoder_value *value)
{
    return encoder->least == 0 || value->sum.hi >= encoder->least;
}

/* What a value never seen is worth; NaN when nothing was seen at all. */
static double unseen(const weir_encoder *encoder, const encoder_key *key)
{
    weir_dd sum = {0, 0};
    double count = 0;

    if (encoder->rows > 0)
        return weir_dd_divide(encoder->sum, weir_dd_of(encoder->rows)).hi;
    for (size_t v = 0; v < key->count; v++) {
        sum = weir_dd_add(sum, key->values[v].sum);
        count += key->values[v].count;
    }
    return count > 0 ? weir_dd_divide(sum, weir_dd_of(count)).hi : NAN;
}

/* The mean over the values of one word. */
typedef struct {
    const weir_encoder *encoder;
    const encoder_key *key;
    double unseen;
    weir_dd sum;
    double count;
    bool empty_known; /* the value "" was looked up and is known */
} word_mean;

static weir_code add_value(void *context, const char *text, size_t length, weir_error *err)
{
    word_mean *mean = context;
    size_t at = word_index_find(mean->key->index, text, length);
    const encoder_value *value = at == WEIR_NONE ? NULL : &mean->key->values[at];
    bool known = value && value->count > 0 && is_shown(mean->encoder, value);
    weir_dd worth =
        known ? weir_dd_divide(value->sum, weir_dd_of(value->count)) : weir_dd_of(mean->unseen);

    (void)err;
    if (length == 0)
        mean->empty_known = known;
    mean->sum = weir_dd_add(mean->sum, worth);
    mean->count++;
    return WEIR_OK;
}

/* What a word stands for; NaN for none. */
static double encode_word(const weir_encoder *encoder, const encoder_key *key, double fallback,
                          const char *word)
{
    word_mean mean = {.encoder = encoder, .key = key, .unseen = fallback, .empty_known = true};
    double x;

    each_value(key->type, word, add_value, &mean, NULL);
    x = weir_dd_divide(mean.sum, weir_dd_of(mean.count)).hi;
    if (!mean.empty_known || isnan(x)) /* nothing was seen at all */
        return NAN;
    return fmax(-WEIR_CELL_MAX, fmin(WEIR_CELL_MAX, x));
}

static weir_code encode_column(const weir_encoder *encoder, const encoder_key *key,
                               weir_batch *batch, size_t index, weir_error *err)
{
    const weir_batch_column *column = &batch->columns[index];
    double fallback = unseen(encoder, key);
    double *worth = weir_calloc(column->word_count + 1, sizeof *worth);
    double *values = weir_calloc(batch->rows + 1, sizeof *values);
    uint8_t *present = weir_calloc(batch->rows + 1, 1);
    weir_code code = WEIR_OK;

    if (!worth || !values || !present) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room to encode column %.100s", column->name);
        goto done;
    }
    for (size_t w = 0; w <= column->word_count; w++)
        worth[w] =
            encode_word(encoder, key, fallback, w < column->word_count ? column->words[w] : "");
    for (size_t r = 0; r < batch->rows; r++) {
        values[r] = worth[column->present[r] ? column->codes[r] : column->word_count];
        present[r] = !isnan(values[r]);
    }
    code = weir_batch_to_numbers(batch, index, values, present, err);
done:
    weir_free(worth);
    weir_free(values);
    weir_free(present);
    return code;
}

weir_code weir_encoder_apply(const weir_encoder *encoder, weir_batch *batch, const char *except,
                             weir_error *err)
{
    weir_code code = WEIR_OK;

    for (size_t i = 0; !code && i < batch->column_count; i++) {
        const weir_batch_column *column = &batch->columns[i];
        size_t key;

        if (!is_encoded(column->type) || column->hidden ||
            (except && strcmp(column->name, except) == 0))
            continue;
        key = word_index_find(encoder->key_index, column->name, strlen(column->name));
        if (key != WEIR_NONE && is_encoded(encoder->keys[key].type))
            code = encode_column(encoder, &encoder->keys[key], batch, i, err);
    }
    return code;
}

weir_type weir_encoder_type(const weir_encoder *encoder, const char *name, size_t length)
{
    size_t key = word_index_find(encoder->key_index, name, length);

    return key != WEIR_NONE && is_encoded(encoder->keys[key].type) ? encoder->keys[key].type
                                                                   : WEIR_X;
}

/* --- looking and editing */

size_t weir_encoder_keys(const weir_encoder *encoder)
{
    return encoder->key_count;
}

weir_encoder_key weir_encoder_key_at(const weir_encoder *encoder, size_t i)
{
    const encoder_key *key = &encoder->keys[i];
    weir_encoder_key out = {.name = key->name, .type = key->type};
    double total = 0;

    for (size_t v = 0; v < key->count; v++) {
        if (!is_shown(encoder, &key->values[v]))
            continue;
        out.values++;
        total += key->values[v].count;
    }
    if (out.values == 0)
        return out;
    out.mean = total / (double)out.values;
    for (size_t v = 0; v < key->count; v++)
        if (is_shown(encoder, &key->values[v])) {
            double off = key->values[v].count - out.mean;

            out.variance += off * off / (double)out.values;
        }
    return out;
}

size_t weir_encoder_find(const weir_encoder *encoder, const char *name)
{
    return word_index_find(encoder->key_index, name, strlen(name));
}

weir_code weir_encoder_walk(const weir_encoder *encoder, size_t key, weir_encoder_see see,
                            void *context, weir_error *err)
{
    const encoder_key *of = &encoder->keys[key];
    weir_code code = WEIR_OK;

    for (size_t v = 0; !code && v < of->count; v++)
        if (is_shown(encoder, &of->values[v]))
            code = see(context, of->values[v].text, of->values[v].count, of->values[v].sum.hi, err);
    return code;
}

weir_code encoder_check(const weir_encoder *encoder, double count, double sum, weir_error *err)
{
    if (!(count >= 0 && count <= 9007199254740992.0) || !isfinite(sum))
        return weir_fail(err, WEIR_INVALID, "count %g, sum %g: no rows have these", count, sum);
    if (count == 0 && sum != 0)
        return weir_fail(err, WEIR_INVALID, "a sum of %g over no rows", sum);
    if (encoder->target_type == WEIR_B && (sum < 0 || sum > count))
        return weir_fail(err, WEIR_INVALID,
                         "the target %.100s is binary: a sum of %g over %g rows is impossible",
                         encoder->target, sum, count);
    if (count > 0 && fabs(sum / count) > MEAN_MOST)
        return weir_fail(err, WEIR_INVALID, "a mean of %g is beyond %g", sum / count,
                         WEIR_CELL_MAX);
    return WEIR_OK;
}

weir_code weir_encoder_set(weir_encoder *encoder, const char *key, weir_type type,
                           const char *value, double count, double sum, weir_error *err)
{
    char normal[WEIR_VALUE_MAX + 1];
    size_t length = strlen(value), name = strlen(key), k = 0, v = 0;
    const char *text;
    weir_code code = encoder_check(encoder, count, sum, err);

    if (code)
        return weir_explain(err, code, "value \"%.60s\"", value);
    if (!is_encoded(type))
        return weir_fail(err, WEIR_INVALID, "key %.100s: values belong to type S or L, not %c", key,
                         (char)type);
    if (name == 0 || name > WEIR_NAME_MAX || !weir_utf8_valid(key, name))
        return weir_fail(err, WEIR_INVALID, "a key is a name of 1 to %d bytes", WEIR_NAME_MAX);
    if (length > WEIR_VALUE_MAX || !weir_utf8_valid(value, length))
        return weir_fail(err, WEIR_INVALID, "key %.100s: a value is UTF-8 of at most %d bytes", key,
                         WEIR_VALUE_MAX);
    memcpy(normal, value, length + 1);
    text = weir_category_normalise(normal, &length);
    if ((code = encoder_key_get(encoder, key, name, type, &k, err)) ||
        (code = encoder_value_get(encoder, k, text, length, &v, err)))
        return code;
    encoder->keys[k].values[v].count = count;
    encoder->keys[k].values[v].sum = weir_dd_of(sum);
    return WEIR_OK;
}
