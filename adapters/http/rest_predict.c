/* rest_predict.c: rows scored by a model.
 *
 * Callers send every column as type C and extra columns beside the inputs, so a frame is read by the model's types, and
 * what the project encodes or hashes by the type it has there.
 * One model version scores the whole frame, and the answer names it. Answers are matched to rows by their place alone,
 * so a row that learning would leave out (a wrong number of cells, or a bad cell under errorHandling 2) refuses the
 * frame: without it every score behind it would belong to another row.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <inttypes.h>
#include <stdio.h>

#include "rest_inside.h"
#include "weir/prepare.h"

static void write_scores(json_out *json, const weir_algorithm *algorithm, const weir_scores *scores)
{
    json_key(json, "KSVSMap");
    json_open(json, '{');
    json_key(json, "values");
    json_open(json, '[');
    for (size_t row = 0; row < scores->rows; row++) {
        json_open(json, '{');
        for (size_t key = 0; algorithm->predict_info[key]; key++)
            json_put_quoted(json, algorithm->predict_info[key], weir_scores_at(scores, key, row));
        json_close(json, '}');
    }
    json_close(json, ']');
    json_close(json, '}');
}

/* Reads rows by the model's types, makes texts the numbers it learned from, and scores; no row is left out. */
static weir_code score(const weir_rest *rest, const weir_preparation *preparation,
                       const weir_model *model, const char *body, size_t size, weir_frame *frame,
                       weir_scores *scores, weir_error *err)
{
    weir_predict_types types = {preparation, model};
    weir_code code = rest->options.codecs->frame_decode(
        body, size, WEIR_BAD_CELL, weir_preparation_predict_type, &types, frame, err);

    if (!code && frame->rejects.rows > 0)
        code = weir_fail(err, WEIR_INVALID, "%s; each row needs a score of its own",
                         frame->rejects.first);
    if (!code)
        code = weir_preparation_apply(preparation, frame->batch, err);
    if (!code && frame->batch->rows > 0)
        code = weir_model_score(model, frame->batch, scores, err);
    return code;
}

void rest_predict_bytes(weir_rest *rest, const char *cid, const char *pid, const char *model_id,
                        const char *body, size_t size, weir_http_reply *reply)
{
    weir_model_ref *ref = NULL;
    weir_preparation *preparation = NULL;
    weir_frame frame = {0};
    weir_scores scores = {0};
    const weir_model *model = NULL;
    char version[24];
    json_out json;
    weir_error err = {0};

    if (weir_model_get(rest->options.engine, cid, pid, model_id, &ref, &err)) {
        rest_model_error(reply, &err, model_id);
        return;
    }
    model = weir_model_of(ref);
    if (weir_preparation_new(rest->options.engine, cid, pid, &preparation, &err) ||
        score(rest, preparation, model, body, size, &frame, &scores, &err)) {
        rest_error(reply, &err);
        goto done;
    }
    snprintf(version, sizeof version, "%" PRIu64, weir_model_version(model));
    weir_http_reply_header(reply, "weir-model-version", version);
    rest_begin(reply, 200, "OK", &json);
    write_scores(&json, weir_model_algorithm(model), &scores);
    rest_end(&json);
done:
    weir_scores_free(&scores);
    weir_frame_free(&frame);
    weir_preparation_free(preparation);
    weir_model_release(ref);
}

void rest_predict(const weir_http_request *request, weir_http_reply *reply)
{
    size_t size = 0;
    const char *body = weir_http_body(request, &size);

    if (rest_argument_is(request, "impute", false))
        rest_plain(reply, 400,
                   "impute=true is not offered yet; without it a missing cell counts as the mean");
    else
        rest_predict_bytes(rest_of(request), rest_cid(request), rest_pid(request),
                           weir_http_param(request, 2), body, size, reply);
}
