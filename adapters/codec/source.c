/* source.c: the "source" member of a DataFrame, which says where its rows stand in Kafka.
 *
 *     {"id":"shuttle-sink@4L6g3n","topic":"shuttle","partition":0,"from":100,"next":103,"offsets":[100,102]}
 *
 * Positions decide which rows count, so nothing here is forgiven: a member that is missing, twice there or out of
 * order refuses the frame. "epoch" and "reset" may be left out; members of other names are not ours.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "frame.h"

#include <string.h>

#include "json_write.h"
#include "weir/memory.h"

typedef enum {
    SOURCE_ID,
    SOURCE_TOPIC,
    SOURCE_PARTITION,
    SOURCE_FROM,
    SOURCE_NEXT,
    SOURCE_OFFSETS,
    SOURCE_REQUIRED,
    SOURCE_EPOCH = SOURCE_REQUIRED,
    SOURCE_RESET,
    SOURCE_MEMBERS
} source_member;

static const char *const source_names[SOURCE_MEMBERS] = {"id",   "topic",   "partition", "from",
                                                         "next", "offsets", "epoch",     "reset"};

static weir_code read_name(json_walk *walk, weir_bytes *scratch, char **out, weir_error *err)
{
    json_string string;
    const char *text;
    size_t size;
    weir_code code;

    if ((code = json_walk_string(walk, &string, err)) ||
        (code = json_string_text(&string, scratch, &text, &size, err)))
        return code;
    if (size == 0 || size > WEIR_NAME_MAX || memchr(text, 0, size))
        return weir_fail(err, WEIR_INVALID, "a text of 1 to %d bytes is needed, not %zu",
                         WEIR_NAME_MAX, size);
    if (!(*out = weir_strndup(text, size)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for a text of %zu bytes", size);
    return WEIR_OK;
}

/* A whole number from 0 to most. */
static weir_code read_count(json_walk *walk, int64_t most, int64_t *out, weir_error *err)
{
    weir_code code = json_walk_integer(walk, out, err);

    if (code)
        return code;
    if (*out < 0 || *out > most)
        return weir_fail(err, WEIR_INVALID, "%lld lies outside 0 to %lld", (long long)*out,
                         (long long)most);
    return WEIR_OK;
}

static weir_code read_offsets(json_walk *walk, weir_source *source, weir_error *err)
{
    size_t capacity = 0;
    bool first = true, more;
    weir_code code = json_walk_expect(walk, '[', err);

    while (!code && !(code = json_walk_more(walk, ']', &first, &more, err)) && more) {
        if (source->offset_count == capacity) {
            int64_t *grown;

            capacity = capacity ? capacity * 2 : 512;
            if (!(grown = weir_realloc_array(source->offsets, capacity, sizeof *grown)))
                return weir_fail(err, WEIR_NO_MEMORY, "no room for %zu offsets", capacity);
            source->offsets = grown;
        }
        if (!(code = read_count(walk, INT64_MAX, &source->offsets[source->offset_count], err)))
            source->offset_count++;
    }
    return code;
}

static weir_code read_flag(json_walk *walk, bool *out, weir_error *err)
{
    char word;
    weir_code code = json_walk_word(walk, &word, err);

    if (!code && word == 'n')
        return weir_fail(err, WEIR_INVALID, "true or false is needed");
    *out = !code && word == 't';
    return code;
}

static weir_code read_member(source_member which, json_walk *walk, weir_bytes *scratch,
                             weir_source *source, weir_error *err)
{
    int64_t value = 0;
    weir_code code = WEIR_OK;

    switch (which) {
    case SOURCE_ID:
        return read_name(walk, scratch, &source->id, err);
    case SOURCE_TOPIC:
        return read_name(walk, scratch, &source->topic, err);
    case SOURCE_PARTITION:
        code = read_count(walk, INT32_MAX, &value, err);
        source->partition = (int32_t)value;
        return code;
    case SOURCE_FROM:
        return read_count(walk, INT64_MAX, &source->from, err);
    case SOURCE_NEXT:
        return read_count(walk, INT64_MAX, &source->next, err);
    case SOURCE_OFFSETS:
        return read_offsets(walk, source, err);
    case SOURCE_EPOCH:
        code = read_count(walk, INT64_MAX, &value, err);
        source->epoch = (uint64_t)value;
        return code;
    case SOURCE_RESET:
        return read_flag(walk, &source->reset, err);
    case SOURCE_MEMBERS:
        break;
    }
    return json_walk_skip(walk, err);
}

static source_member member_of(const json_string *key)
{
    source_member which = SOURCE_ID;

    while (which < SOURCE_MEMBERS && !json_string_is(key, source_names[which]))
        which++;
    return which;
}

static weir_code check_order(const weir_source *source, weir_error *err)
{
    int64_t least = source->from;

    if (source->next < source->from)
        return weir_fail(err, WEIR_INVALID, "next %lld lies before from %lld",
                         (long long)source->next, (long long)source->from);
    for (size_t i = 0; i < source->offset_count; i++) {
        if (source->offsets[i] < least || source->offsets[i] >= source->next)
            return weir_fail(
                err, WEIR_INVALID, "offset %lld is out of order or outside from %lld to next %lld",
                (long long)source->offsets[i], (long long)source->from, (long long)source->next);
        least = source->offsets[i] + 1;
    }
    return WEIR_OK;
}

static weir_code read_members(json_walk *walk, weir_bytes *scratch, weir_source *source,
                              weir_error *err)
{
    bool found[SOURCE_MEMBERS + 1] = {false};
    bool first = true, more;
    weir_code code = json_walk_expect(walk, '{', err);

    while (!code && !(code = json_walk_more(walk, '}', &first, &more, err)) && more) {
        json_string key;
        source_member which;

        if ((code = json_walk_key(walk, &key, err)))
            break;
        which = member_of(&key);
        if (which < SOURCE_MEMBERS && found[which])
            return weir_fail(err, WEIR_INVALID, "%s is there twice", source_names[which]);
        found[which] = true;
        if ((code = read_member(which, walk, scratch, source, err)) && which < SOURCE_MEMBERS)
            return weir_explain(err, code, "%s", source_names[which]);
    }
    for (source_member which = SOURCE_ID; !code && which < SOURCE_REQUIRED; which++)
        if (!found[which])
            code = weir_fail(err, WEIR_INVALID, "%s is missing", source_names[which]);
    return code ? code : check_order(source, err);
}

weir_code source_read(json_walk *walk, weir_bytes *scratch, weir_source *out, weir_error *err)
{
    weir_source source = {0};
    weir_code code = read_members(walk, scratch, &source, err);

    if (code) {
        weir_source_free(&source);
        return code;
    }
    *out = source; /* the caller's now */
    return WEIR_OK;
}

static void write_member(weir_bytes *out, const char *name)
{
    json_write_raw(out, ",\"");
    json_write_raw(out, name);
    json_write_raw(out, "\":");
}

void source_write(const weir_source *source, weir_bytes *out)
{
    json_write_raw(out, "{\"id\":");
    json_write_text(out, source->id);
    write_member(out, "topic");
    json_write_text(out, source->topic);
    write_member(out, "partition");
    json_write_integer(out, source->partition);
    write_member(out, "from");
    json_write_integer(out, source->from);
    write_member(out, "next");
    json_write_integer(out, source->next);
    write_member(out, "offsets");
    weir_bytes_u8(out, '[');
    for (size_t i = 0; i < source->offset_count; i++) {
        if (i > 0)
            weir_bytes_u8(out, ',');
        json_write_integer(out, source->offsets[i]);
    }
    weir_bytes_u8(out, ']');
    if (source->epoch > 0) {
        write_member(out, "epoch");
        json_write_integer(out, (int64_t)source->epoch);
    }
    if (source->reset) {
        write_member(out, "reset");
        json_write_raw(out, "true");
    }
    weir_bytes_u8(out, '}');
}
