/* server.c: putting store, engine and API together (see server.h).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "server.h"

#include "task_runner.h"
#include "weir/codecs_builtin.h"
#include "weir/http_source.h"
#include "weir/local_files.h"
#include "weir/memory.h"
#include "weir/rest.h"
#include "weir/remote_rest.h"
#include "weir/server_key.h"
#include "weir/server_stream.h"
#include "weir/sqlite_store.h"
#include "weir/tasks.h"

struct server {
    weir_store *store;
    weir_engine *engine;
    weir_fusion *fusion;
    weir_rest *rest;
    weir_local_files *files;
    weir_http_source_options http;
    weir_source_kind kinds[3];
    weir_source_access sources;
    weir_server_stream_options kafka;
    weir_stream_kind stream_kinds[1];
    weir_stream_access streams;
    weir_vault *vault; /* of the tasks */
    weir_tasks *tasks;
    task_runner runner;
};

typedef weir_code (*store_opener)(const char *directory, weir_store **out, weir_error *err);

/* The server without its API. */
static weir_code open_engine(const char *data, store_opener open_store, server **out,
                             weir_error *err)
{
    uint8_t key[WEIR_SERVER_KEY_SIZE];
    weir_engine_options options = {.server_key = key};
    server *of = weir_calloc(1, sizeof *of);
    weir_code code = WEIR_OK;

    if (!of)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the server");
    if ((code = weir_server_key_find(data, key, err)) || (code = open_store(data, &of->store, err)))
        goto done;
    if ((code = weir_engine_open(&options, of->store, &of->engine, err)) ||
        (code = weir_vault_open(of->store, key, "task", &of->vault, err)))
        goto done;
    *out = of;
    of = NULL; /* the caller owns it now */
done:
    weir_server_key_forget(key);
    server_close(of);
    return code;
}

/* What data sources there are. */
static weir_code open_sources(const server_options *options, server *of, weir_error *err)
{
    weir_code code = weir_local_files_open(options->data_root, &of->files, err);

    if (code)
        return code;
    of->http = (weir_http_source_options){.refused = options->no_http_sources,
                                          .max_bytes = options->max_source};
    of->kinds[0] = weir_local_files_kind(of->files);
    of->kinds[1] = weir_http_source_kind("http", &of->http);
    of->kinds[2] = weir_http_source_kind("https", &of->http);
    of->sources = (weir_source_access){&weir_codecs_builtin, of->kinds, 3};
    return WEIR_OK;
}

/* What streams there are; those that ran begin again. */
static weir_code open_streams(const server_options *options, server *of, weir_error *err)
{
    of->kafka = (weir_server_stream_options){&weir_codecs_builtin, &weir_registry_http};
    of->stream_kinds[0] = weir_server_stream_kind(&of->kafka);
    of->streams = (weir_stream_access){.kinds = of->stream_kinds,
                                       .kind_count = 1,
                                       .error_on_change = options->streams_error_on_change};
    return weir_streams_open(of->engine, &of->streams, err);
}

static weir_code open_tasks(const server_options *options, server *of, weir_rest_options *rest,
                            weir_error *err)
{
    const weir_tasks_options tasks = {.most = options->max_tasks,
                                      .runner = task_runner_of(&of->runner)};
    weir_code code = weir_tasks_open(of->vault, &tasks, &of->tasks, err);

    of->runner.engine = of->engine;
    rest->tasks = of->tasks;
    return code;
}

/* Tasks begin once there is an address that they can call. */
static weir_code begin_tasks(server *of, weir_error *err)
{
    task_runner_serve(&of->runner, weir_rest_address(of->rest));
    return weir_tasks_begin(of->tasks, err);
}

/* Projects that are the merge of others, here or on other servers. */
static weir_code open_fusion(const server_options *options, server *of, weir_rest_options *rest,
                             weir_error *err)
{
    const weir_fusion_options fusion = {.remote = &weir_remote_rest,
                                        .prefetch_ms = options->fusion_prefetch_ms,
                                        .refused = options->no_http_sources};

    weir_code code = weir_fusion_open(of->engine, &fusion, &of->fusion, err);

    rest->fusion = of->fusion;
    return code;
}

weir_code server_open(const server_options *options, server **out, weir_error *err)
{
    weir_rest_options rest = {.codecs = &weir_codecs_builtin,
                              .tail = options->tail,
                              .assets = weir_web_assets,
                              .version = WEIR_VERSION,
                              .listen = options->listen,
                              .max_body = options->max_body,
                              .max_connections = options->max_connections};
    server *of = NULL;
    weir_code code = open_engine(options->data, weir_sqlite_open, &of, err);

    if (code)
        return code;
    rest.engine = of->engine;
    rest.sources = &of->sources;
    if ((code = open_sources(options, of, err)) || (code = open_fusion(options, of, &rest, err)) ||
        (code = open_streams(options, of, err)) || (code = open_tasks(options, of, &rest, err)) ||
        (code = weir_rest_open(&rest, &of->rest, err)) || (code = begin_tasks(of, err))) {
        server_close(of);
        return code;
    }
    *out = of;
    return WEIR_OK;
}

weir_code users_open(const char *data, bool make, server **out, weir_error *err)
{
    weir_code code = make ? WEIR_OK : weir_sqlite_find(data, err);

    return code ? code : open_engine(data, weir_sqlite_open_beside, out, err);
}

const char *server_address(const server *of)
{
    return weir_rest_address(of->rest);
}

weir_engine *server_engine(const server *of)
{
    return of->engine;
}

void server_close(server *of)
{
    if (!of)
        return;
    weir_tasks_end(of->tasks);
    weir_rest_close(of->rest);
    weir_tasks_close(of->tasks);
    weir_fusion_close(of->fusion);
    weir_engine_close(of->engine);
    weir_vault_close(of->vault);
    if (of->store)
        of->store->close(of->store);
    weir_local_files_close(of->files);
    weir_free(of);
}
