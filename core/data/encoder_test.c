/* encoder_test.c: encoders beside exact fractions (tests/reference/encoder.py), edited by hand, stored and damaged.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "weir/encoder.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "weir/memory.h"

#define REFERENCE WEIR_SOURCE_DIR "/tests/reference/encoder.txt"

enum { LINE_MOST = 2048, FIELDS = 6 };

static void ok(weir_code code, const weir_error *err)
{
    if (code)
        fail_msg("%s", err->message);
}

static void from_hex(const char *hex, char *out)
{
    if (strcmp(hex, "-") == 0)
        hex = "";
    for (; hex[0] && hex[1]; hex += 2) {
        char pair[] = {hex[0], hex[1], 0};

        *out++ = (char)strtoul(pair, NULL, 16);
    }
    *out = 0;
}

static void close_to(const char *what, double got, const char *want)
{
    double number = strtod(want, NULL);

    if (!(fabs(got - number) <= 4e-16 * fabs(number)))
        fail_msg("%s: %.17g, not %.17g", what, got, number);
}

/* A batch of target y, texts s and list l. */
static weir_batch *columns(weir_type target)
{
    weir_batch *batch = NULL;
    weir_error err = {0};
    size_t column;

    ok(weir_batch_new(4, &batch, &err), &err);
    ok(weir_batch_add_column(batch, "y", 1, target, &column, &err), &err);
    ok(weir_batch_add_column(batch, "s", 1, WEIR_S, &column, &err), &err);
    ok(weir_batch_add_column(batch, "l", 1, WEIR_L, &column, &err), &err);
    return batch;
}

/* target NULL or "-": missing. */
static void add_row(weir_batch *batch, const char *target, const char *s, const char *l)
{
    weir_error err = {0};

    ok(weir_batch_row_begin(batch, &err), &err);
    if (target && strcmp(target, "-") != 0)
        ok(weir_batch_put_number(batch, 0, strtod(target, NULL), &err), &err);
    ok(weir_batch_put_text(batch, 1, s, strlen(s), &err), &err);
    ok(weir_batch_put_text(batch, 2, l, strlen(l), &err), &err);
    weir_batch_row_end(batch);
}

typedef struct {
    const char *value;
    double count, sum;
} found;

static weir_code find_value(void *context, const char *value, double count, double sum,
                            weir_error *err)
{
    found *f = context;

    (void)err;
    if (strcmp(value, f->value) == 0) {
        assert_true(isnan(f->count)); /* once */
        f->count = count;
        f->sum = sum;
    }
    return WEIR_OK;
}

static found value_of(const weir_encoder *encoder, const char *key, const char *value)
{
    found f = {value, NAN, NAN};
    size_t at = weir_encoder_find(encoder, key);

    assert_true(at != WEIR_NONE);
    ok(weir_encoder_walk(encoder, at, find_value, &f, NULL), NULL);
    return f;
}

/* Teaches what was gathered, in one batch, or in pieces the size of which changes from case to case. */
static void teach(weir_encoder *encoder, weir_batch *rows)
{
    weir_error err = {0};
    uint64_t taught = 0;

    ok(weir_encoder_learn(encoder, rows, &taught, &err), &err);
    assert_int_equal(taught, rows->rows - rows->columns[0].absent);
    weir_batch_clear(rows);
}

/* --- the reference */

typedef struct {
    weir_encoder *encoder;
    weir_batch *rows;
    size_t piece, cases, values, keys, encoded;
} replay;

static void end_case(replay *run)
{
    if (run->rows && run->rows->rows > 0)
        teach(run->encoder, run->rows);
}

static void begin_case(replay *run, char **fields)
{
    weir_error err = {0};

    weir_encoder_free(run->encoder);
    weir_batch_free(run->rows);
    run->rows = columns((weir_type)fields[1][0]);
    ok(weir_encoder_new("y", run->cases % 2 ? WEIR_X : (weir_type)fields[1][0],
                        strtod(fields[2], NULL), &run->encoder, &err),
       &err);
    run->piece = run->cases++ * 7 % 13 + 1;
}

static void check_encoding(replay *run, char **fields)
{
    char s[LINE_MOST], l[LINE_MOST];
    weir_batch *batch = columns(WEIR_C);
    weir_error err = {0};

    from_hex(fields[1], s);
    from_hex(fields[2], l);
    add_row(batch, "-", s, l);
    ok(weir_encoder_apply(run->encoder, batch, NULL, &err), &err);
    for (size_t c = 1; c <= 2; c++) {
        const weir_batch_column *column = &batch->columns[c];
        bool there = strcmp(fields[c + 2], "-") != 0;

        assert_int_equal(column->type, WEIR_C);
        if (column->present[0] != there)
            fail_msg("\"%s\", \"%s\": column %zu is %s", s, l, c, there ? "missing" : "there");
        if (there)
            close_to(c == 1 ? s : l, column->values[0], fields[c + 2]);
    }
    weir_batch_free(batch);
    run->encoded++;
}

static void check_line(replay *run, char **fields)
{
    char text[LINE_MOST], list[LINE_MOST];

    if (strcmp(fields[0], "encoder") == 0) {
        begin_case(run, fields);
    } else if (strcmp(fields[0], "row") == 0) {
        from_hex(fields[2], text);
        from_hex(fields[3], list);
        add_row(run->rows, fields[1], text, list);
        if (run->rows->rows >= run->piece)
            teach(run->encoder, run->rows);
    } else if (strcmp(fields[0], "value") == 0) {
        end_case(run);
        from_hex(fields[2], text);
        found f = value_of(run->encoder, fields[1], text);
        assert_true(f.count == strtod(fields[3], NULL));
        close_to(text, f.sum, fields[4]);
        run->values++;
    } else if (strcmp(fields[0], "key") == 0) {
        end_case(run);
        weir_encoder_key key =
            weir_encoder_key_at(run->encoder, weir_encoder_find(run->encoder, fields[1]));
        assert_int_equal(key.values, strtoul(fields[2], NULL, 10));
        close_to("mean", key.mean, fields[3]);
        close_to("variance", key.variance, fields[4]);
        run->keys++;
    } else {
        end_case(run);
        check_encoding(run, fields);
    }
}

static void as_fractions_say(void **state)
{
    char line[LINE_MOST], *fields[FIELDS];
    replay run = {0};
    FILE *file = fopen(REFERENCE, "r");

    (void)state;
    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        size_t n = 0;

        for (char *at = strtok(line, " \n"); at && n < FIELDS; at = strtok(NULL, " \n"))
            fields[n++] = at;
        check_line(&run, fields);
    }
    fclose(file);
    weir_encoder_free(run.encoder);
    weir_batch_free(run.rows);
    assert_int_equal(run.cases, 6);
    assert_true(run.values > 40 && run.keys == 10 && run.encoded == 200);
}

/* --- by hand */

static double encoded(const weir_encoder *encoder, const char *s)
{
    weir_batch *batch = columns(WEIR_C);
    weir_error err = {0};
    double x;

    add_row(batch, "-", s, "");
    ok(weir_encoder_apply(encoder, batch, NULL, &err), &err);
    x = batch->columns[1].present[0] ? batch->columns[1].values[0] : NAN;
    weir_batch_free(batch);
    return x;
}

static void edited(void **state)
{
    weir_encoder *encoder = NULL;
    weir_error err = {0};

    (void)state;
    ok(weir_encoder_new("y", WEIR_B, 0, &encoder, &err), &err);
    ok(weir_encoder_set(encoder, "s", WEIR_S, "a", 0, 0, &err), &err);
    assert_true(isnan(encoded(encoder, "a"))); /* nothing to tell a number from */
    ok(weir_encoder_set(encoder, "s", WEIR_S, " North ", 4, 1, &err), &err);
    ok(weir_encoder_set(encoder, "s", WEIR_S, "south", 4, 3, &err), &err);
    assert_true(encoded(encoder, "NORTH") == 0.25);
    assert_true(encoded(encoder, "west") == 0.5); /* no rows: of the key's values */
    assert_true(isnan(encoded(encoder, "")));
    ok(weir_encoder_set(encoder, "s", WEIR_S, "north", 0, 0, &err), &err);
    assert_true(encoded(encoder, "north") == 0.75); /* as never seen */
    ok(weir_encoder_set(encoder, "s", WEIR_S, "", 2, 1, &err), &err);
    assert_true(encoded(encoder, "") == 0.5);
    assert_int_equal(weir_encoder_type(encoder, "s", 1), WEIR_S);
    assert_int_equal(weir_encoder_type(encoder, "t", 1), WEIR_X);
    weir_encoder_free(encoder);
}

static const struct {
    const char *title, *key;
    weir_type type;
    const char *value;
    double count, sum;
} impossible[] = {
    {"less than no rows", "s", WEIR_S, "a", -1, 0},
    {"NaN rows", "s", WEIR_S, "a", NAN, 0},
    {"more rows than can be counted", "s", WEIR_S, "a", 1e16, 0},
    {"an infinite sum", "s", WEIR_S, "a", 1, INFINITY},
    {"more positives than rows", "s", WEIR_S, "a", 1, 2},
    {"negative positives", "s", WEIR_S, "a", 1, -1},
    {"a sum over no rows", "s", WEIR_S, "a", 0, 1},
    {"another type", "s", WEIR_L, "a", 1, 1},
    {"a type without values", "n", WEIR_C, "a", 1, 1},
    {"no name", "", WEIR_S, "a", 1, 1},
    {"bad UTF-8", "s", WEIR_S, "\xff", 1, 1},
};

static void the_greatest_cells(void **state)
{
    weir_encoder *encoder = NULL, *again = NULL;
    weir_batch *batch = columns(WEIR_C);
    weir_bytes bytes = {0};
    weir_error err = {0};

    (void)state;
    ok(weir_encoder_new("y", WEIR_C, 0, &encoder, &err), &err);
    for (int i = 1; i < 50; i++) { /* what is learned must load, however its mean is rounded */
        add_row(batch, "1e75", "a", "");
        ok(weir_encoder_learn(encoder, batch, NULL, &err), &err);
        ok(weir_encoder_save(encoder, &bytes, &err), &err);
        ok(weir_encoder_load(bytes.data, bytes.size, &again, &err), &err);
        assert_true(encoded(again, "a") == 1e75);
        weir_encoder_free(again);
        weir_bytes_clear(&bytes);
    }
    weir_bytes_free(&bytes);
    weir_batch_free(batch);
    weir_encoder_free(encoder);
}

static void impossible_edits(void **state)
{
    weir_encoder *encoder = NULL;
    weir_error err = {0};

    (void)state;
    ok(weir_encoder_new("y", WEIR_B, 0, &encoder, &err), &err);
    ok(weir_encoder_set(encoder, "s", WEIR_S, "a", 4, 1, &err), &err);
    for (size_t i = 0; i < sizeof impossible / sizeof impossible[0]; i++) {
        weir_code code =
            weir_encoder_set(encoder, impossible[i].key, impossible[i].type, impossible[i].value,
                             impossible[i].count, impossible[i].sum, &err);

        if (code != WEIR_INVALID)
            fail_msg("%s: code %d", impossible[i].title, (int)code);
        assert_int_equal(weir_encoder_keys(encoder), 1);
        assert_true(value_of(encoder, "s", "a").count == 4);
    }
    weir_encoder_free(encoder);
    assert_int_equal(weir_encoder_new("y", WEIR_C, 3, &encoder, &err), WEIR_INVALID);
    assert_int_equal(weir_encoder_new("y", WEIR_S, 0, &encoder, &err), WEIR_INVALID);
    assert_int_equal(weir_encoder_new("", WEIR_C, 0, &encoder, &err), WEIR_INVALID);
    assert_int_equal(weir_encoder_new("y", WEIR_B, -1, &encoder, &err), WEIR_INVALID);
    assert_int_equal(weir_encoder_new("y", WEIR_B, NAN, &encoder, &err), WEIR_INVALID);
}

static void frames_refused(void **state)
{
    weir_encoder *encoder = NULL;
    weir_batch *batch = columns(WEIR_C), *other = NULL;
    weir_error err = {0};
    size_t column;

    (void)state;
    ok(weir_encoder_new("z", WEIR_X, 0, &encoder, &err), &err);
    assert_int_equal(weir_encoder_learn(encoder, batch, NULL, &err), WEIR_INVALID);
    assert_non_null(strstr(err.message, "z"));
    weir_encoder_free(encoder);
    ok(weir_encoder_new("y", WEIR_B, 0, &encoder, &err), &err);
    assert_int_equal(weir_encoder_learn(encoder, batch, NULL, &err), WEIR_INVALID);
    weir_encoder_free(encoder);
    ok(weir_encoder_new("s", WEIR_X, 0, &encoder, &err), &err); /* a text is no target */
    assert_int_equal(weir_encoder_learn(encoder, batch, NULL, &err), WEIR_INVALID);
    weir_encoder_free(encoder);
    ok(weir_encoder_new("y", WEIR_C, 0, &encoder, &err), &err);
    add_row(batch, "1", "a", "|b|");
    ok(weir_encoder_learn(encoder, batch, NULL, &err), &err);
    ok(weir_batch_new(1, &other, &err), &err);
    ok(weir_batch_add_column(other, "y", 1, WEIR_C, &column, &err), &err);
    ok(weir_batch_add_column(other, "s", 1, WEIR_L, &column, &err), &err);
    assert_int_equal(weir_encoder_learn(encoder, other, NULL, &err), WEIR_INVALID);
    assert_non_null(strstr(err.message, "s has type S"));
    weir_batch_free(other);
    weir_batch_free(batch);
    weir_encoder_free(encoder);
}

static void columns_left_alone(void **state)
{
    weir_encoder *encoder = NULL;
    weir_batch *batch = columns(WEIR_C);
    weir_error err = {0};

    (void)state;
    ok(weir_encoder_new("y", WEIR_C, 0, &encoder, &err), &err);
    add_row(batch, "5", "a", "|b|");
    ok(weir_encoder_learn(encoder, batch, NULL, &err), &err);
    batch->columns[2].hidden = true;
    ok(weir_encoder_apply(encoder, batch, "s", &err), &err);
    assert_int_equal(batch->columns[0].type, WEIR_C); /* the target is a key without values */
    assert_int_equal(batch->columns[1].type, WEIR_S);
    assert_int_equal(batch->columns[2].type, WEIR_L);
    weir_batch_free(batch);
    weir_encoder_free(encoder);
}

/* --- stored */

static weir_encoder *some_encoder(void)
{
    weir_encoder *encoder = NULL;
    weir_batch *batch = columns(WEIR_B);
    weir_error err = {0};

    ok(weir_encoder_new("y", WEIR_B, 2, &encoder, &err), &err);
    for (int i = 0; i < 50; i++) {
        char s[16], l[32];

        snprintf(s, sizeof s, "v%d", i * i % 11);
        snprintf(l, sizeof l, "|i%d|i%d|", i % 3, i % 5);
        add_row(batch, i % 7 == 6 ? "-" : i % 2 ? "1" : "0", s, l);
    }
    ok(weir_encoder_learn(encoder, batch, NULL, &err), &err);
    ok(weir_encoder_set(encoder, "made", WEIR_S, "by hand", 3, 1, &err), &err);
    ok(weir_encoder_note(encoder, "history", &err), &err);
    ok(weir_encoder_note(encoder, "history", &err), &err);
    weir_batch_free(batch);
    return encoder;
}

static void stored_and_copied(void **state)
{
    weir_encoder *encoder = some_encoder(), *again = NULL, *copy = NULL;
    weir_bytes a = {0}, b = {0}, c = {0};
    weir_error err = {0};

    (void)state;
    ok(weir_encoder_save(encoder, &a, &err), &err);
    ok(weir_encoder_load(a.data, a.size, &again, &err), &err);
    ok(weir_encoder_save(again, &b, &err), &err);
    ok(weir_encoder_copy(again, &copy, &err), &err);
    ok(weir_encoder_save(copy, &c, &err), &err);
    assert_int_equal(a.size, b.size);
    assert_memory_equal(a.data, b.data, a.size);
    assert_int_equal(a.size, c.size);
    assert_memory_equal(a.data, c.data, a.size);
    assert_true(encoded(encoder, "v4") == encoded(copy, "v4"));
    weir_bytes_free(&a);
    weir_bytes_free(&b);
    weir_bytes_free(&c);
    weir_encoder_free(encoder);
    weir_encoder_free(again);
    weir_encoder_free(copy);
}

/* The first bytes of the format, which load for ever. */
static void the_first_bytes(void **state)
{
    static uint8_t bytes[4096];
    weir_encoder *encoder = NULL;
    weir_bytes again = {0};
    weir_error err = {0};
    FILE *file = fopen(WEIR_SOURCE_DIR "/tests/fixtures/encoder-v1.bin", "rb");
    size_t size;

    (void)state;
    assert_non_null(file);
    size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    ok(weir_encoder_load(bytes, size, &encoder, &err), &err);
    assert_true(weir_encoder_rows(encoder) == 43);
    assert_true(weir_encoder_least(encoder) == 2);
    assert_string_equal(weir_encoder_source(encoder, 0), "history");
    assert_int_equal(weir_encoder_type(encoder, "l", 1), WEIR_L);
    assert_true(value_of(encoder, "l", "i0").count == 23 && value_of(encoder, "l", "i0").sum == 12);
    ok(weir_encoder_save(encoder, &again, &err), &err);
    assert_int_equal(again.size, size);
    assert_memory_equal(again.data, bytes, size);
    weir_bytes_free(&again);
    weir_encoder_free(encoder);
}

/* Two encoders of parts of the rows, merged, are one of all. */
static void merged(void **state)
{
    weir_encoder *whole = NULL, *parts[2] = {NULL, NULL};
    weir_batch *batch = columns(WEIR_C);
    weir_bytes a = {0}, b = {0};
    weir_error err = {0};

    (void)state;
    ok(weir_encoder_new("y", WEIR_X, 0, &whole, &err), &err);
    for (int p = 0; p < 2; p++)
        ok(weir_encoder_new("y", WEIR_X, 0, &parts[p], &err), &err);
    for (int i = 0; i < 40; i++) {
        char s[16], y[16];

        snprintf(s, sizeof s, "v%d", i % 7);
        snprintf(y, sizeof y, "%d.1", i * 1000);
        add_row(batch, y, s, "|a|b|");
        ok(weir_encoder_learn(parts[i >= 20], batch, NULL, &err), &err);
        ok(weir_encoder_learn(whole, batch, NULL, &err), &err);
        weir_batch_clear(batch);
    }
    ok(weir_encoder_merge(parts[0], parts[1], &err), &err);
    ok(weir_encoder_save(whole, &a, &err), &err);
    ok(weir_encoder_save(parts[0], &b, &err), &err);
    assert_int_equal(a.size, b.size);
    assert_memory_equal(a.data, b.data, a.size);
    weir_encoder_free(parts[1]);
    ok(weir_encoder_new("z", WEIR_C, 0, &parts[1], &err), &err);
    assert_int_equal(weir_encoder_merge(parts[1], whole, &err), WEIR_INVALID);
    weir_bytes_free(&a);
    weir_bytes_free(&b);
    weir_encoder_free(whole);
    weir_encoder_free(parts[0]);
    weir_encoder_free(parts[1]);
    weir_batch_free(batch);
}

/* Every byte changed and every length cut is refused: the checksums see to the first, the lengths to the second. */
static void damaged(void **state)
{
    weir_encoder *encoder = some_encoder(), *again = NULL;
    weir_bytes bytes = {0};
    weir_error err = {0};

    (void)state;
    ok(weir_encoder_save(encoder, &bytes, &err), &err);
    for (size_t i = 0; i < bytes.size; i++) {
        weir_code code;

        bytes.data[i] ^= 0x55;
        code = weir_encoder_load(bytes.data, bytes.size, &again, &err);
        assert_true(code == WEIR_CORRUPT || code == WEIR_INVALID);
        bytes.data[i] ^= 0x55;
        assert_int_not_equal(weir_encoder_load(bytes.data, i, &again, &err), WEIR_OK);
    }
    weir_bytes_free(&bytes);
    weir_encoder_free(encoder);
}

/* --- without memory */

static size_t allowed;

static void *sparing(size_t size)
{
    return allowed > 0 ? (allowed--, malloc(size)) : NULL;
}

static void *sparing_resize(void *block, size_t size)
{
    return allowed > 0 ? (allowed--, realloc(block, size)) : NULL;
}

/* What an engine does with one: load, copy, learn, encode, save. */
static weir_code use_all(const weir_bytes *bytes, weir_batch *rows, weir_error *err)
{
    weir_encoder *encoder = NULL, *copy = NULL;
    weir_bytes out = {0};
    weir_code code = weir_encoder_load(bytes->data, bytes->size, &encoder, err);

    if (!code && !(code = weir_encoder_copy(encoder, &copy, err)) &&
        !(code = weir_encoder_learn(copy, rows, NULL, err)) &&
        !(code = weir_encoder_apply(copy, rows, NULL, err)))
        code = weir_encoder_save(copy, &out, err);
    weir_bytes_free(&out);
    weir_encoder_free(copy);
    weir_encoder_free(encoder);
    return code;
}

static void without_memory(void **state)
{
    static const weir_memory_hook hook = {sparing, sparing_resize, free};
    weir_encoder *encoder = some_encoder();
    weir_bytes bytes = {0};
    weir_error err = {0};
    weir_code code = WEIR_NO_MEMORY;

    (void)state;
    ok(weir_encoder_save(encoder, &bytes, &err), &err);
    for (size_t n = 0; code; n++) {
        weir_batch *rows = columns(WEIR_B);

        add_row(rows, "1", "new", "|i1|new|");
        add_row(rows, "0", "v1", "");
        weir_memory_use(&hook);
        allowed = n;
        code = use_all(&bytes, rows, &err);
        weir_memory_use(NULL);
        assert_true(code == WEIR_OK || code == WEIR_NO_MEMORY);
        weir_batch_free(rows);
    }
    weir_bytes_free(&bytes);
    weir_encoder_free(encoder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_fractions_say),
        cmocka_unit_test(edited),
        cmocka_unit_test(the_greatest_cells),
        cmocka_unit_test(impossible_edits),
        cmocka_unit_test(frames_refused),
        cmocka_unit_test(columns_left_alone),
        cmocka_unit_test(stored_and_copied),
        cmocka_unit_test(damaged),
        cmocka_unit_test(merged),
        cmocka_unit_test(the_first_bytes),
        cmocka_unit_test(without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
