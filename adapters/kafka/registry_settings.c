/* registry_settings.c: see registry_settings.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "registry_settings.h"

#include <stdio.h>
#include <string.h>

#include "client_settings.h"
#include "java_store.h"
#include "weir/memory.h"

#define SSL "schema.registry.ssl."

const char *const registry_basic_words[] = {"URL", "USER_INFO", "SASL_INHERIT", NULL};
const char *const registry_token_words[] = {"STATIC_TOKEN", NULL};

const weir_key registry_keys[] = {REGISTRY_KEYS(""), {.name = NULL}};

bool registry_setting(const char *name)
{
    return weir_key_find(registry_keys, name) != NULL;
}

/* The value of a row, given under its name or the other one; NULL when it is not given or empty. */
static const char *value_of(const weir_settings *settings, const char *prefix, const char *name)
{
    char full[200];
    const char *value = NULL;

    snprintf(full, sizeof full, "%s%s", prefix, name);
    value = weir_settings_get(settings, full);
    for (const weir_key *key = registry_keys; !value && key->name; key++)
        if (key->alias_of && !strcmp(key->alias_of, name)) {
            snprintf(full, sizeof full, "%s%s", prefix, key->name);
            value = weir_settings_get(settings, full);
        }
    return value && *value ? value : NULL;
}

static weir_code read_stores(const weir_settings *settings, const char *prefix,
                             weir_registry_options *out, weir_error *err)
{
    const char *store = value_of(settings, prefix, SSL "keystore.location");
    const char *trust = value_of(settings, prefix, SSL "truststore.location");
    java_store_kind kind = JAVA_STORE_PEM;
    weir_code code = WEIR_OK;

    if (trust && (code = java_trust_of(SSL "truststore.location", trust,
                                       value_of(settings, prefix, SSL "truststore.type"), err)))
        return code;
    if (!store)
        return WEIR_OK;
    if ((code = java_store_of(SSL "keystore.location", store,
                              value_of(settings, prefix, SSL "keystore.type"), &kind, err)))
        return code;
    out->certificate = store;
    out->key = NULL;
    out->pkcs12 = kind == JAVA_STORE_PKCS12;
    if (out->pkcs12)
        out->key_password = value_of(settings, prefix, SSL "keystore.password");
    return WEIR_OK;
}

/* The user and the password that the brokers get, as user:password, for weir_free(). */
static weir_code inherit(const weir_settings *brokers, char **out, weir_error *err)
{
    weir_settings ours = {0};
    const char *user = NULL, *password = NULL;
    size_t room = 0;
    weir_code code = client_settings_translate(brokers, false, &ours, err);

    if (code)
        goto done;
    user = weir_settings_get(&ours, "sasl.username");
    password = weir_settings_get(&ours, "sasl.password");
    if (!user || !password) {
        code = weir_fail(err, WEIR_INVALID,
                         "basic.auth.credentials.source is SASL_INHERIT and there is no "
                         "sasl.username with a sasl.password");
        goto done;
    }
    room = strlen(user) + strlen(password) + 2;
    if (!(*out = weir_malloc(room))) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for the registry's credentials");
        goto done;
    }
    snprintf(*out, room, "%s:%s", user, password);
done:
    weir_settings_free(&ours);
    return code;
}

static weir_code read_user(const weir_settings *settings, const char *prefix,
                           const weir_settings *brokers, weir_registry_options *out,
                           char **inherited, weir_error *err)
{
    const char *source = value_of(settings, prefix, "basic.auth.credentials.source");
    weir_code code = WEIR_OK;

    if (source && !strcmp(source, "URL"))
        return WEIR_OK;
    if (source && !strcmp(source, "SASL_INHERIT")) {
        code = inherit(brokers, inherited, err);
        out->user_info = *inherited;
        return code;
    }
    out->user_info = value_of(settings, prefix, "basic.auth.user.info");
    if (source && !out->user_info)
        return weir_fail(err, WEIR_INVALID,
                         "%sbasic.auth.credentials.source is USER_INFO and there is no "
                         "%sbasic.auth.user.info",
                         prefix, prefix);
    if (out->user_info && !strchr(out->user_info, ':'))
        return weir_fail(err, WEIR_INVALID, "%sbasic.auth.user.info is not user:password", prefix);
    return WEIR_OK;
}

/* Fills out with texts of settings, and with *inherited, which is the caller's. */
static weir_code read_options(const weir_settings *settings, const char *prefix,
                              const weir_settings *brokers, weir_registry_options *out,
                              char **inherited, weir_error *err)
{
    char name[200];
    const char *algorithm = NULL;
    weir_code code = WEIR_OK;

    snprintf(name, sizeof name, "%s" SSL "endpoint.identification.algorithm", prefix);
    algorithm = weir_settings_get(settings, name);
    *out = (weir_registry_options){
        .url = value_of(settings, prefix, "schema.registry.url"),
        .token = value_of(settings, prefix, "bearer.auth.token"),
        .logical_cluster = value_of(settings, prefix, "bearer.auth.logical.cluster"),
        .identity_pool = value_of(settings, prefix, "bearer.auth.identity.pool.id"),
        .ca = value_of(settings, prefix, SSL "ca.location"),
        .ca_text = value_of(settings, prefix, SSL "truststore.certificates"),
        .certificate = value_of(settings, prefix, SSL "certificate.location"),
        .key = value_of(settings, prefix, SSL "key.location"),
        .certificate_text = value_of(settings, prefix, SSL "keystore.certificate.chain"),
        .key_text = value_of(settings, prefix, SSL "keystore.key"),
        .key_password = value_of(settings, prefix, SSL "key.password"),
        .any_hostname = algorithm && (!*algorithm || !strcmp(algorithm, "none"))};
    if ((code = read_stores(settings, prefix, out, err)))
        return code;
    return read_user(settings, prefix, brokers, out, inherited, err);
}

weir_code registry_settings_check(const weir_settings *settings, const char *prefix,
                                  const weir_settings *brokers, weir_error *err)
{
    weir_registry_options options = {0};
    char *inherited = NULL;
    weir_code code =
        read_options(settings, prefix, brokers ? brokers : settings, &options, &inherited, err);

    weir_free(inherited);
    return code;
}

weir_code registry_settings_open(const weir_registry_calls *calls, const weir_settings *settings,
                                 const char *prefix, const weir_settings *brokers,
                                 weir_registry **out, weir_error *err)
{
    weir_registry_options options = {0};
    char *inherited = NULL;
    weir_code code =
        read_options(settings, prefix, brokers ? brokers : settings, &options, &inherited, err);

    *out = NULL;
    if (!code && options.url)
        code = calls->open(&options, out, err);
    if (inherited)
        explicit_bzero(inherited, strlen(inherited));
    weir_free(inherited);
    return code;
}
