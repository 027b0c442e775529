/* tasks.c: what customers do with their tasks; task_watch.c does what they wish.
 *
 * A wish is in the vault before it is in memory, so that a server that was killed starts what was to run and nothing
 * else. Changes are made one at a time; the lock over the list is held for moments.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <string.h>

#include "task_inside.h"
#include "weir/log.h"
#include "weir/memory.h"

enum { RUNNING_MOST = 4, TASKS_MOST = 1000, KEY_ROOM = 400 };

static void task_free(task *of)
{
    if (!of)
        return;
    weir_free(of->cid);
    weir_task_info_free(&of->info);
    weir_free(of);
}

/* Caller holds the lock. */
static task *find(const weir_tasks *tasks, const char *cid, const char *name)
{
    task *of = tasks->first;

    while (of && (strcmp(of->cid, cid) != 0 || strcmp(of->info.name, name) != 0))
        of = of->next;
    return of;
}

/* Takes the task; caller holds the lock, or nobody else has the list yet. */
static void insert(weir_tasks *tasks, task *of)
{
    task **at = &tasks->first;

    while (*at) {
        int order = strcmp((*at)->cid, of->cid);

        if (order > 0 || (order == 0 && strcmp((*at)->info.name, of->info.name) > 0))
            break;
        at = &(*at)->next;
    }
    of->next = *at;
    *at = of;
}

static void take_out(weir_tasks *tasks, task *of)
{
    task **at = &tasks->first;

    while (*at != of)
        at = &(*at)->next;
    *at = of->next;
}

static weir_code missing(const char *cid, const char *name, weir_error *err)
{
    return weir_fail(err, WEIR_NOT_FOUND, "Customer [%.128s] has no task [%.128s]", cid, name);
}

/* --- opening and closing */

static weir_code see_task(void *context, const char *key, const void *data, size_t size,
                          weir_error *err)
{
    weir_tasks *tasks = context;
    const char *slash = strchr(key, '/');
    weir_error why = {0};
    task *of = weir_calloc(1, sizeof *of);

    if (!of || !slash || !(of->cid = weir_strndup(key, (size_t)(slash - key)))) {
        task_free(of);
        return slash ? weir_fail(err, WEIR_NO_MEMORY, "no room for task %.128s", key) : WEIR_OK;
    }
    /* One that cannot be read is told of and left where it is; the others run. */
    if (task_info_load(slash + 1, data, size, &of->info, &of->wanted, &why)) {
        weir_log(WEIR_LOG_ERROR, "task", "%s: %s", key, why.message);
        task_free(of);
        return WEIR_OK;
    }
    insert(tasks, of);
    return WEIR_OK;
}

weir_code weir_tasks_open(weir_vault *vault, const weir_tasks_options *options, weir_tasks **out,
                          weir_error *err)
{
    weir_tasks *tasks = weir_calloc(1, sizeof *tasks);
    pthread_condattr_t steady;
    weir_code code = WEIR_OK;

    if (!tasks)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for tasks");
    tasks->vault = vault;
    tasks->options = *options;
    if (!tasks->options.most)
        tasks->options.most = RUNNING_MOST;
    pthread_mutex_init(&tasks->lock, NULL);
    pthread_mutex_init(&tasks->changes, NULL);
    pthread_condattr_init(&steady);
    pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    pthread_cond_init(&tasks->news, &steady);
    pthread_cond_init(&tasks->changed, NULL);
    pthread_condattr_destroy(&steady);
    if ((code = weir_vault_each(vault, see_task, tasks, err))) {
        weir_tasks_close(tasks);
        return code;
    }
    *out = tasks;
    return WEIR_OK;
}

weir_code weir_tasks_begin(weir_tasks *tasks, weir_error *err)
{
    pthread_mutex_lock(&tasks->lock);
    tasks->begun = !pthread_create(&tasks->watcher, NULL, task_watch, tasks);
    pthread_mutex_unlock(&tasks->lock);
    return tasks->begun ? WEIR_OK : weir_fail(err, WEIR_NO_MEMORY, "no thread for tasks");
}

void weir_tasks_end(weir_tasks *tasks)
{
    bool begun = false;

    if (!tasks)
        return;
    pthread_mutex_lock(&tasks->lock);
    begun = tasks->begun && !tasks->closing;
    tasks->closing = true;
    pthread_cond_signal(&tasks->news);
    pthread_cond_broadcast(&tasks->changed);
    pthread_mutex_unlock(&tasks->lock);
    if (begun)
        pthread_join(tasks->watcher, NULL);
}

void weir_tasks_close(weir_tasks *tasks)
{
    if (!tasks)
        return;
    weir_tasks_end(tasks);
    while (tasks->first) {
        task *of = tasks->first;

        tasks->first = of->next;
        task_free(of);
    }
    pthread_cond_destroy(&tasks->news);
    pthread_cond_destroy(&tasks->changed);
    pthread_mutex_destroy(&tasks->lock);
    pthread_mutex_destroy(&tasks->changes);
    weir_free(tasks);
}

/* --- changes. Their callers hold changes, so that nothing else changes a description meanwhile. */

static void key_of(const char *cid, const char *name, char key[KEY_ROOM])
{
    snprintf(key, KEY_ROOM, "%.128s/%.128s", cid, name);
}

static weir_code keep(weir_tasks *tasks, const char *cid, const weir_task_info *info, bool running,
                      weir_error *err)
{
    char key[KEY_ROOM];
    weir_bytes bytes = {0};
    weir_code code = task_info_save(info, running, &bytes, err);

    key_of(cid, info->name, key);
    if (!code)
        code = weir_vault_put(tasks->vault, key, bytes.data, bytes.size, err);
    if (bytes.data)
        memset(bytes.data, 0, bytes.size);
    weir_bytes_free(&bytes);
    return code;
}

/* Waits until the program of a task that is not to run has ended. */
static void await_end(weir_tasks *tasks, const char *cid, const char *name)
{
    const task *of = NULL;

    pthread_mutex_lock(&tasks->lock);
    pthread_cond_signal(&tasks->news);
    while (tasks->begun && !tasks->closing && (of = find(tasks, cid, name)) && of->process &&
           !of->wanted)
        pthread_cond_wait(&tasks->changed, &tasks->lock);
    pthread_mutex_unlock(&tasks->lock);
}

static weir_code set_wanted(weir_tasks *tasks, const char *cid, const char *name, bool wanted,
                            weir_error *err)
{
    size_t running = 0;
    bool was = false;
    task *of = NULL;
    weir_code code = WEIR_OK;

    pthread_mutex_lock(&tasks->lock);
    of = find(tasks, cid, name);
    was = of && of->wanted;
    for (const task *each = tasks->first; each; each = each->next)
        running += each->wanted;
    pthread_mutex_unlock(&tasks->lock);
    if (!of)
        return missing(cid, name, err);
    if (wanted && !was && running >= tasks->options.most)
        return weir_fail(err, WEIR_CONFLICT, "%zu tasks are running, which is the most", running);
    if (was == wanted)
        return WEIR_OK;
    if ((code = keep(tasks, cid, &of->info, wanted, err)))
        return code;
    pthread_mutex_lock(&tasks->lock);
    of->wanted = wanted;
    of->due_ms = 0;
    of->failing = false;
    of->restarts = of->ended_in_row = 0;
    if (wanted)
        *of->last_error = '\0';
    pthread_cond_signal(&tasks->news);
    pthread_mutex_unlock(&tasks->lock);
    return WEIR_OK;
}

static weir_code remove_task(weir_tasks *tasks, const char *cid, const char *name, weir_error *err)
{
    char key[KEY_ROOM];
    task *of = NULL;
    weir_code code = set_wanted(tasks, cid, name, false, err);

    if (code)
        return code;
    await_end(tasks, cid, name);
    key_of(cid, name, key);
    if ((code = weir_vault_remove(tasks->vault, key, err)))
        return code;
    pthread_mutex_lock(&tasks->lock);
    if ((of = find(tasks, cid, name)) && !of->process)
        take_out(tasks, of);
    else
        of = NULL; /* the server is closing: the watching thread still has it */
    pthread_mutex_unlock(&tasks->lock);
    task_free(of);
    return WEIR_OK;
}

static weir_code add_task(weir_tasks *tasks, const char *cid, weir_task_info *info, weir_error *err)
{
    task *of = weir_calloc(1, sizeof *of);
    weir_code code = WEIR_OK;

    if (!of || !(of->cid = weir_strdup(cid))) {
        task_free(of);
        return weir_fail(err, WEIR_NO_MEMORY, "no room for task %.128s", info->name);
    }
    if ((code = keep(tasks, cid, info, false, err))) {
        task_free(of);
        return code;
    }
    of->info = *info;
    *info = (weir_task_info){0}; /* the list's now */
    pthread_mutex_lock(&tasks->lock);
    insert(tasks, of);
    pthread_mutex_unlock(&tasks->lock);
    return WEIR_OK;
}

weir_code weir_task_create(weir_tasks *tasks, const char *cid, weir_task_info *info, bool force,
                           weir_error *err)
{
    const weir_task_runner *runner = &tasks->options.runner;
    size_t count = 0;
    bool there = false;
    weir_code code = task_info_fits(info, err);

    if (code || (code = runner->check(runner->context, cid, info, err)))
        return code;
    pthread_mutex_lock(&tasks->changes);
    pthread_mutex_lock(&tasks->lock);
    there = find(tasks, cid, info->name) != NULL;
    for (const task *each = tasks->first; each; each = each->next)
        count += !strcmp(each->cid, cid);
    pthread_mutex_unlock(&tasks->lock);
    if (there && !force)
        code = weir_fail(err, WEIR_CONFLICT, "Customer [%.128s] already has a task [%.128s]", cid,
                         info->name);
    else if (!there && count >= TASKS_MOST)
        code = weir_fail(err, WEIR_TOO_LARGE, "Customer [%.128s] has %zu tasks, which is the most",
                         cid, count);
    if (!code && there)
        code = remove_task(tasks, cid, info->name, err);
    if (!code)
        code = add_task(tasks, cid, info, err);
    pthread_mutex_unlock(&tasks->changes);
    return code;
}

weir_code weir_task_start(weir_tasks *tasks, const char *cid, const char *name, weir_error *err)
{
    weir_code code = WEIR_OK;

    pthread_mutex_lock(&tasks->changes);
    code = set_wanted(tasks, cid, name, true, err);
    pthread_mutex_unlock(&tasks->changes);
    return code;
}

weir_code weir_task_stop(weir_tasks *tasks, const char *cid, const char *name, weir_error *err)
{
    weir_code code = WEIR_OK;

    pthread_mutex_lock(&tasks->changes);
    code = set_wanted(tasks, cid, name, false, err);
    pthread_mutex_unlock(&tasks->changes);
    if (!code)
        await_end(tasks, cid, name);
    return code;
}

weir_code weir_task_remove(weir_tasks *tasks, const char *cid, const char *name, weir_error *err)
{
    weir_code code = WEIR_OK;

    pthread_mutex_lock(&tasks->changes);
    code = remove_task(tasks, cid, name, err);
    pthread_mutex_unlock(&tasks->changes);
    return code;
}

/* --- looking */

weir_code weir_task_list(weir_tasks *tasks, const char *cid, char ***names, size_t *count,
                         weir_error *err)
{
    char **list = NULL;
    size_t most = 0, got = 0;
    weir_code code = WEIR_OK;

    pthread_mutex_lock(&tasks->lock);
    for (const task *of = tasks->first; of; of = of->next)
        most += !strcmp(of->cid, cid);
    if (!(list = weir_calloc(most ? most : 1, sizeof *list)))
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for the list of tasks");
    for (const task *of = tasks->first; of && !code; of = of->next)
        if (!strcmp(of->cid, cid) && !(list[got++] = weir_strdup(of->info.name)))
            code = weir_fail(err, WEIR_NO_MEMORY, "no room for the list of tasks");
    pthread_mutex_unlock(&tasks->lock);
    if (code) {
        weir_list_free(list, got);
        return code;
    }
    *names = list;
    *count = got;
    return WEIR_OK;
}

/* Caller holds the lock. */
static const char *status_of(const task *of)
{
    if (of->alive && (of->ending || !of->wanted))
        return "STOPPING";
    if (of->alive)
        return !of->looked ? "STARTING" : of->report.waiting ? "WAITING" : "RUNNING";
    return !of->wanted ? "STOPPED" : of->failing ? "RESTARTING" : "STARTING";
}

weir_code weir_task_get(weir_tasks *tasks, const char *cid, const char *name, weir_task_status *out,
                        weir_error *err)
{
    const task *of = NULL;

    pthread_mutex_lock(&tasks->lock);
    if ((of = find(tasks, cid, name))) {
        *out = (weir_task_status){.status = status_of(of),
                                  .alive = of->alive,
                                  .started_ms = of->started_ms,
                                  .restarts = of->restarts,
                                  .report = of->report};
        snprintf(out->last_error, sizeof out->last_error, "%s",
                 of->report.waiting ? of->report.reason : of->last_error);
    }
    pthread_mutex_unlock(&tasks->lock);
    return of ? WEIR_OK : missing(cid, name, err);
}

/* --- figures */

static double alive(const task *of)
{
    return of->alive;
}
static double waiting(const task *of)
{
    return of->report.waiting;
}
static double scored(const task *of)
{
    return (double)of->report.scored;
}
static double lag(const task *of)
{
    return (double)of->report.lag;
}
static double model_version(const task *of)
{
    return (double)of->report.version;
}
static double aborted(const task *of)
{
    return (double)of->report.aborted;
}
static double restarts(const task *of)
{
    return of->restarts;
}

static const struct {
    const char *name, *help, *type;
    double (*value)(const task *of);
} rows[] = {
    {"weir_task_alive", "Whether the program of a task runs.", "gauge", alive},
    {"weir_task_waiting", "Whether it waits for something; the task's lastError says for what.",
     "gauge", waiting},
    {"weir_task_rows_scored_total", "Rows scored since the program was started.", "counter",
     scored},
    {"weir_task_lag_records", "Records that wait in the source topic.", "gauge", lag},
    {"weir_task_model_version", "Version of the model that scored last.", "gauge", model_version},
    {"weir_task_transactions_aborted_total", "Transactions given back.", "counter", aborted},
    {"weir_task_restarts_total", "Times it ended by itself and was started again.", "counter",
     restarts},
};

void weir_task_figures(weir_tasks *tasks, weir_figure figure, void *context)
{
    char labels[300];

    pthread_mutex_lock(&tasks->lock);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (const task *of = tasks->first; of; of = of->next) {
            snprintf(labels, sizeof labels, "customer=\"%.128s\",task=\"%.128s\"", of->cid,
                     of->info.name);
            figure(context, rows[i].name, rows[i].help, rows[i].type, labels, rows[i].value(of));
        }
    pthread_mutex_unlock(&tasks->lock);
}
