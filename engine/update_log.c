/* update_log.c: calls that learned and forgot, added up by what they have in common, and those that read a source.
 *
 * Callers choose the client's name and the columns, so both tables are bounded: beyond GROUPS_MOST groups a call
 * counts under "(other)", of the calls that read a source the oldest are dropped, and long texts are cut.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <string.h>

#include "inside.h"
#include "notes.h"
#include "weir/updates.h"

enum {
    GROUPS_MOST = 256,
    OTHERS_MOST = 16,
    GROUPS_READ_MOST = 4096,
    CALLS_MOST = 500,
    NAMES_MOST = 8192, /* bytes */
    TEXT_MOST = 256
};

struct update_group {
    char *key; /* client, request, names, types, each with its end; then the response */
    size_t key_size;
    const char *client, *request, *names, *types; /* in key */
    int response;
    uint64_t rows, count;
    int64_t took_us;
    UT_hash_handle hh;
};

struct source_call {
    char *client, *address, *request, *source;
    int64_t at_ms, took_ms;
    uint64_t rows;
    int response;
};

/* --- groups */

/* The text up to most bytes, not cut inside a character. */
static size_t cut(const char *text, size_t most)
{
    size_t size = strnlen(text, most + 1);

    if (size <= most)
        return size;
    for (size = most; size > 0 && ((unsigned char)text[size] & 0xc0) == 0x80;)
        size--;
    return size;
}

static void add_text(weir_bytes *key, const char *text, size_t most)
{
    weir_bytes_append(key, text, cut(text, most));
    weir_bytes_u8(key, 0);
}

static void make_key(const weir_update *update, weir_bytes *key)
{
    add_text(key, update->client, TEXT_MOST);
    add_text(key, update->request, TEXT_MOST);
    add_text(key, update->names, NAMES_MOST);
    add_text(key, update->types, NAMES_MOST);
    weir_bytes_u32(key, (uint32_t)update->response);
}

static void group_free(update_group *group)
{
    if (!group)
        return;
    weir_free(group->key);
    weir_free(group);
}

/* A new group under a key; NULL without room. */
static update_group *group_add(project_notes *notes, const weir_bytes *key, int response)
{
    update_group *group = weir_calloc(1, sizeof *group);

    if (!group || !(group->key = weir_malloc(key->size))) {
        group_free(group);
        return NULL;
    }
    memcpy(group->key, key->data, key->size);
    group->key_size = key->size;
    group->client = group->key;
    group->request = group->client + strlen(group->client) + 1;
    group->names = group->request + strlen(group->request) + 1;
    group->types = group->names + strlen(group->names) + 1;
    group->response = response;
    HASH_ADD_KEYPTR(hh, notes->groups, group->key, group->key_size, group);
    if (!HASH_ADDED(group, hh)) {
        group_free(group);
        return NULL;
    }
    return group;
}

/* The group of a call, made where it is missing and there are fewer than most; NULL otherwise. */
static update_group *group_of(project_notes *notes, const weir_update *update, size_t most)
{
    update_group *group = NULL;
    weir_bytes key = {0};

    make_key(update, &key);
    if (!key.failed) {
        HASH_FIND(hh, notes->groups, key.data, key.size, group);
        if (!group && HASH_COUNT(notes->groups) < most)
            group = group_add(notes, &key, update->response);
    }
    weir_bytes_free(&key);
    return group;
}

void weir_update_note(weir_engine *engine, const char *cid, const char *pid,
                      const weir_update *update)
{
    weir_update other = *update;
    update_group *group = NULL;
    project *p = NULL;

    if (project_find(engine, cid, pid, &p, NULL))
        return;
    other.client = other.names = other.types = "(other)";
    pthread_mutex_lock(&p->notes.lock);
    if ((group = group_of(&p->notes, update, GROUPS_MOST)) ||
        (group = group_of(&p->notes, &other, GROUPS_MOST + OTHERS_MOST))) {
        group->count++;
        group->rows += update->rows;
        group->took_us += update->took_us;
        p->notes.changes++;
    }
    pthread_mutex_unlock(&p->notes.lock);
    project_release(p);
}

weir_code weir_updates(weir_engine *engine, const char *cid, const char *pid, weir_see_update see,
                       void *context, weir_error *err)
{
    update_group *group, *next;
    project *p = NULL;
    weir_code code = project_find(engine, cid, pid, &p, err);

    if (code)
        return code;
    pthread_mutex_lock(&p->notes.lock);
    HASH_ITER(hh, p->notes.groups, group, next)
    {
        weir_update_sum sum = {{group->client, group->request, group->names, group->types,
                                group->response, group->rows, group->took_us},
                               group->count};

        if ((code = see(context, &sum, err)))
            break;
    }
    pthread_mutex_unlock(&p->notes.lock);
    project_release(p);
    return code;
}

/* --- calls that read a source */

static void call_free(source_call *call)
{
    weir_free(call->client);
    weir_free(call->address);
    weir_free(call->request);
    weir_free(call->source);
}

/* Room for one more, the oldest given up where there are as many as there may be. */
static bool make_room(project_notes *notes)
{
    source_call *calls = NULL;

    if (notes->call_count == CALLS_MOST) {
        call_free(&notes->calls[0]);
        memmove(notes->calls, notes->calls + 1, (CALLS_MOST - 1) * sizeof *notes->calls);
        notes->call_count--;
    }
    calls = weir_realloc_array(notes->calls, notes->call_count + 1, sizeof *calls);
    if (calls)
        notes->calls = calls;
    return calls != NULL;
}

/* Takes the texts of call over. False without room. */
static bool call_add(project_notes *notes, source_call *call)
{
    if (!call->client || !call->address || !call->request || !call->source || !make_room(notes)) {
        call_free(call);
        return false;
    }
    notes->calls[notes->call_count++] = *call;
    return true;
}

static char *copy(const char *text)
{
    return weir_strndup(text, cut(text, TEXT_MOST));
}

void weir_source_update_note(weir_engine *engine, const char *cid, const char *pid,
                             const weir_source_update *update)
{
    source_call call = {.client = copy(update->client),
                        .address = copy(update->address),
                        .request = copy(update->request),
                        .source = copy(update->source),
                        .at_ms = update->at_ms,
                        .took_ms = update->took_ms,
                        .rows = update->rows,
                        .response = update->response};
    project *p = NULL;

    if (project_find(engine, cid, pid, &p, NULL)) {
        call_free(&call);
        return;
    }
    pthread_mutex_lock(&p->notes.lock);
    p->notes.changes += call_add(&p->notes, &call);
    pthread_mutex_unlock(&p->notes.lock);
    project_release(p);
}

weir_code weir_source_updates(weir_engine *engine, const char *cid, const char *pid,
                              weir_see_source_update see, void *context, weir_error *err)
{
    project *p = NULL;
    weir_code code = project_find(engine, cid, pid, &p, err);

    if (code)
        return code;
    pthread_mutex_lock(&p->notes.lock);
    for (size_t i = 0; i < p->notes.call_count && !code; i++) {
        const source_call *call = &p->notes.calls[i];
        weir_source_update update = {call->client, call->address, call->request, call->source,
                                     call->at_ms,  call->took_ms, call->rows,    call->response};

        code = see(context, &update, err);
    }
    pthread_mutex_unlock(&p->notes.lock);
    project_release(p);
    return code;
}

/* --- as bytes */

void update_log_free(project_notes *notes)
{
    update_group *group, *next;

    HASH_ITER(hh, notes->groups, group, next)
    {
        HASH_DEL(notes->groups, group);
        group_free(group);
    }
    for (size_t i = 0; i < notes->call_count; i++)
        call_free(&notes->calls[i]);
    weir_free(notes->calls);
    notes->calls = NULL;
    notes->call_count = 0;
}

static void put_text(weir_bytes *out, const char *text)
{
    weir_bytes_text(out, text, strlen(text));
}

void update_log_save(const project_notes *notes, weir_bytes *groups, weir_bytes *calls)
{
    const update_group *group, *next;

    weir_bytes_u32(groups, (uint32_t)HASH_COUNT(notes->groups));
    HASH_ITER(hh, notes->groups, group, next)
    {
        put_text(groups, group->client);
        put_text(groups, group->request);
        put_text(groups, group->names);
        put_text(groups, group->types);
        weir_bytes_u32(groups, (uint32_t)group->response);
        weir_bytes_u64(groups, group->rows);
        weir_bytes_u64(groups, group->count);
        weir_bytes_u64(groups, (uint64_t)group->took_us);
    }
    weir_bytes_u32(calls, (uint32_t)notes->call_count);
    for (size_t i = 0; i < notes->call_count; i++) {
        const source_call *call = &notes->calls[i];

        put_text(calls, call->client);
        put_text(calls, call->address);
        put_text(calls, call->request);
        put_text(calls, call->source);
        weir_bytes_u64(calls, (uint64_t)call->at_ms);
        weir_bytes_u64(calls, (uint64_t)call->took_ms);
        weir_bytes_u64(calls, call->rows);
        weir_bytes_u32(calls, (uint32_t)call->response);
    }
}

/* A copied text; NULL, and the reader failed, when it is not one. */
static char *take_text(weir_reader *reader)
{
    size_t length = 0;
    const char *text = weir_read_text(reader, &length);

    if (text && memchr(text, 0, length))
        reader->failed = true;
    return text && !reader->failed ? weir_strndup(text, length) : NULL;
}

/* False when the reader failed or, where it has not, without room. */
static bool load_group(project_notes *notes, weir_reader *reader)
{
    char *texts[4] = {NULL};
    update_group *group = NULL;

    for (size_t i = 0; i < 4; i++)
        texts[i] = take_text(reader);
    if (texts[0] && texts[1] && texts[2] && texts[3]) {
        weir_update update = {.client = texts[0],
                              .request = texts[1],
                              .names = texts[2],
                              .types = texts[3],
                              .response = (int)weir_read_u32(reader)};

        group = group_of(notes, &update, GROUPS_READ_MOST);
    }
    if (group) {
        group->rows += weir_read_u64(reader);
        group->count += weir_read_u64(reader);
        group->took_us += (int64_t)weir_read_u64(reader);
    }
    for (size_t i = 0; i < 4; i++)
        weir_free(texts[i]);
    return group && !reader->failed;
}

/* The same. */
static bool load_call(project_notes *notes, weir_reader *reader)
{
    source_call call = {0};

    call.client = take_text(reader);
    call.address = take_text(reader);
    call.request = take_text(reader);
    call.source = take_text(reader);
    call.at_ms = (int64_t)weir_read_u64(reader);
    call.took_ms = (int64_t)weir_read_u64(reader);
    call.rows = weir_read_u64(reader);
    call.response = (int)weir_read_u32(reader);
    return call_add(notes, &call) && !reader->failed;
}

static weir_code no_room(weir_error *err)
{
    return weir_fail(err, WEIR_NO_MEMORY, "no room for the log of updates");
}

weir_code update_log_load(project_notes *notes, const void *groups, size_t groups_size,
                          const void *calls, size_t calls_size, weir_error *err)
{
    weir_reader reader = weir_reader_over(groups, groups_size);
    uint32_t count = weir_read_u32(&reader);

    reader.failed = reader.failed || count > GROUPS_READ_MOST;
    for (uint32_t i = 0; i < count && !reader.failed; i++)
        if (!load_group(notes, &reader) && !reader.failed)
            return no_room(err);
    if (reader.failed || weir_reader_left(&reader) > 0)
        return weir_fail(err, WEIR_CORRUPT, "the counts of updates are not readable");
    reader = weir_reader_over(calls, calls_size);
    count = weir_read_u32(&reader);
    for (uint32_t i = 0; i < count && !reader.failed; i++)
        if (!load_call(notes, &reader) && !reader.failed)
            return no_room(err);
    if (reader.failed || weir_reader_left(&reader) > 0)
        return weir_fail(err, WEIR_CORRUPT,
                         "the list of updates from data sources is not readable");
    return WEIR_OK;
}
