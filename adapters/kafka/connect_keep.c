/* connect_keep.c: a connector as a JSON object in a vault, which seals it, since configurations hold secrets.
 *
 *     {"version":1, "config":{"connector.class":"...",...}, "state":"PAUSED", "epoch":0, "fromBeginning":false,
 *      "file":"..."}
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "connect_keep.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VERSION = 1 };

static const weir_connect_state kept_states[] = {WEIR_TASK_RUNNING, WEIR_TASK_PAUSED,
                                                 WEIR_TASK_STOPPED};

weir_code connect_record_write(const connect_record *record, char **text, weir_error *err)
{
    json_t *config = json_object(), *root = NULL;
    int fault = !config;

    for (size_t i = 0; !fault && i < record->settings->count; i++)
        fault = json_object_set_new(config, record->settings->pairs[i].name,
                                    json_string(record->settings->pairs[i].value));
    if (!fault)
        root = json_pack("{s:i,s:O,s:s,s:I,s:b,s:s}", "version", VERSION, "config", config, "state",
                         weir_connect_state_text(record->state), "epoch", (json_int_t)record->epoch,
                         "fromBeginning", (int)record->from_beginning, "file", record->file);
    json_decref(config);
    *text = root ? json_dumps(root, JSON_COMPACT) : NULL;
    json_decref(root);
    return *text ? WEIR_OK
                 : weir_fail(err, WEIR_INVALID, "connector %s cannot be kept: it is no UTF-8",
                             record->name);
}

static weir_code unreadable(const char *name, const char *why, weir_error *err)
{
    return weir_fail(err, WEIR_CORRUPT, "kept connector %.100s: %s", name, why);
}

/* The members beside the configuration. */
static weir_code read_rest(const char *name, json_t *root, connect_record *record, weir_error *err)
{
    const char *state = json_string_value(json_object_get(root, "state"));
    const char *file = json_string_value(json_object_get(root, "file"));
    json_int_t epoch = json_integer_value(json_object_get(root, "epoch"));
    size_t i = 0;

    while (i < sizeof kept_states / sizeof *kept_states && state &&
           strcmp(weir_connect_state_text(kept_states[i]), state) != 0)
        i++;
    if (!state || i == sizeof kept_states / sizeof *kept_states)
        return unreadable(name, "it has no state", err);
    if (epoch < 0 || !file || strlen(file) >= sizeof record->file)
        return unreadable(name, "its members are not those of a connector", err);
    record->state = kept_states[i];
    record->epoch = (uint64_t)epoch;
    record->from_beginning = json_is_true(json_object_get(root, "fromBeginning"));
    snprintf(record->file, sizeof record->file, "%s", file);
    return WEIR_OK;
}

weir_code connect_record_read(const char *name, const void *data, size_t size,
                              connect_record *record, weir_settings *settings, weir_error *err)
{
    json_t *root = json_loadb(data, size, 0, NULL);
    json_t *config = json_object_get(root, "config");
    char *flat = NULL;
    weir_code code = WEIR_OK;

    if (json_integer_value(json_object_get(root, "version")) != VERSION) {
        code = unreadable(name, "its form is not known here", err);
        goto done;
    }
    if (!json_is_object(config) || !(flat = json_dumps(config, JSON_COMPACT))) {
        code = unreadable(name, "it has no configuration", err);
        goto done;
    }
    *record = (connect_record){.name = name, .settings = settings};
    if ((code = read_rest(name, root, record, err)) ||
        (code = weir_settings_json(flat, strlen(flat), settings, err)))
        goto done;
done:
    free(flat);
    json_decref(root);
    return code;
}

weir_code connect_keep_put(weir_vault *vault, const connect_record *record, weir_error *err)
{
    char *text = NULL;
    weir_code code = WEIR_OK;

    if (!vault)
        return WEIR_OK;
    if (!(code = connect_record_write(record, &text, err))) {
        code = weir_vault_put(vault, record->name, text, strlen(text), err);
        explicit_bzero(text, strlen(text));
    }
    free(text);
    return code;
}

weir_code connect_keep_remove(weir_vault *vault, const char *name, weir_error *err)
{
    return vault ? weir_vault_remove(vault, name, err) : WEIR_OK;
}

typedef struct {
    weir_code (*see)(void *context, const connect_record *record, weir_error *err);
    void *context;
} walk;

static weir_code see_bytes(void *context, const char *name, const void *data, size_t size,
                           weir_error *err)
{
    const walk *w = context;
    connect_record record;
    weir_settings settings = {0};
    weir_code code = connect_record_read(name, data, size, &record, &settings, err);

    if (!code)
        code = w->see(w->context, &record, err);
    weir_settings_free(&settings);
    return code;
}

weir_code connect_keep_each(weir_vault *vault,
                            weir_code (*see)(void *context, const connect_record *record,
                                             weir_error *err),
                            void *context, weir_error *err)
{
    walk w = {see, context};

    return vault ? weir_vault_each(vault, see_bytes, &w, err) : WEIR_OK;
}
