/* rest_fusion.c: fusion projects: made of cells on other servers, asked how these are, given others.
 *
 * Lists of cells hold secrets, so bodies and answers are encrypted under the caller's secret; a plain object is taken
 * too. A browser's session, which does not hold that secret, is answered plainly and never told the secret of a cell:
 * where a list comes back with an empty one, that of the cell known by the same host, user and project stands.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <string.h>

#include "rest_inside.h"
#include "weir/envelope.h"
#include "weir/fusion.h"
#include "weir/memory.h"
#include "weir/signing.h"

static weir_code read_member(const json_t *object, const char *name, char **out, weir_error *err)
{
    const json_t *value = json_object_get(object, name);

    if (!json_is_string(value))
        return weir_fail(err, WEIR_INVALID, "a cell lacks its %s", name);
    if (!(*out = weir_strdup(json_string_value(value))))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for a list of cells");
    return WEIR_OK;
}

/* {"values":[{"host","cid","sk","pid"},...]} */
static weir_code cells_from(const json_t *body, weir_fusion_cells *out, weir_error *err)
{
    const json_t *values = json_object_get(body, "values");
    weir_fusion_cells cells = {0};
    weir_code code = WEIR_OK;

    if (!json_is_array(values))
        return weir_fail(err, WEIR_INVALID, "the body is no list of cells: {\"values\":[...]}");
    if (!(cells.cells = weir_calloc(json_array_size(values) + 1, sizeof *cells.cells)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for a list of cells");
    for (size_t i = 0; !code && i < json_array_size(values); i++) {
        const json_t *value = json_array_get(values, i);
        weir_fusion_cell *cell = &cells.cells[cells.count++];

        if ((code = read_member(value, "host", &cell->host, err)) ||
            (code = read_member(value, "cid", &cell->cid, err)) ||
            (code = read_member(value, "sk", &cell->sk, err)))
            break;
        code = read_member(value, "pid", &cell->pid, err);
    }
    if (!code) {
        *out = cells;
        cells = (weir_fusion_cells){0}; /* the caller's now */
    }
    weir_fusion_cells_free(&cells);
    return code;
}

static weir_code read_cells(const weir_http_request *request, weir_fusion_cells *out,
                            weir_error *err)
{
    json_t *body = NULL;
    weir_code code = rest_hidden_object(request, &body, err);

    if (!code)
        code = cells_from(body, out, err);
    json_decref(body);
    return code;
}

/* The cells that the project has, with their secrets. None of a project that has no cells. */
static weir_code known_cells(const weir_http_request *request, weir_fusion_cells *out,
                             weir_error *err)
{
    uint8_t secret[WEIR_SECRET_MAX];
    size_t size = sizeof secret;
    weir_project_info info = {0};
    weir_bytes plain = {0};
    json_t *list = NULL;
    weir_code code = weir_project_info_get(rest_engine(request), rest_cid(request),
                                           rest_pid(request), &info, err);

    for (size_t i = 0; !code && i < info.param_count; i++) {
        if (strcmp(info.param_names[i], WEIR_FUSION_LIST) != 0)
            continue;
        if (!(code = weir_customer_secret(rest_engine(request), rest_cid(request), secret, &size,
                                          err)) &&
            !(code = weir_envelope_open(secret, size, info.param_values[i],
                                        strlen(info.param_values[i]), &plain, err))) {
            list = json_loadb((const char *)plain.data, plain.size, 0, NULL);
            code = cells_from(list, out, err);
        }
        break;
    }
    explicit_bzero(secret, sizeof secret);
    if (plain.data)
        explicit_bzero(plain.data, plain.size);
    weir_bytes_free(&plain);
    json_decref(list);
    weir_project_info_free(&info);
    return code;
}

static bool same_cell(const weir_fusion_cell *a, const weir_fusion_cell *b)
{
    return !strcmp(a->host, b->host) && !strcmp(a->cid, b->cid) && !strcmp(a->pid, b->pid);
}

/* Gives cells without a secret the one that is known. A cell that is not known stays without, and is refused later. */
static weir_code fill_secrets(const weir_http_request *request, weir_fusion_cells *cells,
                              weir_error *err)
{
    weir_fusion_cells known = {0};
    weir_code code = WEIR_OK;
    bool lacking = false;

    for (size_t i = 0; i < cells->count; i++)
        lacking = lacking || !*cells->cells[i].sk;
    if (!lacking || (code = known_cells(request, &known, err)))
        return code;
    for (size_t i = 0; !code && i < cells->count; i++) {
        weir_fusion_cell *cell = &cells->cells[i];
        size_t k = 0;

        while (k < known.count && !same_cell(cell, &known.cells[k]))
            k++;
        if (*cell->sk || k == known.count)
            continue;
        weir_free(cell->sk);
        if (!(cell->sk = weir_strdup(known.cells[k].sk)))
            code = weir_fail(err, WEIR_NO_MEMORY, "no room for a list of cells");
    }
    weir_fusion_cells_free(&known);
    return code;
}

static weir_code fusion_of(const weir_http_request *request, weir_fusion **out, weir_error *err)
{
    *out = rest_of(request)->options.fusion;
    return *out ? WEIR_OK : weir_fail(err, WEIR_INVALID, "this server has no fusion projects");
}

void rest_fusion_create(const weir_http_request *request, weir_http_reply *reply)
{
    const char *pid = weir_http_argument(request, "pid");
    weir_fusion *fusion = NULL;
    weir_fusion_cells cells = {0};
    char text[400];
    weir_error err = {0};

    if (fusion_of(request, &fusion, &err) || read_cells(request, &cells, &err) ||
        weir_fusion_create(fusion, rest_cid(request), pid,
                           rest_argument_is(request, "persist", true), &cells, &err)) {
        rest_error(reply, &err);
    } else {
        snprintf(text, sizeof text, "Project Created with id:%.300s", pid);
        rest_plain(reply, 201, text);
    }
    weir_fusion_cells_free(&cells);
}

void rest_fusion_update(const weir_http_request *request, weir_http_reply *reply)
{
    weir_fusion *fusion = NULL;
    weir_fusion_cells cells = {0};
    weir_error err = {0};
    weir_code code = fusion_of(request, &fusion, &err);

    if (!code && !(code = read_cells(request, &cells, &err)) &&
        !(code = fill_secrets(request, &cells, &err)))
        code = weir_fusion_update(fusion, rest_cid(request), rest_pid(request), &cells, &err);
    rest_done(reply, code, &err);
    weir_fusion_cells_free(&cells);
}

/* {"values":[{"host","cid","status","pid"},...]}, without status where there is none. */
static void write_cells(json_out *json, const weir_fusion_cells *cells, char *const *status)
{
    json_open(json, '{');
    json_key(json, "values");
    json_open(json, '[');
    for (size_t i = 0; i < cells->count; i++) {
        json_open(json, '{');
        json_put_text(json, "host", cells->cells[i].host);
        json_put_text(json, "cid", cells->cells[i].cid);
        if (status)
            json_put_text(json, "status", status[i]);
        json_put_text(json, "pid", cells->cells[i].pid);
        json_close(json, '}');
    }
    json_close(json, ']');
    json_close(json, '}');
}

/* The cells and their state as the caller may read them. */
static weir_code hide_status(const weir_http_request *request, const weir_fusion_cells *cells,
                             char *const *status, weir_bytes *out, weir_error *err)
{
    uint8_t secret[WEIR_SECRET_MAX];
    size_t size = sizeof secret;
    weir_bytes plain = {0};
    json_out json = {.out = &plain};
    weir_code code =
        weir_customer_secret(rest_engine(request), rest_cid(request), secret, &size, err);

    write_cells(&json, cells, status);
    if (!code && !(code = weir_bytes_ok(&plain, err)) &&
        !(code = weir_envelope_make(secret, size, plain.data, plain.size, out, err))) {
        weir_bytes_u8(out, 0);
        code = weir_bytes_ok(out, err);
    }
    explicit_bzero(secret, sizeof secret);
    weir_bytes_free(&plain);
    return code;
}

/* The project in the path may not be there yet: then all secrets are in the list. */
void rest_fusion_status(const weir_http_request *request, weir_http_reply *reply)
{
    bool plainly = !weir_http_header(request, "Authorization");
    weir_fusion *fusion = NULL;
    weir_fusion_cells cells = {0};
    char **status = NULL;
    weir_bytes hidden = {0};
    json_out json;
    weir_error err = {0};

    if (fusion_of(request, &fusion, &err) || read_cells(request, &cells, &err) ||
        fill_secrets(request, &cells, &err) || weir_fusion_status(fusion, &cells, &status, &err) ||
        (!plainly && hide_status(request, &cells, status, &hidden, &err))) {
        rest_error(reply, &err);
    } else {
        rest_begin(reply, 200, "OK", &json);
        if (plainly) {
            json_key(&json, "cellsStatus");
            write_cells(&json, &cells, status);
        } else {
            json_put_text(&json, "cellsStatusEncrypted", (const char *)hidden.data);
        }
        rest_end(&json);
    }
    if (status)
        weir_list_free(status, cells.count);
    weir_bytes_free(&hidden);
    weir_fusion_cells_free(&cells);
}

void rest_fusion_cells(const weir_http_request *request, weir_http_reply *reply)
{
    weir_fusion_cells cells = {0};
    json_out json;
    weir_error err = {0};

    if (known_cells(request, &cells, &err)) {
        rest_error(reply, &err);
        return;
    }
    rest_begin(reply, 200, "OK", &json);
    json_key(&json, "fusionCells");
    write_cells(&json, &cells, NULL);
    rest_end(&json);
    weir_fusion_cells_free(&cells);
}
