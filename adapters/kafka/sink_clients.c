/* sink_clients.c: the settings of a connector's Kafka clients, from the worker's properties and the connector's own.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <string.h>

#include "client_settings.h"
#include "sink_config.h"

static const struct {
    const char *name;
    bool override;
    const char *kind;
} client_prefixes[] = {/* overrides last: they win */
                       {"consumer.", false, "consumer"},
                       {"producer.", false, "producer"},
                       {"consumer.override.", true, "consumer"},
                       {"producer.override.", true, "producer"}};

enum { CLIENT_PREFIXES = sizeof client_prefixes / sizeof *client_prefixes };

/* The client's name of a setting under prefix p; NULL when it is none of it. */
static const char *client_property(const char *name, size_t p)
{
    size_t length = strlen(client_prefixes[p].name);
    const char *rest = name + length;

    if (strncmp(name, client_prefixes[p].name, length) != 0 || weir_key_find(sink_keys, name) ||
        (!client_prefixes[p].override && !strncmp(rest, "override.", 9)))
        return NULL;
    return rest;
}

weir_code sink_config_client(const sink_config *config, const char *kind, weir_settings *out,
                             weir_error *err)
{
    char prefix[40];
    weir_settings picked = {0};
    weir_code code = WEIR_OK;

    snprintf(prefix, sizeof prefix, "%s.", kind);
    if (config->worker && !(code = client_settings_pick_security(config->worker, &picked, err)))
        code = client_settings_pick(config->worker, prefix, sink_keys, &picked, err);
    for (size_t p = 0; p < CLIENT_PREFIXES; p++)
        for (size_t i = 0; !code && i < config->settings.count; i++) {
            const weir_named *pair = &config->settings.pairs[i];
            const char *name = client_property(pair->name, p);

            if (name && !strcmp(client_prefixes[p].kind, kind))
                code = weir_settings_put(&picked, name, pair->value, err);
        }
    if (!code) {
        *out = picked;
        picked = (weir_settings){0};
    }
    weir_settings_free(&picked);
    return code;
}

/* A producer gets in as the consumer does, unless it is told how. */
weir_code sink_config_pass(const sink_config *config, const char *kind, rd_kafka_conf_t *conf,
                           weir_error *err)
{
    weir_settings all = {0}, consumer = {0}, own = {0};
    weir_code code = sink_config_client(config, kind, &own, err);

    if (!code && strcmp(kind, "consumer") != 0 &&
        !(code = sink_config_client(config, "consumer", &consumer, err)))
        code = client_settings_pick_security(&consumer, &all, err);
    if (!code && !(code = client_settings_pick(&own, "", NULL, &all, err)))
        code = client_settings_put(&all, conf, err);
    weir_settings_free(&own);
    weir_settings_free(&consumer);
    weir_settings_free(&all);
    return code;
}

/* Tries the properties of clients. With faults the one that is refused is put there. */
weir_code sink_clients_check(const sink_config *config, weir_settings *faults, weir_error *err)
{
    static const char *const kinds[] = {"consumer", "producer"};
    weir_code code = WEIR_OK;

    for (size_t k = 0; !code && k < sizeof kinds / sizeof *kinds; k++) {
        weir_settings given = {0};
        const char *culprit = NULL;
        weir_error why = {0};

        if ((code = sink_config_client(config, kinds[k], &given, err)))
            return code;
        code = client_settings_check(&given, &culprit, &why);
        for (size_t i = 0; code && culprit && faults && i < config->settings.count; i++)
            for (size_t p = 0; p < CLIENT_PREFIXES; p++) {
                const char *name = client_property(config->settings.pairs[i].name, p);

                if (name && !strcmp(name, culprit) && !strcmp(client_prefixes[p].kind, kinds[k]))
                    code =
                        weir_settings_put(faults, config->settings.pairs[i].name, why.message, err);
            }
        if (code && err)
            *err = why;
        weir_settings_free(&given);
    }
    return code;
}
