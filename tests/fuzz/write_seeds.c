/* write_seeds.c: the stored states that fuzzing starts from.
 *
 *     write_seeds tests/fuzz/corpus
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "weir/encoder.h"
#include "collections.h"
#include "weir/model.h"

static const char *folder;

static void must(weir_code code, const weir_error *err)
{
    if (!code)
        return;
    fprintf(stderr, "write_seeds: %s\n", err->message);
    exit(1);
}

static void write_seed(const char *kind, const char *name, const weir_bytes *bytes)
{
    char path[1024];
    FILE *file;

    snprintf(path, sizeof path, "%s/%s/%s", folder, kind, name);
    if (!(file = fopen(path, "wb")) || fwrite(bytes->data, 1, bytes->size, file) != bytes->size) {
        perror(path);
        exit(1);
    }
    fclose(file);
}

/* Rows of two numbers, a binary one and a category, with gaps when asked for. */
static weir_batch *make_rows(size_t rows, bool gaps)
{
    static const char *const colours[] = {"red", "green", "blue"};
    weir_batch *batch;
    weir_error err;
    size_t column;

    must(weir_batch_new(rows, &batch, &err), &err);
    must(weir_batch_add_column(batch, "x", 1, WEIR_C, &column, &err), &err);
    must(weir_batch_add_column(batch, "y", 1, WEIR_C, &column, &err), &err);
    must(weir_batch_add_column(batch, "b", 1, WEIR_B, &column, &err), &err);
    must(weir_batch_add_column(batch, "c", 1, WEIR_T, &column, &err), &err);
    must(weir_batch_add_column(batch, "s", 1, WEIR_S, &column, &err), &err);
    for (size_t r = 0; r < rows; r++) {
        must(weir_batch_row_begin(batch, &err), &err);
        must(weir_batch_put_number(batch, 0, (double)(r * r % 17) / 3, &err), &err);
        if (!gaps || r % 3)
            must(weir_batch_put_number(batch, 1, 100 + (double)r, &err), &err);
        must(weir_batch_put_number(batch, 2, r % 4 == 0, &err), &err);
        must(weir_batch_put_text(batch, 3, colours[r % 3], strlen(colours[r % 3]), &err), &err);
        weir_batch_row_end(batch);
    }
    return batch;
}

static weir_summary *summarize(const weir_summary_options *options, size_t rows, bool gaps)
{
    weir_batch *batch = make_rows(rows, gaps);
    weir_summary *summary;
    weir_error err;

    must(weir_summary_new(options, &summary, &err), &err);
    must(weir_summary_absorb(summary, batch, 1, &err), &err);
    weir_batch_free(batch);
    return summary;
}

static void write_summary(const char *name, const weir_summary_options *options, size_t rows,
                          bool gaps)
{
    weir_summary *summary = summarize(options, rows, gaps);
    weir_bytes bytes = {0};
    weir_error err;

    must(weir_summary_save(summary, &bytes, &err), &err);
    write_seed("summary", name, &bytes);
    weir_bytes_free(&bytes);
    weir_summary_free(summary);
}

static void write_model(const char *name, const char *algorithm, const weir_setting *settings,
                        size_t count)
{
    weir_summary *summary = summarize(&(weir_summary_options){.histograms = true}, 50, false);
    const weir_algorithm *wanted = weir_algorithm_find(algorithm);
    const weir_schema *schema = weir_summary_schema(summary);
    size_t target = weir_schema_size(schema) - 1;
    weir_model *model;
    weir_bytes bytes = {0};
    weir_error err;

    while (weir_schema_at(schema, target)->slot == WEIR_NONE)
        target--;
    must(weir_model_build(wanted, summary, NULL, 0, &target, !(wanted->targets & WEIR_TARGET_NONE),
                          settings, count, 3, &model, &err),
         &err);
    must(weir_model_save(model, &bytes, &err), &err);
    write_seed("model", name, &bytes);
    weir_bytes_free(&bytes);
    weir_model_free(model);
    weir_summary_free(summary);
}

/* An encoder taught rows of make_rows(), to which a list is added; and one that knows nothing. */
static void write_encoder(const char *name, weir_type target, double least, size_t rows)
{
    weir_batch *batch = make_rows(rows, true);
    weir_encoder *encoder = NULL;
    weir_bytes bytes = {0};
    weir_error err;

    must(weir_encoder_new(target == WEIR_B ? "b" : "x", target, least, &encoder, &err), &err);
    must(weir_encoder_learn(encoder, batch, NULL, &err), &err);
    if (rows > 0) {
        must(weir_encoder_set(encoder, "s", WEIR_S, "North", 3, 1, &err), &err);
        must(weir_encoder_set(encoder, "l", WEIR_L, "a", 2, 2, &err), &err);
    }
    must(weir_encoder_save(encoder, &bytes, &err), &err);
    write_seed("encoder", name, &bytes);
    weir_bytes_free(&bytes);
    weir_encoder_free(encoder);
    weir_batch_free(batch);
}

/* The rules' number, then the collection after three batches. */
static void write_collection(size_t rules)
{
    weir_collection *collection;
    weir_bytes bytes = {0};
    weir_error err;

    weir_bytes_u8(&bytes, (uint8_t)rules);
    must(weir_collection_new(&fuzz_collections[rules].options, &collection, &err), &err);
    for (size_t rows = 2; rows < 5; rows++) {
        weir_batch *batch = make_rows(rows, true);

        must(weir_collection_absorb(collection, batch, 1, &err), &err);
        weir_batch_free(batch);
    }
    must(weir_collection_save(collection, &bytes, &err), &err);
    write_seed("collection", fuzz_collections[rules].name, &bytes);
    weir_bytes_free(&bytes);
    weir_collection_free(collection);
}

int main(int argc, char **argv)
{
    static const weir_setting hbos[] = {{"hba_type", "hbos"}, {"n_bins", "5"}};
    static const weir_setting pseudo[] = {{"matrix_use_pseudoinv", "true"}};

    if (argc != 2) {
        fprintf(stderr, "usage: write_seeds FOLDER\n");
        return 2;
    }
    folder = argv[1];
    write_summary("empty", &(weir_summary_options){.histograms = true}, 0, false);
    write_summary("complete", &(weir_summary_options){.histograms = true}, 12, false);
    write_summary("gaps", &(weir_summary_options){.histograms = true}, 12, true);
    write_summary("plain", &(weir_summary_options){0}, 12, true);
    write_summary("double", &(weir_summary_options){.precision = WEIR_PRECISION_DOUBLE}, 12, false);
    for (size_t i = 0; i < FUZZ_COLLECTIONS; i++)
        write_collection(i);
    write_encoder("empty", WEIR_C, 0, 0);
    write_encoder("continuous", WEIR_C, 0, 12);
    write_encoder("trimmed", WEIR_B, 1, 12);
    write_model("hba_density", "hba", NULL, 0);
    write_model("hba_hbos", "hba", hbos, 2);
    write_model("ecod", "ecod", NULL, 0);
    write_model("mlr", "mlr", pseudo, 1);
    return 0;
}
