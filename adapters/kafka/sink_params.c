/* sink_params.c: sml.create.project.params, the parameters of a project that a connector makes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "sink_config.h"
#include "weir/memory.h"

/* enableHistogram goes into the query, where a server takes any other word for false. The rest is the server's to judge.
 */
static weir_code check_param(const char *name, const char *value, weir_error *err)
{
    if (strcmp(name, "enableHistogram") != 0 || !strcmp(value, "true") || !strcmp(value, "false"))
        return WEIR_OK;
    return weir_fail(err, WEIR_INVALID,
                     "sml.create.project.params: enableHistogram is \"%.60s\"; true or false is "
                     "wanted",
                     value);
}

static weir_code put_param(sink_config *config, const char *name, const char *value,
                           weir_error *err)
{
    weir_setting *params = NULL;
    weir_code code = check_param(name, value, err);

    if (code)
        return code;
    if (!(params =
              weir_realloc_array(config->params, config->param_count + 1, sizeof *config->params)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for connector %s", config->name);
    config->params = params;
    params[config->param_count++] = (weir_setting){name, value};
    return WEIR_OK;
}

/* Whether a pair begins here: a plain name and one '='. "x==1" is a predicate of a row filter. */
static bool begins_pair(const char *text)
{
    size_t length =
        strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-");

    return length && text[length] == '=' && text[length + 1] != '=';
}

static char *piece_end(char *at)
{
    bool quoted = false;

    for (; *at && (quoted || *at != ','); at++)
        if (*at == '"')
            quoted = !quoted;
    return at;
}

/* Whether what lies before end is one more predicate of a row filter, whose own separator may be a comma. */
static bool is_predicate(const char *piece, const char *end)
{
    const char *op = piece + strcspn(piece, "<>=!");

    return !begins_pair(piece) && op < end && (*op == '<' || *op == '>' || op[1] == '=');
}

/* Cuts one pair off *rest. A row filter may hold commas: a value goes on over pieces that are predicates. */
static weir_code take_pair(sink_config *config, char **rest, weir_error *err)
{
    char *name = *rest + strspn(*rest, " \t"), *end = piece_end(name), *value = NULL;

    if (!begins_pair(name))
        return weir_fail(err, WEIR_INVALID,
                         "sml.create.project.params holds \"%.*s\"; k=v,k=v is wanted",
                         (int)(end - name > 60 ? 60 : end - name), name);
    while (*end) {
        char *next = end + 1 + strspn(end + 1, " \t");

        if (!is_predicate(next, piece_end(next)))
            break;
        end = piece_end(next);
    }
    *rest = *end ? end + 1 : end;
    while (end > name && isspace((unsigned char)end[-1]))
        end--;
    *end = 0;
    value = strchr(name, '=');
    *value++ = 0;
    return put_param(config, name, value, err);
}

/* "k=v,k=v" or a flat JSON object (which is brought into the first form's list). */
weir_code sink_params_read(sink_config *config, weir_error *err)
{
    const char *text = weir_key_text(&config->settings, sink_keys, "sml.create.project.params");
    weir_settings object = {0};
    weir_code code = WEIR_OK;
    size_t room = strlen(text) + 1;
    char *at = NULL;

    while (isspace((unsigned char)*text))
        text++;
    if (!*text)
        return WEIR_OK;
    if (*text == '{') {
        if ((code = weir_settings_json(text, strlen(text), &object, err)))
            return weir_explain(err, code, "sml.create.project.params");
        for (size_t i = 0; i < object.count; i++)
            room += strlen(object.pairs[i].name) + strlen(object.pairs[i].value) + 2;
    }
    if (!(at = config->param_text = weir_malloc(room))) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for connector %s", config->name);
        goto done;
    }
    for (size_t i = 0; !code && i < object.count; i++) {
        char *name = at, *value = NULL;

        at = stpcpy(at, object.pairs[i].name) + 1;
        value = at;
        at = stpcpy(at, object.pairs[i].value) + 1;
        code = put_param(config, name, value, err);
    }
    if (*text == '{')
        goto done;
    strcpy(at, text);
    while (!code && *at)
        code = take_pair(config, &at, err);
done:
    weir_settings_free(&object);
    return code;
}
