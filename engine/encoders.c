/* encoders.c: the encoders of all customers: found by name, replaced whole, on disk before they are seen.
 *
 * An encoder in memory is immutable and counts references. Whoever changes one copies it, changes the copy, writes
 * that into the store as a document, and puts it into the table: readers never wait for a learn, and what fails
 * half-way is thrown away. Changes of all encoders, assignments included, are made one after the other under
 * encoders_change, so that an encoder cannot be removed while it is being assigned.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "weir/encoders.h"

#include <stdlib.h>
#include <string.h>

#include "inside.h"
#include "weir/log.h"

#define KIND "encoder"
#define ENCODERS_MOST 1000 /* of a customer */

struct weir_encoder_ref {
    atomic_uint refs;
    weir_encoder *encoder;
};

struct encoder_row {
    char *cid, *name;
    char *key; /* cid NUL name */
    weir_encoder_ref *current;
    UT_hash_handle hh;
};

/* --- references */

void weir_encoder_release(weir_encoder_ref *ref)
{
    if (ref && atomic_fetch_sub(&ref->refs, 1) == 1) {
        weir_encoder_free(ref->encoder);
        weir_free(ref);
    }
}

const weir_encoder *weir_encoder_of(const weir_encoder_ref *ref)
{
    return ref->encoder;
}

/* Takes the encoder over when it succeeds. */
static weir_code ref_new(weir_encoder **encoder, weir_encoder_ref **out, weir_error *err)
{
    weir_encoder_ref *ref = weir_calloc(1, sizeof *ref);

    if (!ref)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for an encoder");
    atomic_init(&ref->refs, 1);
    ref->encoder = *encoder;
    *encoder = NULL; /* the reference's now */
    *out = ref;
    return WEIR_OK;
}

/* --- the table */

static size_t key_length(const char *cid, const char *name)
{
    return strlen(cid) + 1 + strlen(name);
}

static void row_free(encoder_row *row)
{
    if (!row)
        return;
    weir_encoder_release(row->current);
    weir_free(row->cid);
    weir_free(row->name);
    weir_free(row->key);
    weir_free(row);
}

static weir_code row_new(const char *cid, const char *name, weir_encoder_ref *current,
                         encoder_row **out, weir_error *err)
{
    encoder_row *row = weir_calloc(1, sizeof *row);
    size_t a = strlen(cid) + 1, b = strlen(name) + 1;

    if (!row || !(row->cid = weir_strdup(cid)) || !(row->name = weir_strdup(name)) ||
        !(row->key = weir_malloc(a + b))) {
        row_free(row);
        return weir_fail(err, WEIR_NO_MEMORY, "no room for encoder %s", name);
    }
    memcpy(row->key, cid, a);
    memcpy(row->key + a, name, b);
    row->current = current;
    *out = row;
    return WEIR_OK;
}

/* Caller holds encoders_lock. */
static encoder_row *lookup(const weir_engine *engine, const char *cid, const char *name)
{
    encoder_row *found = NULL;
    char key[512];
    size_t a = strlen(cid) + 1, b = strlen(name);

    if (a + b > sizeof key) /* longer than the name of any encoder */
        return NULL;
    memcpy(key, cid, a);
    memcpy(key + a, name, b);
    HASH_FIND(hh, engine->encoders, key, a + b, found);
    return found;
}

static weir_code missing(const char *cid, const char *name, weir_error *err)
{
    return weir_fail(err, WEIR_NOT_FOUND, "Customer [%.120s] has no Encoder with name [%.120s]",
                     cid, name);
}

weir_code weir_encoders_get(weir_engine *engine, const char *cid, const char *name,
                            weir_encoder_ref **out, weir_error *err)
{
    encoder_row *row;

    *out = NULL;
    pthread_mutex_lock(&engine->encoders_lock);
    if ((row = lookup(engine, cid, name))) {
        *out = row->current;
        atomic_fetch_add(&row->current->refs, 1);
    }
    pthread_mutex_unlock(&engine->encoders_lock);
    return row ? WEIR_OK : missing(cid, name, err);
}

weir_code encoder_of_project(project *p, weir_encoder_ref **out, weir_error *err)
{
    char name[256];
    size_t length = 0;

    *out = NULL;
    pthread_mutex_lock(&p->lock);
    if (p->head.encoder && (length = strlen(p->head.encoder)) < sizeof name)
        memcpy(name, p->head.encoder, length + 1);
    pthread_mutex_unlock(&p->lock);
    return length ? weir_encoders_get(p->engine, p->cid, name, out, err) : WEIR_OK;
}

/* Adds the encoder or puts it in the place of the one of that name, whose reference goes. Takes ref over when it
 * succeeds. Caller holds none of the locks but encoders_change. */
static weir_code table_put(weir_engine *engine, const char *cid, const char *name,
                           weir_encoder_ref **ref, weir_error *err)
{
    encoder_row *row = NULL, *found;
    weir_encoder_ref *old = NULL;
    weir_code code = row_new(cid, name, *ref, &row, err);

    if (code)
        return code;
    pthread_mutex_lock(&engine->encoders_lock);
    if ((found = lookup(engine, cid, name))) {
        old = found->current;
        found->current = *ref;
    } else {
        HASH_ADD_KEYPTR(hh, engine->encoders, row->key, key_length(cid, name), row);
        if (!HASH_ADDED(row, hh))
            code = weir_fail(err, WEIR_NO_MEMORY, "no room for encoder %s", name);
    }
    pthread_mutex_unlock(&engine->encoders_lock);
    if (!code)
        *ref = NULL; /* the table's now */
    if (code || found) {
        row->current = NULL;
        row_free(row);
    }
    weir_encoder_release(old);
    return code;
}

/* --- the store */

static weir_code store_put(weir_engine *engine, const char *cid, const char *name,
                           const weir_encoder *encoder, weir_error *err)
{
    weir_store *store = engine->store;
    weir_bytes bytes = {0};
    weir_code code = weir_encoder_save(encoder, &bytes, err);

    if (!code && !(code = store->begin(store, true, err))) {
        if ((code = store->document_put(store,
                                        &(weir_store_document){.cid = cid,
                                                               .kind = KIND,
                                                               .name = name,
                                                               .bytes = bytes.data,
                                                               .size = bytes.size},
                                        err)) ||
            (code = store->commit(store, err)))
            store->rollback(store);
    }
    weir_bytes_free(&bytes);
    return code;
}

static weir_code store_remove(weir_engine *engine, const char *cid, const char *name,
                              weir_error *err)
{
    weir_store *store = engine->store;
    weir_code code = store->begin(store, true, err);

    if (!code && ((code = store->document_remove(store, cid, KIND, name, err)) ||
                  (code = store->commit(store, err))))
        store->rollback(store);
    return code;
}

/* One that cannot be read is as if it were not there: projects that use it refuse rows and name it, all else works. */
static weir_code see_encoder(void *context, const weir_store_document *row, weir_error *err)
{
    weir_encoder *encoder = NULL;
    weir_encoder_ref *ref = NULL;
    weir_error why = {0};
    weir_code code = weir_encoder_load(row->bytes, row->size, &encoder, &why);

    if (code == WEIR_CORRUPT) {
        weir_log(WEIR_LOG_ERROR, "engine", "encoder %s of customer %s is left out: %s", row->name,
                 row->cid, why.message);
        return WEIR_OK;
    }
    if (!code && !(code = ref_new(&encoder, &ref, &why)))
        code = table_put(context, row->cid, row->name, &ref, &why);
    weir_encoder_release(ref);
    weir_encoder_free(encoder);
    return code ? weir_fail(err, code, "encoder %s of customer %s: %.120s", row->name, row->cid,
                            why.message)
                : code;
}

weir_code encoders_open(weir_engine *engine, weir_error *err)
{
    return engine->store->documents(engine->store, NULL, KIND, see_encoder, engine, err);
}

void encoders_close(weir_engine *engine)
{
    encoder_row *row, *next;

    HASH_ITER(hh, engine->encoders, row, next)
    {
        HASH_DEL(engine->encoders, row);
        row_free(row);
    }
}

/* Puts an encoder into the store, then into the table. Takes it over whatever the outcome. Caller holds
 * encoders_change. */
static weir_code publish(weir_engine *engine, const char *cid, const char *name,
                         weir_encoder *encoder, weir_error *err)
{
    weir_encoder_ref *ref = NULL;
    weir_code code = ref_new(&encoder, &ref, err);

    if (!code && !(code = store_put(engine, cid, name, ref->encoder, err)))
        code = table_put(engine, cid, name, &ref, err);
    weir_encoder_free(encoder);
    weir_encoder_release(ref);
    return code;
}

/* --- making and removing */

/* Caller holds encoders_change. */
static weir_code check_room(weir_engine *engine, const char *cid, const char *name, weir_error *err)
{
    const encoder_row *row, *next;
    size_t owned = 0;
    bool there;

    pthread_mutex_lock(&engine->encoders_lock);
    there = lookup(engine, cid, name) != NULL;
    HASH_ITER(hh, engine->encoders, row, next)
    owned += !strcmp(row->cid, cid);
    pthread_mutex_unlock(&engine->encoders_lock);
    if (there)
        return weir_fail(err, WEIR_CONFLICT, "Customer[%.100s] already has Encoder[%.100s]", cid,
                         name);
    if (owned >= ENCODERS_MOST)
        return weir_fail(err, WEIR_TOO_LARGE, "customer %s has %zu encoders, which is the most",
                         cid, owned);
    return WEIR_OK;
}

weir_code weir_encoders_create(weir_engine *engine, const char *cid, const char *name,
                               const char *target, weir_type type, double least, weir_error *err)
{
    weir_encoder *encoder = NULL;
    weir_code code = engine_serves(engine, err);

    if (code || (code = name_fits("encoder name", name, err)) ||
        (code = weir_encoder_new(target, type, least, &encoder, err)))
        return code;
    pthread_mutex_lock(&engine->encoders_change);
    if (!(code = check_room(engine, cid, name, err))) {
        code = publish(engine, cid, name, encoder, err);
        encoder = NULL; /* the table's now, or gone */
    }
    pthread_mutex_unlock(&engine->encoders_change);
    weir_encoder_free(encoder);
    return code;
}

/* WEIR_CONFLICT naming a project that uses the encoder. */
static weir_code check_unused(weir_engine *engine, const char *cid, const char *name,
                              weir_error *err)
{
    project **all = NULL;
    size_t count = 0;
    weir_code code = project_all(engine, &all, &count, err);

    for (size_t i = 0; i < count; i++) {
        project *p = all[i];

        pthread_mutex_lock(&engine->lock);
        pthread_mutex_lock(&p->lock);
        if (!code && !strcmp(p->cid, cid) && p->head.encoder && !strcmp(p->head.encoder, name))
            code = weir_fail(err, WEIR_CONFLICT, "Encoder[%.80s] is in use by project [%.80s]",
                             name, p->pid);
        pthread_mutex_unlock(&p->lock);
        pthread_mutex_unlock(&engine->lock);
        project_release(p);
    }
    weir_free(all);
    return code;
}

weir_code weir_encoders_remove(weir_engine *engine, const char *cid, const char *name,
                               weir_error *err)
{
    weir_encoder_ref *ref = NULL;
    encoder_row *row = NULL;
    weir_code code = engine_serves(engine, err);

    if (code)
        return code;
    pthread_mutex_lock(&engine->encoders_change);
    if (!(code = weir_encoders_get(engine, cid, name, &ref, err)) &&
        !(code = check_unused(engine, cid, name, err)) &&
        !(code = store_remove(engine, cid, name, err))) {
        pthread_mutex_lock(&engine->encoders_lock);
        row = lookup(engine, cid, name);
        HASH_DEL(engine->encoders, row);
        pthread_mutex_unlock(&engine->encoders_lock);
        row_free(row);
    }
    pthread_mutex_unlock(&engine->encoders_change);
    weir_encoder_release(ref);
    return code;
}

static int by_text(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

weir_code weir_encoders_list(weir_engine *engine, const char *cid, char ***names, size_t *count,
                             weir_error *err)
{
    const encoder_row *row, *next;
    const char **list = NULL;
    size_t n = 0;
    weir_code code = WEIR_OK;

    pthread_mutex_lock(&engine->encoders_lock);
    if (!(list = weir_calloc(HASH_COUNT(engine->encoders) + 1, sizeof *list)))
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for the list of encoders");
    else
        HASH_ITER(hh, engine->encoders, row, next)
    if (!strcmp(row->cid, cid))
        list[n++] = row->name;
    if (n > 0)
        qsort((void *)list, n, sizeof *list, by_text);
    if (!code)
        code = texts_copy(list, n, names, err);
    pthread_mutex_unlock(&engine->encoders_lock);
    if (!code)
        *count = n;
    weir_free((void *)list);
    return code;
}

/* --- changing */

/* A copy of the encoder to be changed. Caller holds encoders_change. */
static weir_code copy_of(weir_engine *engine, const char *cid, const char *name, weir_encoder **out,
                         weir_error *err)
{
    weir_encoder_ref *ref = NULL;
    weir_code code = weir_encoders_get(engine, cid, name, &ref, err);

    if (!code)
        code = weir_encoder_copy(ref->encoder, out, err);
    weir_encoder_release(ref);
    return code;
}

weir_code weir_encoders_learn(weir_engine *engine, const char *cid, const char *name,
                              const weir_batch *batch, uint64_t *rows, weir_error *err)
{
    weir_encoder *next = NULL;
    weir_code code = engine_serves(engine, err);

    if (code)
        return code;
    pthread_mutex_lock(&engine->encoders_change);
    if (!(code = copy_of(engine, cid, name, &next, err)) &&
        !(code = weir_encoder_learn(next, batch, rows, err))) {
        code = publish(engine, cid, name, next, err);
        next = NULL; /* the table's now, or gone */
    }
    pthread_mutex_unlock(&engine->encoders_change);
    weir_encoder_free(next);
    return code;
}

weir_code weir_encoders_merge(weir_engine *engine, const char *cid, const char *name,
                              const weir_encoder *other, weir_error *err)
{
    weir_encoder *next = NULL;
    weir_code code = engine_serves(engine, err);

    if (code)
        return code;
    pthread_mutex_lock(&engine->encoders_change);
    if (!(code = copy_of(engine, cid, name, &next, err)) &&
        !(code = weir_encoder_merge(next, other, err))) {
        code = publish(engine, cid, name, next, err);
        next = NULL; /* the table's now, or gone */
    }
    pthread_mutex_unlock(&engine->encoders_change);
    weir_encoder_free(next);
    return code;
}

static weir_code set_one(weir_encoder *encoder, const weir_encoder_edit *edit, bool new_keys,
                         weir_error *err)
{
    size_t key = weir_encoder_find(encoder, edit->key);
    weir_type type = edit->type;

    if (key == WEIR_NONE && !new_keys)
        return weir_fail(err, WEIR_INVALID, "the encoder has no key \"%.100s\"", edit->key);
    if (type == WEIR_X)
        type = key == WEIR_NONE ? WEIR_S : weir_encoder_key_at(encoder, key).type;
    return weir_encoder_set(encoder, edit->key, type, edit->value, edit->count, edit->sum, err);
}

weir_code weir_encoders_set(weir_engine *engine, const char *cid, const char *name,
                            const weir_encoder_edit *edits, size_t count, bool new_keys,
                            weir_error *err)
{
    weir_encoder *next = NULL;
    weir_code code = engine_serves(engine, err);

    if (code)
        return code;
    pthread_mutex_lock(&engine->encoders_change);
    code = copy_of(engine, cid, name, &next, err);
    for (size_t i = 0; !code && i < count; i++)
        code = set_one(next, &edits[i], new_keys, err);
    if (!code) {
        code = publish(engine, cid, name, next, err);
        next = NULL; /* the table's now, or gone */
    }
    pthread_mutex_unlock(&engine->encoders_change);
    weir_encoder_free(next);
    return code;
}

/* --- projects */

/* Caller holds the intake turn and encoders_change. Takes the name over when it succeeds. */
static weir_code assign(project *p, char **name, weir_error *err)
{
    project_head head = p->head; /* a view */
    char *old = NULL;
    weir_code code;

    head.encoder = *name;
    if ((code = project_change_head(p, p->pid, &head, err)))
        return code;
    pthread_mutex_lock(&p->lock);
    old = p->head.encoder;
    p->head.encoder = *name;
    pthread_mutex_unlock(&p->lock);
    *name = NULL; /* the project's now */
    weir_free(old);
    return WEIR_OK;
}

/* A column that the project knows as text cannot become a number: rows from now on would lose it cell by cell. Caller
 * holds intake. */
static weir_code check_columns(project *p, const weir_encoder *encoder, weir_error *err)
{
    const weir_schema *schema;
    weir_code code = project_load(p, err);

    if (code)
        return code;
    turn_take(&p->state);
    /* NULL: an absorb ran out of memory and dropped it. */
    schema =
        p->now.collection ? weir_summary_schema(weir_collection_whole(p->now.collection)) : NULL;
    for (size_t i = 0; !code && schema && i < weir_schema_size(schema); i++) {
        const weir_attribute *a = weir_schema_at(schema, i);

        if ((a->type == WEIR_S || a->type == WEIR_L) &&
            strcmp(a->name, p->head.rules.partition) != 0 &&
            weir_encoder_type(encoder, a->name, strlen(a->name)) != WEIR_X)
            code = weir_fail(err, WEIR_CONFLICT,
                             "project %.80s knows column %.80s as text (%c) already; assign an "
                             "encoder before the first row with it",
                             p->pid, a->name, (char)a->type);
    }
    turn_give(&p->state);
    return code;
}

weir_code weir_project_assign(weir_engine *engine, const char *cid, const char *pid,
                              const char *encoder, weir_error *err)
{
    project *p = NULL;
    weir_encoder_ref *ref = NULL;
    char *name = encoder && *encoder ? weir_strdup(encoder) : NULL;
    weir_code code = engine_serves(engine, err);

    if (!code && encoder && *encoder && !name)
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for the name of an encoder");
    if (code || (code = project_find(engine, cid, pid, &p, err)))
        goto done;
    turn_take(&p->intake);
    if (p->gone)
        code = project_missing(cid, pid, err);
    else if (name && !(code = weir_encoders_get(engine, cid, name, &ref, err)))
        code = check_columns(p, weir_encoder_of(ref), err);
    if (!code) {
        pthread_mutex_lock(&engine->encoders_change);
        weir_encoder_release(ref);
        ref = NULL;
        if (!name || !(code = weir_encoders_get(engine, cid, name, &ref, err)))
            code = assign(p, &name, err);
        pthread_mutex_unlock(&engine->encoders_change);
    }
    turn_give(&p->intake);
done:
    weir_encoder_release(ref);
    weir_free(name);
    project_release(p);
    return code;
}
