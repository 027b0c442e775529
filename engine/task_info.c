/* task_info.c: the description of a task, and its bytes in the vault.
 *
 *     u16 version | u8 running | text type | u32 settings | name, value ...     under the name "cid/name"
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <string.h>

#include "inside.h"
#include "task_inside.h"
#include "weir/memory.h"

enum { VERSION = 1, SETTINGS_MOST = 1000 };

void weir_task_info_free(weir_task_info *info)
{
    if (!info)
        return;
    weir_free(info->type);
    weir_free(info->name);
    for (size_t i = 0; i < info->count; i++) {
        weir_free(info->names[i]);
        weir_free(info->values[i]);
    }
    weir_free(info->names);
    weir_free(info->values);
    *info = (weir_task_info){0};
}

static size_t position_of(const weir_task_info *info, const char *name)
{
    size_t i = 0;

    while (i < info->count && strcmp(info->names[i], name) != 0)
        i++;
    return i;
}

const char *weir_task_info_get(const weir_task_info *info, const char *name)
{
    size_t at = position_of(info, name);

    return at < info->count ? info->values[at] : NULL;
}

weir_code weir_task_info_set(weir_task_info *info, const char *name, const char *value,
                             weir_error *err)
{
    size_t at = position_of(info, name);
    char *own_name = NULL, *own_value = weir_strdup(value);
    char **names = NULL, **values = NULL;

    if (!own_value)
        goto full;
    if (at < info->count) {
        weir_free(info->values[at]);
        info->values[at] = own_value;
        return WEIR_OK;
    }
    if ((names = weir_realloc_array(info->names, at + 1, sizeof *names)))
        info->names = names;
    if ((values = weir_realloc_array(info->values, at + 1, sizeof *values)))
        info->values = values;
    if (!names || !values || !(own_name = weir_strdup(name)))
        goto full;
    names[at] = own_name;
    values[at] = own_value;
    info->count++;
    return WEIR_OK;
full:
    weir_free(own_value);
    return weir_fail(err, WEIR_NO_MEMORY, "no room for the settings of a task");
}

weir_code task_info_fits(const weir_task_info *info, weir_error *err)
{
    weir_code code = name_fits("name of a task", info->name, err);

    if (code)
        return code;
    if (info->count > SETTINGS_MOST)
        return weir_fail(err, WEIR_TOO_LARGE, "task %s has %zu settings; at most %d", info->name,
                         info->count, (int)SETTINGS_MOST);
    return WEIR_OK;
}

weir_code task_info_save(const weir_task_info *info, bool running, weir_bytes *out, weir_error *err)
{
    const char *type = info->type ? info->type : "";

    weir_bytes_u16(out, VERSION);
    weir_bytes_u8(out, running);
    weir_bytes_text(out, type, strlen(type));
    weir_bytes_u32(out, (uint32_t)info->count);
    for (size_t i = 0; i < info->count; i++) {
        weir_bytes_text(out, info->names[i], strlen(info->names[i]));
        weir_bytes_text(out, info->values[i], strlen(info->values[i]));
    }
    return weir_bytes_ok(out, err);
}

static char *take_text(weir_reader *reader)
{
    size_t length = 0;
    const char *text = weir_read_text(reader, &length);

    return text && !memchr(text, 0, length) ? weir_strndup(text, length) : NULL;
}

weir_code task_info_load(const char *name, const void *data, size_t size, weir_task_info *out,
                         bool *running, weir_error *err)
{
    weir_reader reader = weir_reader_over(data, size);
    weir_task_info info = {0};
    uint16_t version = weir_read_u16(&reader);
    uint32_t count = 0;
    weir_code code = WEIR_OK;

    if (version != VERSION)
        return weir_fail(err, WEIR_CORRUPT, "task %.128s is of version %u; this program knows %d",
                         name, version, (int)VERSION);
    *running = weir_read_u8(&reader) != 0;
    info.type = take_text(&reader);
    info.name = weir_strdup(name);
    count = weir_read_u32(&reader);
    for (uint32_t i = 0; i < count && !reader.failed && !code; i++) {
        char *key = take_text(&reader), *value = take_text(&reader);

        code = key && value ? weir_task_info_set(&info, key, value, err)
                            : weir_fail(err, WEIR_CORRUPT, "task %.128s is not readable", name);
        weir_free(key);
        weir_free(value);
    }
    if (!code && (reader.failed || !info.type || !info.name || weir_reader_left(&reader)))
        code = weir_fail(err, WEIR_CORRUPT, "task %.128s is not readable", name);
    if (!code) {
        *out = info;
        info = (weir_task_info){0}; /* the caller's now */
    }
    weir_task_info_free(&info);
    return code;
}
