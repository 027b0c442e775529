/* codec.c: what it costs to turn bytes into batch columns, beside the libraries that would do it otherwise.
 *
 *     frame   a DataFrame of 500 rows of 9 quoted numbers; reference: jansson, strtod and the same calls on the batch
 *     avro    records of 9 doubles; reference: libavro's value reader and the same calls on the batch
 *     json    objects of 9 numbers, each looked at for new members first; reference: jansson and the same calls
 *
 * A ratio is the CPU time of the reference over ours: the median of rounds in which both run in turn.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <avro.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "weir/codecs_builtin.h"

enum { ROWS = 500, COLUMNS = 9, ROUNDS = 15, REPEATS = 20 };

static const weir_codecs *const codecs = &weir_codecs_builtin;

static void must(int failed, const char *what)
{
    if (failed)
        bench_die(what);
}

static weir_batch *new_batch(void)
{
    weir_batch *batch;
    size_t column;

    must(weir_batch_new(ROWS, &batch, NULL), "batch");
    for (int i = 0; i < COLUMNS; i++) {
        char name[] = {'c', (char)('0' + i), 0};

        must(weir_batch_add_column(batch, name, 2, WEIR_C, &column, NULL), "column");
    }
    return batch;
}

/* Rows of sensor readings with one decimal. */
static weir_batch *make_rows(void)
{
    weir_batch *batch = new_batch();
    uint64_t seed = 88172645463325252u;

    for (int r = 0; r < ROWS; r++) {
        must(weir_batch_row_begin(batch, NULL), "row");
        for (size_t i = 0; i < COLUMNS; i++) {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            must(
                weir_batch_put_number(batch, i, (double)(int64_t)(seed % 20001 - 10000) / 10, NULL),
                "cell");
        }
        weir_batch_row_end(batch);
    }
    return batch;
}

static double sum_of(const weir_batch *batch)
{
    double sum = 0;

    for (size_t i = 0; i < batch->column_count; i++)
        for (size_t r = 0; r < batch->rows; r++)
            sum += batch->columns[i].values[r];
    return sum;
}

/* --- the readers under comparison: bytes to a batch, whose sum is returned so that all can be checked */

static double read_frame(const weir_bytes *bytes)
{
    weir_frame frame = {0};
    double sum;

    must(codecs->frame_decode((const char *)bytes->data, bytes->size, WEIR_BAD_CELL, NULL, NULL,
                              &frame, NULL),
         "frame_decode");
    sum = sum_of(frame.batch);
    weir_frame_free(&frame);
    return sum;
}

static double read_frame_by_jansson(const weir_bytes *bytes)
{
    weir_batch *batch = new_batch();
    json_t *frame = json_loadb((const char *)bytes->data, bytes->size, 0, NULL);
    const json_t *data = json_object_get(frame, "data");
    double sum;

    must(!frame, "jansson");
    for (size_t r = 0; r < json_array_size(data); r++) {
        const json_t *row = json_array_get(data, r);

        must(weir_batch_row_begin(batch, NULL), "row");
        for (size_t i = 0; i < COLUMNS; i++)
            must(weir_batch_put_number(
                     batch, i, strtod(json_string_value(json_array_get(row, i)), NULL), NULL),
                 "cell");
        weir_batch_row_end(batch);
    }
    sum = sum_of(batch);
    json_decref(frame);
    weir_batch_free(batch);
    return sum;
}

/* The bodies of all rows, each of the same size: 9 doubles. */
#define BODY (COLUMNS * sizeof(double))

static weir_row_plan *plan;
static avro_value_iface_t *iface;

static double read_avro(const weir_bytes *bytes)
{
    static const weir_type types[COLUMNS] = {WEIR_C, WEIR_C, WEIR_C, WEIR_C, WEIR_C,
                                             WEIR_C, WEIR_C, WEIR_C, WEIR_C};
    weir_rejects rejects = {0};
    weir_batch *batch;
    double sum;

    must(weir_batch_new(ROWS, &batch, NULL), "batch");
    must(codecs->plan_bind(plan, types, COLUMNS, batch, NULL), "bind");
    for (size_t r = 0; r < ROWS; r++)
        must(codecs->plan_row(plan, bytes->data + r * BODY, BODY, batch, &rejects, NULL), "row");
    sum = sum_of(batch);
    weir_batch_free(batch);
    return sum;
}

static double read_avro_by_libavro(const weir_bytes *bytes)
{
    weir_batch *batch = new_batch();
    avro_reader_t reader = avro_reader_memory(NULL, 0);
    avro_value_t record;
    double sum;

    must(avro_generic_value_new(iface, &record), "avro value");
    for (size_t r = 0; r < ROWS; r++) {
        avro_reader_memory_set_source(reader, (const char *)bytes->data + r * BODY, BODY);
        must(avro_value_read(reader, &record), "avro_value_read");
        must(weir_batch_row_begin(batch, NULL), "row");
        for (size_t i = 0; i < COLUMNS; i++) {
            avro_value_t field;
            double value;

            must(avro_value_get_by_index(&record, i, &field, NULL), "field");
            must(avro_value_get_double(&field, &value), "double");
            must(weir_batch_put_number(batch, i, value, NULL), "cell");
        }
        weir_batch_row_end(batch);
    }
    sum = sum_of(batch);
    avro_value_decref(&record);
    avro_reader_free(reader);
    weir_batch_free(batch);
    return sum;
}

/* The objects of all rows, and where each begins. */
static size_t json_begins[ROWS + 1];
static weir_row_plan *json_plan;

static double read_json(const weir_bytes *bytes)
{
    static const weir_type types[COLUMNS] = {WEIR_C, WEIR_C, WEIR_C, WEIR_C, WEIR_C,
                                             WEIR_C, WEIR_C, WEIR_C, WEIR_C};
    weir_rejects rejects = {0};
    weir_batch *batch;
    double sum;
    bool changed;

    must(weir_batch_new(ROWS, &batch, NULL), "batch");
    must(codecs->plan_look(json_plan, bytes->data, json_begins[1], &changed, NULL), "look");
    must(codecs->plan_bind(json_plan, types, COLUMNS, batch, NULL), "bind");
    for (size_t r = 0; r < ROWS; r++) {
        const uint8_t *value = bytes->data + json_begins[r];
        size_t size = json_begins[r + 1] - json_begins[r];

        must(codecs->plan_look(json_plan, value, size, &changed, NULL) || changed, "look");
        must(codecs->plan_row(json_plan, value, size, batch, &rejects, NULL), "row");
    }
    sum = sum_of(batch);
    weir_batch_free(batch);
    return sum;
}

static double read_json_by_jansson(const weir_bytes *bytes)
{
    weir_batch *batch = new_batch();
    double sum;

    for (size_t r = 0; r < ROWS; r++) {
        json_t *row = json_loadb((const char *)bytes->data + json_begins[r],
                                 json_begins[r + 1] - json_begins[r], 0, NULL);

        must(!row || weir_batch_row_begin(batch, NULL), "row");
        for (size_t i = 0; i < COLUMNS; i++)
            must(weir_batch_put_number(
                     batch, i, json_number_value(json_object_get(row, batch->columns[i].name)),
                     NULL),
                 "cell");
        weir_batch_row_end(batch);
        json_decref(row);
    }
    sum = sum_of(batch);
    weir_batch_free(batch);
    return sum;
}

/* --- the comparison */

typedef struct {
    const char *name;
    double (*ours)(const weir_bytes *), (*theirs)(const weir_bytes *);
    double target;
    weir_bytes bytes;
} comparison;

static double time_of(double (*read)(const weir_bytes *), const weir_bytes *bytes, double want)
{
    double start = bench_cpu();

    for (int i = 0; i < REPEATS; i++)
        must(read(bytes) != want, "the sum of the cells");
    return bench_cpu() - start;
}

static bench_row compare(const comparison *c, double want)
{
    double ratios[ROUNDS], ours[ROUNDS], reference[ROUNDS];

    for (int round = 0; round < ROUNDS; round++) {
        reference[round] = time_of(c->theirs, &c->bytes, want);
        ours[round] = time_of(c->ours, &c->bytes, want);
        ratios[round] = reference[round] / ours[round];
    }
    return (bench_row){
        .name = c->name,
        .ratio = bench_median(ratios, ROUNDS),
        .target = c->target,
        .figures = {{"ns_a_row", bench_median(ours, ROUNDS) * 1e9 / (ROWS * REPEATS), "ns a row"},
                    {"reference_ns_a_row", bench_median(reference, ROUNDS) * 1e9 / (ROWS * REPEATS),
                     "ns the reference"}},
    };
}

/* A schema of doubles, and the rows as its bodies: the cells one after the other. */
static void open_avro(const weir_batch *rows, weir_bytes *out)
{
    avro_schema_t schema = NULL;
    char text[1024] = "{\"type\":\"record\",\"name\":\"Row\",\"fields\":[";
    size_t size = strlen(text);

    for (size_t i = 0; i < COLUMNS; i++)
        size += (size_t)snprintf(text + size, sizeof text - size,
                                 "%s{\"name\":\"%s\",\"type\":\"double\"}", i ? "," : "",
                                 rows->columns[i].name);
    size += (size_t)snprintf(text + size, sizeof text - size, "]}");
    must(codecs->avro_plan(text, size, &plan, NULL), "plan");
    must(avro_schema_from_json_length(text, size, &schema), "libavro's schema");
    must(!(iface = avro_generic_class_from_schema(schema)), "libavro's class");
    for (size_t r = 0; r < ROWS; r++)
        for (size_t i = 0; i < COLUMNS; i++)
            weir_bytes_f64(out, rows->columns[i].values[r]);
    avro_schema_decref(schema);
}

static void open_json(const weir_batch *rows, weir_bytes *out)
{
    must(codecs->json_plan(false, &json_plan, NULL), "plan");
    for (size_t r = 0; r < ROWS; r++) {
        json_begins[r] = out->size;
        for (size_t i = 0; i < COLUMNS; i++) {
            char text[64];
            int size = snprintf(text, sizeof text, "%s\"%s\":%.1f", i ? "," : "{",
                                rows->columns[i].name, rows->columns[i].values[r]);

            weir_bytes_append(out, text, (size_t)size);
        }
        weir_bytes_u8(out, '}');
    }
    json_begins[ROWS] = out->size;
}

int main(int argc, char **argv)
{
    comparison all[] = {
        {.name = "frame", .ours = read_frame, .theirs = read_frame_by_jansson, .target = 6},
        {.name = "avro", .ours = read_avro, .theirs = read_avro_by_libavro, .target = 4},
        {.name = "json", .ours = read_json, .theirs = read_json_by_jansson, .target = 3}};
    enum { COUNT = sizeof all / sizeof *all };
    weir_batch *rows = make_rows();
    bench_row figures[COUNT];
    double want = sum_of(rows);

    must(codecs->frame_encode(rows, NULL, &all[0].bytes, NULL), "frame_encode");
    open_avro(rows, &all[1].bytes);
    open_json(rows, &all[2].bytes);
    for (int i = 0; i < COUNT; i++)
        figures[i] = compare(&all[i], want);
    bench_print(figures, COUNT, bench_json(argc, argv));
    for (int i = 0; i < COUNT; i++)
        weir_bytes_free(&all[i].bytes);
    codecs->plan_free(plan);
    codecs->plan_free(json_plan);
    avro_value_iface_decref(iface);
    weir_batch_free(rows);
    return 0;
}
