/* connect_plugins.c: the class of the connector and its configuration, over Kafka Connect's REST API.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <string.h>

#include "connect_inside.h"
#include "weir/memory.h"

#define CLASS_NAME "com.sml.kafka.connector.SymetryKafkaSinkConnector"

void connect_get_plugins(const weir_http_request *request, weir_http_reply *reply)
{
    (void)request;
    connect_answer(
        reply, 200,
        json_pack("[{s:s,s:s,s:s}]", "class", CLASS_NAME, "type", "sink", "version", WEIR_VERSION));
}

/* Whether a name is the class's, in full or its last part with or without "Connector", as Connect takes them. */
static bool is_class(const char *name)
{
    const weir_key *key = weir_key_find(weir_connect_keys(), "connector.class");

    for (size_t i = 0; key->words[i]; i++)
        if (!strcmp(key->words[i], name))
            return true;
    return false;
}

/* --- definitions */

/* Connect's word for the type of a key. */
static const char *type_of(const weir_key *key)
{
    if (key->type)
        return key->type;
    switch (key->kind) {
    case WEIR_KEY_INTEGER:
        return "INT";
    case WEIR_KEY_BOOLEAN:
        return "BOOLEAN";
    case WEIR_KEY_SECRET:
        return "PASSWORD";
    case WEIR_KEY_TYPES:
        return "LIST";
    default:
        return "STRING";
    }
}

static const char *width_of(const weir_key *key)
{
    return key->kind == WEIR_KEY_INTEGER || key->kind == WEIR_KEY_BOOLEAN ? "SHORT"
           : key->kind == WEIR_KEY_URL || key->kind == WEIR_KEY_TYPES     ? "LONG"
                                                                          : "MEDIUM";
}

/* A key's place among the others. */
typedef struct {
    const char *group;
    int order; /* in it, from 1 */
} key_place;

/* Goes on to a key of the table. */
static void place_next(key_place *place, const weir_key *key)
{
    if (key->group) {
        place->group = key->group;
        place->order = 0;
    }
    place->order++;
}

/* name is the key's, or that of a numbered one. */
static json_t *definition_json(const weir_key *key, const char *name, const key_place *place)
{
    const char *importance = key->importance ? key->importance : key->required ? "HIGH" : "MEDIUM";

    return json_pack("{s:s,s:s,s:b,s:s?,s:s,s:s,s:s,s:s,s:s,s:[],s:i}", "name", name, "type",
                     type_of(key), "required", (int)key->required, "default_value", key->fallback,
                     "importance", importance, "documentation", key->help, "group", place->group,
                     "width", width_of(key), "display_name", key->title ? key->title : name,
                     "dependents", "order", place->order);
}

/* Whether the class in the path is the one there is; false and answered when not. */
static bool known_class(const weir_http_request *request, weir_http_reply *reply)
{
    char message[300];

    if (is_class(weir_http_param(request, 0)))
        return true;
    snprintf(message, sizeof message, "Unknown plugin %.100s; there is %s",
             weir_http_param(request, 0), CLASS_NAME);
    connect_refuse(reply, 404, message);
    return false;
}

void connect_get_plugin_config(const weir_http_request *request, weir_http_reply *reply)
{
    json_t *list = NULL;
    key_place place = {"Common", 0};

    if (!known_class(request, reply))
        return;
    list = json_array();
    for (const weir_key *key = weir_connect_keys(); key->name; key++) {
        place_next(&place, key);
        json_array_append_new(list, definition_json(key, key->name, &place));
    }
    connect_answer(reply, 200, list);
}

/* --- validation */

static json_t *value_json(const weir_key *key, const char *name, const char *value,
                          const char *fault)
{
    json_t *errors = json_array(), *words = json_array();

    if (fault)
        json_array_append_new(errors, json_string(fault));
    for (size_t i = 0; key->words && key->words[i]; i++)
        json_array_append_new(words, json_string(key->words[i]));
    if (value && (key->kind == WEIR_KEY_SECRET || weir_setting_secret(name, value)))
        value = CONNECT_HIDDEN;
    return json_pack("{s:s,s:s?,s:o,s:o,s:b}", "name", name, "value", value, "recommended_values",
                     words, "errors", errors, "visible", 1);
}

static void add_config(json_t *list, const weir_key *key, const char *name, const key_place *place,
                       const weir_settings *given, const weir_settings *faults)
{
    const char *value = weir_settings_get(given, name);

    json_array_append_new(list, json_pack("{s:o,s:o}", "definition",
                                          definition_json(key, name, place), "value",
                                          value_json(key, name, value ? value : key->fallback,
                                                     weir_settings_get(faults, name))));
}

/* The keys of the table in its order, numbered ones behind theirs. */
static json_t *configs_json(const weir_settings *given, const weir_settings *faults, json_t *groups)
{
    json_t *list = json_array();
    key_place place = {"Common", 0};

    for (const weir_key *key = weir_connect_keys(); key->name; key++) {
        place_next(&place, key);
        if (key->group)
            json_array_append_new(groups, json_string(key->group));
        add_config(list, key, key->name, &place, given, faults);
        for (size_t i = 0; key->numbered && i < given->count; i++)
            if (strcmp(given->pairs[i].name, key->name) != 0 &&
                weir_key_find(weir_connect_keys(), given->pairs[i].name) == key)
                add_config(list, key, given->pairs[i].name, &place, given, faults);
    }
    return list;
}

/* Faults of names that are no key: a mistyped one, a property of a Kafka client. */
static void add_strangers(json_t *list, const weir_settings *given, const weir_settings *faults)
{
    static const weir_key stranger = {.help = "", .importance = "LOW"};
    const key_place place = {"Others", 1};

    for (size_t i = 0; i < faults->count; i++)
        if (!weir_key_find(weir_connect_keys(), faults->pairs[i].name))
            add_config(list, &stranger, faults->pairs[i].name, &place, given, faults);
}

/* The class in the path and the one in the body have to agree. */
static bool classes_agree(const weir_http_request *request, const weir_settings *given,
                          weir_http_reply *reply)
{
    const char *inside = weir_settings_get(given, "connector.class");
    char message[400];

    if (!inside || is_class(inside))
        return true;
    snprintf(message, sizeof message,
             "Included connector type %.100s does not match request type %.100s", inside,
             weir_http_param(request, 0));
    connect_refuse(reply, 400, message);
    return false;
}

void connect_put_validate(const weir_http_request *request, weir_http_reply *reply)
{
    weir_settings given = {0}, faults = {0};
    weir_error err = {0};
    json_t *groups = NULL, *configs = NULL;
    const char *name = NULL;

    if (!known_class(request, reply))
        return;
    if (connect_body_settings(request, &given, &err)) {
        connect_fail(reply, &err);
        goto done;
    }
    if (!classes_agree(request, &given, reply))
        goto done;
    name = weir_settings_get(&given, "name");
    if (weir_connect_faults(name ? name : "connector", &given, &faults, &err) ||
        (!name &&
         weir_settings_put(&faults, "name",
                           "Missing required configuration \"name\" which has no default value.",
                           &err))) {
        connect_fail(reply, &err);
        goto done;
    }
    groups = json_array();
    configs = configs_json(&given, &faults, groups);
    add_strangers(configs, &given, &faults);
    connect_answer(reply, 200,
                   json_pack("{s:s,s:I,s:o,s:o}", "name", weir_http_param(request, 0),
                             "error_count", (json_int_t)faults.count, "groups", groups, "configs",
                             configs));
done:
    weir_settings_free(&faults);
    weir_settings_free(&given);
}
