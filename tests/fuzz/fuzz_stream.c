/* fuzz_stream.c: descriptions of streams inside the server. What is read is in order, and a client can be made of it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <string.h>

#include "fuzz.h"
#include "server_stream_config.h"
#include "weir/log.h"

static void check_read(const stream_settings *read)
{
    rd_kafka_conf_t *conf = NULL;
    weir_error err = {0};

    fuzz_check(read->bootstrap && read->topic, "brokers and a topic", "");
    fuzz_check(read->persist_ms == -1 || read->persist_ms >= 1000, "seconds between snapshots", "");
    for (size_t i = 1; i < read->partition_count; i++)
        fuzz_check(read->partitions[i] > read->partitions[i - 1], "partitions rise", "");
    for (size_t i = 0; i < read->given_count; i++)
        fuzz_check(strchr("CBTLSX", read->given[i].type) != NULL, "types", read->given[i].name);
    for (size_t i = 0; i < read->csv.name_count; i++)
        fuzz_check(read->format == VALUE_CSV && read->csv.names[i], "columns of CSV", "");
    fuzz_check(!stream_settings_conf(read, "fuzz", true, &conf, &err), "a configuration",
               err.message);
    rd_kafka_conf_destroy(conf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    weir_settings given = {0};
    weir_data_source source = {0};
    stream_settings read = {0};
    weir_error err = {0};
    weir_code code = WEIR_OK;

    weir_log_threshold(WEIR_LOG_ERROR);
    if (weir_settings_json((const char *)data, size, &given, NULL))
        return 0;
    for (size_t i = 0; !code && i < given.count; i++)
        code = weir_data_source_set(&source, given.pairs[i].name, given.pairs[i].value, &err);
    if (!code && !(code = stream_settings_read(&source, false, &read, &err)))
        check_read(&read);
    else
        fuzz_check(*err.message, "a reason", "");
    stream_settings_free(&read);
    weir_data_source_free(&source);
    weir_settings_free(&given);
    return 0;
}
