/* rest_live.c: what a page that is watched needs, in one compact answer each.
 *
 * `live` is a project at a glance: per attribute the univariate statistics and, with bins, a histogram; its models and
 * their versions. A page that has seen a sequence sends it as since and gets the attributes only when there is more.
 * `tail` and `topics` show scores as they arrive in a topic.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rest_inside.h"
#include "weir/memory.h"

enum { BINS_MAX = 512, GROUP = 64, TAIL_MAX = 20000, TAIL_USUAL = 2000 };

static void write_models(json_out *json, weir_engine *engine, const char *cid,
                         const weir_project_info *info)
{
    json_key(json, "models");
    json_open(json, '[');
    for (size_t i = 0; i < info->model_count; i++) {
        weir_model_ref *ref = NULL;

        if (weir_model_get(engine, cid, info->pid, info->models[i], &ref, NULL))
            continue; /* deleted meanwhile */
        json_open(json, '{');
        json_put_text(json, "modelId", info->models[i]);
        json_put_text(json, "modelType", info->model_types[i]);
        json_put_whole(json, "version", (int64_t)weir_model_version(weir_model_of(ref)));
        json_put_number(json, "rows", weir_model_rows(weir_model_of(ref)));
        json_put_whole(json, "createdMs", weir_model_facts_of(ref).created_ms);
        json_close(json, '}');
        weir_model_release(ref);
    }
    json_close(json, ']');
}

static weir_code write_statistics(json_out *json, const weir_summary *copy, size_t id,
                                  weir_error *err)
{
    weir_question question = {.inputs = &id, .input_count = 1};
    weir_answer answer = {0};
    weir_code code = weir_metric_find("uni")->answer(copy, &question, &answer, err);

    json_key(json, "uni");
    json_open(json, '{');
    for (size_t i = 0; i < answer.count && !code; i++)
        json_put_number(json, answer.items[i].key, answer.items[i].value);
    json_close(json, '}');
    weir_answer_free(&answer);
    return code;
}

static weir_code write_histogram(json_out *json, const weir_summary *copy, size_t id, size_t bins,
                                 weir_error *err)
{
    weir_density density = {0};
    weir_code code = weir_density_estimate(copy, id, bins, NAN, NAN, &density, err);

    if (!code && !density.error[0]) {
        json_key(json, "density");
        json_open(json, '{');
        json_put_number(json, "min", density.min);
        json_put_number(json, "max", density.max);
        json_put_number(json, "width", density.width);
        json_key(json, "histogram");
        json_open(json, '[');
        for (size_t i = 0; i < density.bins; i++)
            json_number(json, density.counts[i]);
        json_close(json, ']');
        json_close(json, '}');
    }
    weir_density_free(&density);
    return code;
}

/* Attributes first to first + count - 1 of the project. */
static weir_code write_group(json_out *json, weir_engine *engine, const char *cid,
                             const weir_project_info *info, size_t first, size_t count, size_t bins,
                             weir_error *err)
{
    weir_summary *copy = NULL;
    size_t ids[GROUP];
    weir_code code = WEIR_OK;

    for (size_t i = 0; i < count; i++)
        ids[i] = first + i;
    if ((code = weir_project_select_ids(engine, cid, info->pid, ids, count, &copy, err)))
        return code;
    for (size_t i = 0; i < count && !code; i++) {
        const weir_attribute *attribute = weir_schema_at(info->schema, first + i);

        json_open(json, '{');
        json_put_whole(json, "id", (int64_t)(first + i));
        json_put_text(json, "name", attribute->name);
        json_put_text(json, "type", (const char[]){(char)attribute->type, '\0'});
        if (attribute->parent != WEIR_NONE) {
            json_put_text(json, "parent", weir_schema_parent_name(info->schema, attribute->parent));
            json_put_text(json, "value", attribute->value);
        }
        code = write_statistics(json, copy, i, err);
        if (!code && bins > 0 && info->histograms)
            code = write_histogram(json, copy, i, bins, err);
        json_close(json, '}');
    }
    weir_summary_free(copy);
    return code;
}

static weir_code write_attributes(json_out *json, weir_engine *engine, const char *cid,
                                  const weir_project_info *info, size_t bins, weir_error *err)
{
    size_t count = weir_schema_size(info->schema);
    weir_code code = WEIR_OK;

    json_key(json, "attributes");
    json_open(json, '[');
    for (size_t first = 0; first < count && !code; first += GROUP)
        code = write_group(json, engine, cid, info, first,
                           count - first < GROUP ? count - first : GROUP, bins, err);
    json_close(json, ']');
    return code;
}

static uint64_t whole_argument(const weir_http_request *request, const char *name,
                               uint64_t fallback)
{
    const char *text = weir_http_argument(request, name);

    return text && *text && *text != '-' ? strtoull(text, NULL, 10) : fallback;
}

void rest_live(const weir_http_request *request, weir_http_reply *reply)
{
    weir_engine *engine = rest_engine(request);
    uint64_t bins = whole_argument(request, "bins", 0);
    uint64_t since = whole_argument(request, "since", UINT64_MAX);
    weir_project_info info = {0};
    json_out json;
    weir_error err = {0};

    if (bins > BINS_MAX) {
        weir_fail(&err, WEIR_INVALID, "bins is more than %d", BINS_MAX);
        rest_error(reply, &err);
        return;
    }
    if (weir_project_info_get(engine, rest_cid(request), rest_pid(request), &info, &err)) {
        rest_error(reply, &err);
        return;
    }
    rest_begin(reply, 200, "OK", &json);
    json_key(&json, "live");
    json_open(&json, '{');
    json_put_text(&json, "pid", info.pid);
    json_put_whole(&json, "sequence", (int64_t)info.sequence);
    json_put_number(&json, "rows", info.rows);
    json_put_truth(&json, "frozen", info.frozen);
    json_put_truth(&json, "histograms", info.histograms);
    json_put_whole(&json, "modifiedMs", info.modified_ms);
    write_models(&json, engine, rest_cid(request), &info);
    json_key(&json, "warnings");
    json_open(&json, '[');
    for (size_t i = 0; i < info.warning_count; i++)
        json_text(&json, info.warnings[i]);
    json_close(&json, ']');
    if (since != info.sequence &&
        write_attributes(&json, engine, rest_cid(request), &info, (size_t)bins, &err)) {
        rest_error(reply, &err);
    } else {
        json_close(&json, '}');
        rest_end(&json);
    }
    weir_project_info_free(&info);
}

/* --- topics */

static const weir_tail_port *tail_of(const weir_http_request *request, weir_http_reply *reply)
{
    const weir_tail_port *tail = rest_of(request)->options.tail;

    if (!tail)
        rest_plain(reply, 400, "the server was started without --bootstrap, so it sees no topics");
    return tail;
}

void rest_topics(const weir_http_request *request, weir_http_reply *reply)
{
    const weir_tail_port *tail = tail_of(request, reply);
    char **names = NULL;
    size_t count = 0;
    weir_error err = {0};

    if (!tail)
        return;
    if (tail->topics(tail->context, &names, &count, &err)) {
        rest_error(reply, &err);
        return;
    }
    rest_list(reply, names, count);
    weir_list_free(names, count);
}

static void write_point(json_out *json, const weir_tail_point *point)
{
    json_open(json, '{');
    json_put_whole(json, "index", (int64_t)point->index);
    json_put_whole(json, "partition", point->partition);
    json_put_whole(json, "offset", point->offset);
    json_put_number(json, "score", point->score);
    json_put_number(json, "q95", point->q95);
    json_put_number(json, "q98", point->q98);
    json_put_number(json, "q99", point->q99);
    if (!isnan(point->truth))
        json_put_number(json, "truth", point->truth);
    json_put_whole(json, "res", point->res);
    json_put_whole(json, "modelVersion", point->model_version);
    json_close(json, '}');
}

void rest_tail(const weir_http_request *request, weir_http_reply *reply)
{
    const weir_tail_port *tail = tail_of(request, reply);
    const char *score = weir_http_argument(request, "score");
    const char *truth = weir_http_argument(request, "truth");
    uint64_t from = whole_argument(request, "from", 0), next = from;
    uint64_t max = whole_argument(request, "max", TAIL_USUAL);
    weir_tail_point *points = NULL;
    size_t count = 0;
    json_out json;
    weir_error err = {0};

    if (!tail)
        return;
    max = max < 1 ? 1 : max > TAIL_MAX ? TAIL_MAX : max;
    if (!(points = weir_calloc((size_t)max, sizeof *points)))
        weir_fail(&err, WEIR_NO_MEMORY, "no room for %d points", (int)max);
    else
        tail->read(tail->context, weir_http_argument(request, "topic"),
                   score && *score ? score : "anomaly_score", truth && *truth ? truth : NULL, from,
                   (size_t)max, points, &count, &next, &err);
    if (err.code) {
        rest_error(reply, &err);
    } else {
        rest_begin(reply, 200, "OK", &json);
        json_key(&json, "tail");
        json_open(&json, '{');
        json_put_whole(&json, "next", (int64_t)next);
        json_key(&json, "points");
        json_open(&json, '[');
        for (size_t i = 0; i < count; i++)
            write_point(&json, &points[i]);
        json_close(&json, ']');
        json_close(&json, '}');
        rest_end(&json);
    }
    weir_free(points);
}
