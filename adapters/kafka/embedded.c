/* embedded.c: see embedded.h. The mock cluster runs on a thread of the client that hosts it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "weir/embedded.h"

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "client.h"
#include "weir/memory.h"

struct weir_embedded {
    rd_kafka_t *host;
    rd_kafka_mock_cluster_t *cluster;
};

weir_code weir_embedded_open(weir_embedded **out, weir_error *err)
{
    weir_embedded *embedded = weir_calloc(1, sizeof *embedded);
    rd_kafka_conf_t *conf = NULL;
    weir_code code = WEIR_OK;

    if (!embedded)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for an embedded broker");
    if ((code = kafka_conf("127.0.0.1:1", "weir-embedded", &conf, err)) ||
        (code = kafka_client(RD_KAFKA_PRODUCER, conf, &embedded->host, err)))
        goto done;
    if (!(embedded->cluster = rd_kafka_mock_cluster_new(embedded->host, 1))) {
        code = weir_fail(err, WEIR_INTERNAL, "librdkafka cannot start its mock cluster");
        goto done;
    }
    *out = embedded;
    embedded = NULL;
done:
    weir_embedded_close(embedded);
    return code;
}

void weir_embedded_close(weir_embedded *embedded)
{
    if (!embedded)
        return;
    if (embedded->cluster)
        rd_kafka_mock_cluster_destroy(embedded->cluster);
    if (embedded->host)
        rd_kafka_destroy(embedded->host);
    weir_free(embedded);
}

const char *weir_embedded_bootstrap(const weir_embedded *embedded)
{
    return rd_kafka_mock_cluster_bootstraps(embedded->cluster);
}

weir_code weir_embedded_topic(weir_embedded *embedded, const char *topic, int partitions,
                              weir_error *err)
{
    rd_kafka_resp_err_t error = rd_kafka_mock_topic_create(embedded->cluster, topic, partitions, 1);

    if (error && error != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
        return weir_fail(err, WEIR_INVALID, "topic %s: %s", topic, rd_kafka_err2str(error));
    return WEIR_OK;
}
