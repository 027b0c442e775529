/* health.c: see health.h.
 *
 * Which client a complaint is of is found in one short list under a lock; a client enters it when it is made and leaves
 * it when it is destroyed, by librdkafka's interceptors, so that no owner has to. The lock is held for a comparison of
 * pointers and a copy of a line.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "health.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "steady.h"
#include "weir/memory.h"

#define ASK_EVERY_MS 1000
#define ASK_MS 250
#define INTERCEPTOR "weir-health"
#define SCRAM_MENDED 0x020601ff /* librdkafka 2.6.1 */

typedef struct patient {
    struct patient *link;
    const rd_kafka_t *client;
    char reason[200]; /* "" while nothing is wrong */
    bool refused;     /* the brokers answer, and do not let the client in */
    int64_t asked_ms;
} patient;

static pthread_mutex_t patients_lock = PTHREAD_MUTEX_INITIALIZER;
static patient *patients; /* under patients_lock */

/* NULL when it is not watched. The caller holds the lock. */
static patient *find(const rd_kafka_t *client)
{
    patient *p = patients;

    while (p && p->client != client)
        p = p->link;
    return p;
}

static rd_kafka_resp_err_t destroyed(rd_kafka_t *client, void *opaque)
{
    patient **at = &patients, *gone = NULL;

    (void)opaque;
    pthread_mutex_lock(&patients_lock);
    while (*at && (*at)->client != client)
        at = &(*at)->link;
    if ((gone = *at))
        *at = gone->link;
    pthread_mutex_unlock(&patients_lock);
    weir_free(gone);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

/* Without room for it a client does without. */
static rd_kafka_resp_err_t made(rd_kafka_t *client, const rd_kafka_conf_t *conf, void *opaque,
                                char *why, size_t room)
{
    patient *p = weir_calloc(1, sizeof *p);

    (void)conf;
    (void)opaque;
    (void)why;
    (void)room;
    if (!p)
        return RD_KAFKA_RESP_ERR_NO_ERROR;
    if (rd_kafka_interceptor_add_on_destroy(client, INTERCEPTOR, destroyed, NULL)) {
        weir_free(p);
        return RD_KAFKA_RESP_ERR_NO_ERROR;
    }
    p->client = client;
    pthread_mutex_lock(&patients_lock);
    p->link = patients;
    patients = p;
    pthread_mutex_unlock(&patients_lock);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

void health_watch(rd_kafka_conf_t *conf)
{
    rd_kafka_conf_interceptor_add_on_new(conf, INTERCEPTOR, made, NULL);
}

/* librdkafka's sentence without the thread and the broker's name, which stand before it: the reason of a state is short,
 * and its owner names the brokers anyway. */
static const char *sentence(const char *text)
{
    const char *colon = strncmp(text, "[thrd:", 6) ? NULL : strstr(text, "]: ");

    if (colon)
        text = colon + 3;
    colon = strstr(text, ": ");
    return colon && memchr(text, '/', (size_t)(colon - text)) ? colon + 2 : text;
}

static void complain(const rd_kafka_t *client, bool refused, const char *reason)
{
    patient *p = NULL;

    pthread_mutex_lock(&patients_lock);
    p = find(client);
    /* that all brokers are down follows from each refusal and would hide it */
    if (p && (refused || !p->refused || !*p->reason)) {
        snprintf(p->reason, sizeof p->reason, "%s", sentence(reason));
        p->refused = refused;
    }
    pthread_mutex_unlock(&patients_lock);
}

void health_complaint(const rd_kafka_t *client, int error, const char *reason)
{
    bool refused = error == RD_KAFKA_RESP_ERR__AUTHENTICATION || error == RD_KAFKA_RESP_ERR__SSL ||
                   error == RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED;

    /* one broker of several gone is no ailment: others lead meanwhile, and if not, a later complaint says so */
    if (refused || error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN ||
        error == RD_KAFKA_RESP_ERR__RESOLVE)
        complain(client, refused, reason);
}

void health_connection_failed(const rd_kafka_t *client, const char *text)
{
    static const char *const refusals[] = {"SASL", "SSL handshake", "certificate", "OAUTHBEARER"};

    char why[200];

    if (strstr(text, "SCRAM") && rd_kafka_version() < SCRAM_MENDED) {
        /* it says the client's part of the nonce twice, which Kafka has not let pass since 4.0 */
        snprintf(why, sizeof why,
                 "librdkafka %s fails at SCRAM with Kafka 4 whatever the password; 2.6.1 does not: "
                 "%s",
                 rd_kafka_version_str(), sentence(text));
        text = why;
    }
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++)
        if (strstr(text, refusals[i])) {
            complain(client, true, text);
            return;
        }
}

void kafka_is_well(rd_kafka_t *client)
{
    patient *p = NULL;

    pthread_mutex_lock(&patients_lock);
    if ((p = find(client)))
        p->reason[0] = 0;
    pthread_mutex_unlock(&patients_lock);
}

bool kafka_ails(rd_kafka_t *client, char *reason, size_t room)
{
    const struct rd_kafka_metadata *metadata = NULL;
    int64_t now = steady_ms();
    bool ails = false, ask = false;
    patient *p = NULL;

    pthread_mutex_lock(&patients_lock);
    if ((p = find(client)) && *p->reason) {
        ails = true;
        snprintf(reason, room, "%s", p->reason);
        ask = now - p->asked_ms >= ASK_EVERY_MS;
        if (ask)
            p->asked_ms = now;
    }
    pthread_mutex_unlock(&patients_lock);
    if (ask && !rd_kafka_metadata(client, 0, NULL, &metadata, ASK_MS)) {
        rd_kafka_metadata_destroy(metadata);
        kafka_is_well(client);
        ails = false;
    }
    return ails;
}
