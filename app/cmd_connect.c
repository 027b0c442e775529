/* cmd_connect.c: weir connect: a Kafka Connect worker for the sink connector.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "connect_rest.h"
#include "weir/codecs_builtin.h"
#include "weir/log.h"
#include "weir/memory.h"
#include "weir/remote_rest.h"
#include "weir/sqlite_store.h"

#define CONNECTOR_MAX ((size_t)1 << 20)

static weir_code add_connector(weir_connect *worker, const char *path, weir_error *err)
{
    weir_settings config = {0};
    weir_connect_state state = WEIR_TASK_RUNNING; /* a file is of a connector that runs */
    char *text = NULL, *name = NULL;
    size_t size = 0;
    bool taken = false;
    weir_code code = WEIR_OK;
    FILE *file = fopen(path, "rb");

    if (!file)
        return weir_fail(err, WEIR_INVALID, "%s: %s", path, strerror(errno));
    if (!(text = weir_malloc(CONNECTOR_MAX))) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for %s", path);
        goto done;
    }
    size = fread(text, 1, CONNECTOR_MAX, file);
    if (ferror(file))
        code = weir_fail(err, WEIR_INVALID, "%s: %s", path, strerror(errno));
    else if (size == CONNECTOR_MAX)
        code = weir_fail(err, WEIR_INVALID, "%s is longer than a connector can be", path);
    else if ((code = connect_read_connector(text, size, &name, &config, &state, err)) ||
             (code = weir_connect_offer(worker, name, &config, text, size, &taken, err)))
        weir_explain(err, code, "%s", path);
    else if (!taken)
        weir_log(WEIR_LOG_INFO, "connect",
                 "%s has not changed: connector %s goes on as it was left", path, name);
done:
    weir_settings_free(&config);
    weir_free(name);
    weir_free(text);
    fclose(file);
    return code;
}

/* Where connectors are kept. */
typedef struct {
    weir_store *store;
    weir_vault *vault; /* NULL: nowhere */
} keeping;

static weir_code keeping_open(const char *data, keeping *out, weir_error *err)
{
    uint8_t key[WEIR_SERVER_KEY_SIZE];
    weir_code code = weir_server_key_find(data, key, err);

    if (!code && !(code = weir_sqlite_open(data, &out->store, err)))
        code = weir_vault_open(out->store, key, "connector", &out->vault, err);
    weir_server_key_forget(key);
    return code;
}

static void keeping_close(keeping *of)
{
    weir_vault_close(of->vault);
    if (of->store)
        of->store->close(of->store);
}

static int run(const command_args *args)
{
    weir_error err = {0};
    weir_connect *worker = NULL;
    weir_http_server *server = NULL;
    connect_rest rest = {0};
    weir_settings properties = {0};
    keeping kept = {0};
    weir_connect_options options = {.bootstrap = args_text(args, "bootstrap"),
                                    .properties = &properties,
                                    .codecs = &weir_codecs_builtin,
                                    .remote = &weir_remote_rest,
                                    .registries = &weir_registry_http};
    weir_code code = WEIR_OK;

    stop_on_signals();
    if ((args_text(args, "properties") &&
         (code = weir_settings_file(args_text(args, "properties"), &properties, &err))) ||
        (args_text(args, "data") && (code = keeping_open(args_text(args, "data"), &kept, &err))))
        goto done;
    options.vault = kept.vault;
    if ((code = weir_connect_open(&options, &worker, &err)))
        goto done;
    rest.worker = worker;
    for (size_t i = 0; !code && i < args_operands(args); i++)
        code = add_connector(worker, args_operand(args, i), &err);
    if (code || (code = connect_rest_open(&rest, args_text(args, "listen"), &server, &err)))
        goto done;
    printf("listening http://%s\n", weir_http_address(server));
    fflush(stdout);
    stop_wait(-1);
done:
    weir_http_close(server);
    weir_connect_close(worker);
    keeping_close(&kept);
    weir_settings_free(&properties);
    if (code)
        return report_failure("connect", &err);
    return stop_signal() == SIGINT ? EXIT_INTERRUPTED : EXIT_DONE;
}

static const command_flag flags[] = {
    {"listen", FLAG_TEXT, "HOST:PORT", "127.0.0.1:8083", false, 0, 0,
     "where Connect's REST API is served; port 0: any"},
    {"data", FLAG_TEXT, "DIR", NULL, false, 0, 0,
     "directory that keeps connectors, their states and epochs over a restart; none: memory only"},
    {"bootstrap", FLAG_TEXT, "HOST:PORT", NULL, false, 0, 0,
     "Kafka brokers, separated by commas; a connector may name others"},
    {"properties", FLAG_TEXT, "FILE", NULL, false, 0, 0,
     "properties of a Kafka Connect worker: bootstrap.servers, how to get in (security.*, sasl.*, "
     "ssl.*), consumer.* and producer.*; a connector's own go before them"},
    {0},
};

const command cmd_connect = {
    .name = "connect",
    .summary = "run sink connectors: topics into projects of a server",
    .operands = "[CONNECTOR.json ...]",
    .most_operands = SIZE_MAX,
    .flags = flags,
    .help =
        "A worker that accepts Kafka Connect's REST API and the configuration of "
        "com.sml.kafka.connector.SymetryKafkaSinkConnector. Each task is a consumer of the "
        "group connect-NAME that reads Confluent-framed Avro or JSON and posts the rows to a "
        "server, telling it their offsets, so that no row counts twice.\n\n"
        "With --data connectors that were posted are there again after a restart, paused or "
        "stopped as they were left; without it they are kept in memory only. A connector given "
        "as a file is made when it is not there. When it is, what is kept goes before the file, "
        "until the file changes. Secrets are sealed under the key in DIR/server.key or "
        "WEIR_SERVER_KEY. One worker at a time has a directory.\n\n"
        "DELETE /connectors/NAME/offsets takes the topics anew after they were made again.",
    .run = run,
};
