/* models.c: model versions: built from a copy of the summary, stored, and then seen.
 *
 * A model is immutable. Building again makes the next version, which replaces the older one in the store and in the
 * list at once; whoever scores with the older one holds a reference and finishes with it. The store holds the model's
 * bytes and its recipe (inputs, targets and settings as they were asked for), from which the refresher builds anew.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "inside.h"
#include "weir/log.h"
#include "weir/parameters.h"

/* --- references */

static weir_code ref_new(weir_model *model, weir_model_facts facts, weir_model_ref **out,
                         weir_error *err)
{
    weir_model_ref *ref = weir_calloc(1, sizeof *ref);

    if (!ref)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for a model");
    atomic_init(&ref->refs, 1);
    ref->model = model;
    ref->facts = facts;
    *out = ref;
    return WEIR_OK;
}

void weir_model_release(weir_model_ref *ref)
{
    if (ref && atomic_fetch_sub(&ref->refs, 1) == 1) {
        weir_model_free(ref->model);
        weir_free(ref);
    }
}

const weir_model *weir_model_of(const weir_model_ref *ref)
{
    return ref->model;
}

weir_model_facts weir_model_facts_of(const weir_model_ref *ref)
{
    return ref->facts;
}

/* --- recipes */

static weir_code recipe_from(const weir_build *build, recipe *out, weir_error *err)
{
    recipe r = {0};
    weir_refresh refresh;
    const char **names = weir_calloc(build->setting_count + 1, sizeof *names);
    const char **values = weir_calloc(build->setting_count + 1, sizeof *values);
    weir_code code = WEIR_OK;

    if (!names || !values || !(r.algorithm = weir_strdup(build->algorithm))) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room to build a model");
        goto done;
    }
    if ((code = weir_options_default(weir_refresh_options, &refresh, err)))
        goto done;
    for (size_t i = 0; i < build->setting_count && !code; i++) {
        const weir_setting *setting = &build->settings[i];

        names[i] = setting->name;
        values[i] = setting->value;
        code = weir_options_set(weir_refresh_options, &refresh, setting->name, setting->value, NULL,
                                err);
    }
    r.refresh_rows = (uint64_t)refresh.rows;
    r.refresh_ms = refresh.ms;
    if (code || (code = texts_copy(build->inputs, build->input_count, &r.inputs, err)))
        goto done;
    r.input_count = build->input_count;
    if ((code = texts_copy(build->targets, build->target_count, &r.targets, err)))
        goto done;
    r.target_count = build->target_count;
    if ((code = texts_copy(names, build->setting_count, &r.names, err)))
        goto done;
    r.setting_count = build->setting_count;
    if ((code = texts_copy(values, build->setting_count, &r.values, err)))
        goto done;
    *out = r;
    r = (recipe){0}; /* the caller's now */
done:
    recipe_free(&r);
    weir_free((void *)names);
    weir_free((void *)values);
    return code;
}

static weir_code recipe_copy(const recipe *from, recipe *out, weir_error *err)
{
    weir_code code = WEIR_OK;
    weir_setting *settings = weir_calloc(from->setting_count + 1, sizeof *settings);

    if (!settings)
        return weir_fail(err, WEIR_NO_MEMORY, "no room to build a model again");
    for (size_t i = 0; i < from->setting_count; i++)
        settings[i] = (weir_setting){from->names[i], from->values[i]};
    code = recipe_from(&(weir_build){.algorithm = from->algorithm,
                                     .inputs = (const char *const *)from->inputs,
                                     .input_count = from->input_count,
                                     .targets = (const char *const *)from->targets,
                                     .target_count = from->target_count,
                                     .settings = settings,
                                     .setting_count = from->setting_count},
                       out, err);
    weir_free(settings);
    return code;
}

/* --- the list */

/* Caller holds models_lock. */
static model_slot *slot_find(const project *p, const char *model_id)
{
    for (size_t i = 0; i < p->model_count; i++)
        if (!strcmp(p->models[i].model_id, model_id))
            return &p->models[i];
    return NULL;
}

static void slot_free(model_slot *slot)
{
    weir_free(slot->model_id);
    recipe_free(&slot->recipe);
    weir_model_release(slot->current);
    *slot = (model_slot){0};
}

/* When the next refresh by rows is due. Caller holds models_lock. */
static void update_due(project *p)
{
    unsigned long long due = ULLONG_MAX;

    for (size_t i = 0; i < p->model_count; i++) {
        const model_slot *slot = &p->models[i];

        if (slot->recipe.refresh_rows && slot->built_moved + slot->recipe.refresh_rows < due)
            due = slot->built_moved + slot->recipe.refresh_rows;
    }
    atomic_store(&p->due_moved, due);
}

/* Takes the slot over, replacing one of its name; *slot is empty afterwards. Caller holds models_lock. */
static weir_code slot_put(project *p, model_slot *slot, weir_error *err)
{
    model_slot *old = slot_find(p, slot->model_id);

    if (!old) {
        model_slot *wider = weir_realloc_array(p->models, p->model_count + 1, sizeof *p->models);

        if (!wider)
            return weir_fail(err, WEIR_NO_MEMORY, "no room for model %s", slot->model_id);
        p->models = wider;
        old = &p->models[p->model_count++];
    } else {
        slot_free(old);
    }
    *old = *slot;
    *slot = (model_slot){0}; /* the list's now */
    update_due(p);
    return WEIR_OK;
}

void models_drop(project *p)
{
    pthread_mutex_lock(&p->publishing);
    pthread_mutex_lock(&p->models_lock);
    for (size_t i = 0; i < p->model_count; i++)
        slot_free(&p->models[i]);
    weir_free(p->models);
    p->models = NULL;
    p->model_count = 0;
    p->models_loaded = false;
    atomic_store(&p->due_moved, ULLONG_MAX);
    pthread_mutex_unlock(&p->models_lock);
    pthread_mutex_unlock(&p->publishing);
}

/* One that cannot be read is as if it were not there: its project has all it needs to build it again. */
static weir_code see_model(void *context, const weir_store_model *row, weir_error *err)
{
    project *p = context;
    model_slot slot = {.model_id = weir_strdup(row->model_id), .built_moved = p->moved};
    weir_model *model = NULL;
    weir_model_facts facts = {0};
    weir_error why = {0};
    weir_code code = WEIR_OK;

    if (!slot.model_id) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room");
        goto done;
    }
    if ((code = weir_model_load(row->bytes, row->size, &model, &why)) ||
        (code = recipe_load(row->recipe, row->recipe_size, &slot.recipe, &facts, &why)) ||
        (code = ref_new(model, facts, &slot.current, &why))) {
        if (code == WEIR_CORRUPT) {
            weir_log(WEIR_LOG_ERROR, "engine", "model %s of a project is left out: %s",
                     row->model_id, why.message);
            code = WEIR_OK;
        } else {
            weir_fail(err, code, "%s", why.message);
        }
        goto done;
    }
    model = NULL; /* the reference's now */
    slot.tried_ms = facts.created_ms;
    pthread_mutex_lock(&p->models_lock);
    code = slot_put(p, &slot, err);
    pthread_mutex_unlock(&p->models_lock);
done:
    weir_model_free(model);
    slot_free(&slot);
    return code ? weir_explain(err, code, "model %s", row->model_id) : code;
}

weir_code models_load(project *p, weir_error *err)
{
    weir_store *store = p->engine->store;
    weir_code code = WEIR_OK;

    pthread_mutex_lock(&p->publishing);
    if (!p->models_loaded && p->id)
        code = store->models(store, p->id, see_model, p, err);
    p->models_loaded = !code;
    pthread_mutex_unlock(&p->publishing);
    return code;
}

/* --- building */

/* One build on its way. */
typedef struct {
    project *project;
    const char *model_id;
    const recipe *recipe;
    weir_summary *copy; /* of all columns: the model keeps the project's attribute numbers */
    weir_ids inputs, targets;
    uint64_t version; /* of the one to build */
    uint64_t moved;
    weir_model *model;
    weir_model_facts facts;
} building;

static void building_free(building *b)
{
    weir_summary_free(b->copy);
    weir_ids_free(&b->inputs);
    weir_ids_free(&b->targets);
    weir_model_free(b->model);
}

/* Holds the state turn for one copy. */
static weir_code copy_summary(building *b, const weir_algorithm *algorithm, weir_error *err)
{
    project *p = b->project;
    const recipe *r = b->recipe;
    const weir_summary *whole;
    weir_code code = project_state_take(p, err);

    if (code)
        return code;
    whole = weir_collection_whole(p->now.collection);
    if (!(code = names_resolve(&b->inputs, weir_summary_schema(whole),
                               (const char *const *)r->inputs, r->input_count, err)) &&
        !(code = names_resolve(&b->targets, weir_summary_schema(whole),
                               (const char *const *)r->targets, r->target_count, err)))
        code = algorithm->needs & WEIR_NEEDS_HISTOGRAMS
                   ? weir_summary_copy(whole, &b->copy, err)
                   : weir_summary_copy_sums(whole, &b->copy, err);
    b->moved = atomic_load(&p->moved);
    turn_give(&p->state);
    return code;
}

/* The caller holds project.building, so no other version appears meanwhile. */
static weir_code build_model(building *b, weir_error *err)
{
    project *p = b->project;
    const weir_algorithm *algorithm = weir_algorithm_find(b->recipe->algorithm);
    weir_setting *settings = NULL;
    struct timespec before, after;
    const model_slot *slot;
    weir_code code;

    if (!algorithm)
        return weir_fail(err, WEIR_INVALID, "algorithm \"%.80s\" is not known",
                         b->recipe->algorithm);
    if ((code = copy_summary(b, algorithm, err)))
        return code;
    pthread_mutex_lock(&p->models_lock);
    slot = slot_find(p, b->model_id);
    b->version = slot ? weir_model_version(slot->current->model) + 1 : 1;
    b->facts.built = slot ? slot->current->facts.built + 1 : 1;
    pthread_mutex_unlock(&p->models_lock);
    if (!(settings = weir_calloc(b->recipe->setting_count + 1, sizeof *settings)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room to build a model");
    for (size_t i = 0; i < b->recipe->setting_count; i++)
        settings[i] = (weir_setting){b->recipe->names[i], b->recipe->values[i]};
    clock_gettime(CLOCK_MONOTONIC, &before);
    code = weir_model_build(algorithm, b->copy, b->inputs.ids, b->inputs.count, b->targets.ids,
                            b->targets.count, settings, b->recipe->setting_count, b->version,
                            &b->model, err);
    clock_gettime(CLOCK_MONOTONIC, &after);
    b->facts.build_ns =
        (after.tv_sec - before.tv_sec) * 1000000000 + (after.tv_nsec - before.tv_nsec);
    b->facts.created_ms = engine_now(p->engine);
    weir_free(settings);
    return code;
}

static weir_code store_model(const building *b, weir_error *err)
{
    weir_store *store = b->project->engine->store;
    weir_bytes bytes = {0}, words = {0};
    weir_code code;

    if ((code = weir_model_save(b->model, &bytes, err)) ||
        (code = recipe_save(b->recipe, &b->facts, &words, err)) ||
        (code = store->begin(store, true, err)))
        goto done;
    if ((code = store->model_put(store,
                                 &(weir_store_model){.project = b->project->id,
                                                     .model_id = b->model_id,
                                                     .bytes = bytes.data,
                                                     .size = bytes.size,
                                                     .recipe = words.data,
                                                     .recipe_size = words.size},
                                 err)) ||
        (code = store->commit(store, err)))
        store->rollback(store);
done:
    weir_bytes_free(&bytes);
    weir_bytes_free(&words);
    return code;
}

/* Stores the model, then shows it. A refresh comes too late when the model was deleted meanwhile. */
static weir_code publish(building *b, bool refresh, weir_error *err)
{
    project *p = b->project;
    model_slot slot = {.model_id = weir_strdup(b->model_id),
                       .built_moved = b->moved,
                       .tried_ms = b->facts.created_ms};
    bool wanted = true;
    weir_code code = slot.model_id ? recipe_copy(b->recipe, &slot.recipe, err)
                                   : weir_fail(err, WEIR_NO_MEMORY, "no room for a model");

    if (code || (code = ref_new(b->model, b->facts, &slot.current, err)))
        goto done;
    pthread_mutex_lock(&p->publishing);
    if (p->models_closed) {
        code = weir_fail(err, WEIR_NOT_FOUND, "the project was deleted while the model was built");
    } else if (refresh) {
        pthread_mutex_lock(&p->models_lock);
        wanted = slot_find(p, b->model_id) != NULL;
        pthread_mutex_unlock(&p->models_lock);
    }
    if (!code && wanted && p->id)
        code = store_model(b, err);
    /* An unloaded project finds the model in the store. */
    if (!code && wanted && p->models_loaded) {
        pthread_mutex_lock(&p->models_lock);
        code = slot_put(p, &slot, err);
        pthread_mutex_unlock(&p->models_lock);
        if (!code)
            b->model = NULL; /* the list's now */
    }
    pthread_mutex_unlock(&p->publishing);
done:
    if (slot.current) {
        slot.current->model = NULL; /* still the building's */
        weir_model_release(slot.current);
        slot.current = NULL;
    }
    slot_free(&slot);
    return code;
}

static weir_code make(project *p, const char *model_id, const recipe *r, bool refresh,
                      weir_error *err)
{
    building b = {.project = p, .model_id = model_id, .recipe = r};
    engine_figures *figures = &p->engine->figures;
    weir_code code;

    pthread_mutex_lock(&p->building);
    if (!(code = build_model(&b, err)))
        code = publish(&b, refresh, err);
    pthread_mutex_unlock(&p->building);
    atomic_fetch_add(code ? &figures->build_failures : &figures->builds, 1);
    atomic_fetch_add(&figures->build_ns, (unsigned long long)b.facts.build_ns);
    building_free(&b);
    return code;
}

static weir_code check_model_id(const char *model_id, weir_error *err)
{
    size_t length = strlen(model_id);

    if (!length || length > 256 || !weir_utf8_valid(model_id, length) || strpbrk(model_id, "/\n\r"))
        return weir_fail(err, WEIR_INVALID,
                         "model name \"%.80s\": it has 1 to 256 bytes and no / or line end",
                         model_id);
    return WEIR_OK;
}

weir_code weir_build_check(const weir_build *build, weir_error *err)
{
    recipe r = {0};
    weir_code code = check_model_id(build->model_id, err);

    if (!code)
        code = recipe_from(build, &r, err);
    recipe_free(&r);
    return code;
}

weir_code weir_model_make(weir_engine *engine, const char *cid, const char *pid,
                          const weir_build *build, weir_error *err)
{
    project *p = NULL;
    recipe r = {0};
    weir_code code = project_find(engine, cid, pid, &p, err);

    if (!code && !(code = check_model_id(build->model_id, err)) &&
        !(code = recipe_from(build, &r, err)))
        code = make(p, build->model_id, &r, false, err);
    recipe_free(&r);
    project_release(p);
    return code;
}

/* --- refreshing */

static bool is_due(const model_slot *slot, uint64_t moved, int64_t now_ms)
{
    const recipe *r = &slot->recipe;

    return moved != slot->built_moved &&
           ((r->refresh_rows && moved - slot->built_moved >= r->refresh_rows) ||
            (r->refresh_ms && now_ms - slot->tried_ms >= r->refresh_ms));
}

/* The first model that is due, its build counted as tried; *model_id is NULL when none is. */
static weir_code next_due(project *p, char **model_id, recipe *r, weir_error *err)
{
    uint64_t moved = atomic_load(&p->moved);
    int64_t now_ms = engine_now(p->engine);
    weir_code code = WEIR_OK;

    pthread_mutex_lock(&p->models_lock);
    for (size_t i = 0; i < p->model_count && !*model_id && !code; i++) {
        model_slot *slot = &p->models[i];

        if (!is_due(slot, moved, now_ms))
            continue;
        slot->built_moved = moved;
        slot->tried_ms = now_ms;
        if (!(code = recipe_copy(&slot->recipe, r, err)) &&
            !(*model_id = weir_strdup(slot->model_id)))
            code = weir_fail(err, WEIR_NO_MEMORY, "no room to build a model again");
        update_due(p);
    }
    pthread_mutex_unlock(&p->models_lock);
    return code;
}

void models_refresh(project *p)
{
    weir_error why;
    weir_code code = WEIR_OK;

    for (;;) {
        char *model_id = NULL;
        recipe r = {0};

        code = next_due(p, &model_id, &r, &why);
        if (!code && model_id)
            code = make(p, model_id, &r, true, &why);
        if (code && code != WEIR_NOT_FOUND)
            weir_log(WEIR_LOG_WARN, "engine", "model %s is not built again: %s",
                     model_id ? model_id : "", why.message);
        recipe_free(&r);
        if (!model_id)
            break;
        weir_free(model_id);
    }
}

/* --- reading and deleting */

static weir_code no_such_model(const char *model_id, weir_error *err)
{
    return weir_fail(err, WEIR_NO_MODEL, "no such model %s", model_id);
}

weir_code weir_model_get(weir_engine *engine, const char *cid, const char *pid,
                         const char *model_id, weir_model_ref **out, weir_error *err)
{
    project *p = NULL;
    const model_slot *slot;
    weir_code code = project_find(engine, cid, pid, &p, err);

    if (code || (code = project_state_take(p, err)))
        goto done;
    turn_give(&p->state);
    pthread_mutex_lock(&p->models_lock);
    if ((slot = slot_find(p, model_id))) {
        *out = slot->current;
        atomic_fetch_add(&slot->current->refs, 1);
    } else {
        code = no_such_model(model_id, err);
    }
    pthread_mutex_unlock(&p->models_lock);
done:
    project_release(p);
    return code;
}

static weir_code unstore_model(project *p, const char *model_id, weir_error *err)
{
    weir_store *store = p->engine->store;
    weir_code code = WEIR_OK;

    if (p->id && !(code = store->begin(store, true, err)) &&
        ((code = store->model_remove(store, p->id, model_id, err)) ||
         (code = store->commit(store, err))))
        store->rollback(store);
    return code;
}

weir_code weir_model_delete(weir_engine *engine, const char *cid, const char *pid,
                            const char *model_id, weir_error *err)
{
    project *p = NULL;
    model_slot *slot;
    weir_code code = project_find(engine, cid, pid, &p, err);

    if (code || (code = project_state_take(p, err)))
        goto done;
    turn_give(&p->state);
    pthread_mutex_lock(&p->publishing);
    pthread_mutex_lock(&p->models_lock);
    slot = slot_find(p, model_id);
    pthread_mutex_unlock(&p->models_lock);
    code = slot ? unstore_model(p, model_id, err) : no_such_model(model_id, err);
    if (!code) {
        pthread_mutex_lock(&p->models_lock);
        slot = slot_find(p, model_id);
        slot_free(slot);
        *slot = p->models[--p->model_count];
        update_due(p);
        pthread_mutex_unlock(&p->models_lock);
    }
    pthread_mutex_unlock(&p->publishing);
done:
    project_release(p);
    return code;
}
