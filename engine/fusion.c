/* fusion.c: see weir/fusion.h.
 *
 * A fused project is a claim (assembly.h) with a tree of merges, one leaf a cell. Whoever reads the project comes by
 * here first; the first to come after the pause asks the cells while others go on with what there is, and only before
 * the very first answer all wait. Each cell tells a version with its bytes and is asked with the version known: most
 * rounds bring nothing and merge nothing.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "weir/fusion.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "inside.h"
#include "seal.h"
#include "weir/envelope.h"
#include "weir/log.h"
#include "weir/memory.h"
#include "weir/merge_tree.h"
#include "weir/signing.h"

#define PREFETCH_MS 15000
#define TIMEOUT_MS 10000
#define ANSWER_MOST ((int64_t)256 << 20)
#define CELLS_MOST 10000

static const char kind[] = "fusion"; /* of the documents that keep the cells */

typedef struct {
    weir_remote *remote; /* NULL: not called yet */
    char version[WEIR_REMOTE_VERSION];
} contact;

/* One fusion project. */
typedef struct fused {
    struct fused *link;
    weir_fusion *fusion;
    weir_assembly *assembly;
    char *cid;

    pthread_mutex_t lock; /* over all below; held while cells are asked */
    weir_fusion_cells cells;
    contact *contacts; /* one a cell */
    weir_merge_tree *tree;
    double rows;
    int64_t asked_ms; /* monotonic; of the last round */
    bool moved;
    atomic_bool asked; /* once at least */

    pthread_mutex_t told_lock; /* over what is told while cells are asked */
    char error[240];
    char *list; /* the cells as JSON */
} fused;

struct weir_fusion {
    weir_engine *engine;
    weir_fusion_options options;
    pthread_mutex_t lock; /* over the list; taken before a fused project's */
    fused *first;
};

static int64_t monotonic_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- cells */

void weir_fusion_cells_free(weir_fusion_cells *cells)
{
    for (size_t i = 0; i < cells->count; i++) {
        weir_fusion_cell *cell = &cells->cells[i];

        weir_free(cell->host);
        weir_free(cell->cid);
        if (cell->sk)
            explicit_bzero(cell->sk, strlen(cell->sk));
        weir_free(cell->sk);
        weir_free(cell->pid);
    }
    weir_free(cells->cells);
    *cells = (weir_fusion_cells){0};
}

static weir_code cells_copy(const weir_fusion_cells *from, weir_fusion_cells *out, weir_error *err)
{
    weir_fusion_cells copy = {.cells = weir_calloc(from->count + 1, sizeof *copy.cells)};

    if (!copy.cells)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for %zu cells", from->count);
    for (size_t i = 0; i < from->count; i++) {
        const weir_fusion_cell *cell = &from->cells[i];
        weir_fusion_cell *to = &copy.cells[copy.count++];

        if (!(to->host = weir_strdup(cell->host)) || !(to->cid = weir_strdup(cell->cid)) ||
            !(to->sk = weir_strdup(cell->sk)) || !(to->pid = weir_strdup(cell->pid))) {
            weir_fusion_cells_free(&copy);
            return weir_fail(err, WEIR_NO_MEMORY, "no room for %zu cells", from->count);
        }
    }
    *out = copy;
    return WEIR_OK;
}

static weir_code cells_check(const weir_fusion *fusion, const weir_fusion_cells *cells,
                             weir_error *err)
{
    if (fusion->options.refused)
        return weir_fail(err, WEIR_INVALID, "this server calls no other server: it has no cells");
    if (cells->count > CELLS_MOST)
        return weir_fail(err, WEIR_INVALID, "%zu cells; a fusion project has at most %d",
                         cells->count, CELLS_MOST);
    for (size_t i = 0; i < cells->count; i++) {
        const weir_fusion_cell *cell = &cells->cells[i];
        const char *lacks = !cell->host || !*cell->host ? "host"
                            : !cell->cid || !*cell->cid ? "cid"
                            : !cell->sk || !*cell->sk   ? "sk"
                            : !cell->pid || !*cell->pid ? "pid"
                                                        : NULL;

        if (lacks)
            return weir_fail(err, WEIR_INVALID, "cell %zu lacks its %s", i, lacks);
        if (strncmp(cell->host, "http://", 7) != 0 && strncmp(cell->host, "https://", 8) != 0)
            return weir_fail(err, WEIR_INVALID, "cell %zu: host \"%.100s\" is no URL", i,
                             cell->host);
    }
    return WEIR_OK;
}

/* Stored: u32 count, then four texts a cell. */
static weir_code cells_save(const weir_fusion_cells *cells, weir_bytes *out, weir_error *err)
{
    weir_bytes_u32(out, (uint32_t)cells->count);
    for (size_t i = 0; i < cells->count; i++) {
        const weir_fusion_cell *cell = &cells->cells[i];
        const char *texts[] = {cell->host, cell->cid, cell->sk, cell->pid};

        for (size_t t = 0; t < 4; t++)
            weir_bytes_text(out, texts[t], strlen(texts[t]));
    }
    if (!out->failed && out->size > SEAL_LARGEST)
        return weir_fail(err, WEIR_TOO_LARGE, "the list of %zu cells is longer than %d bytes",
                         cells->count, SEAL_LARGEST);
    return weir_bytes_ok(out, err);
}

static char *take_text(weir_reader *reader)
{
    size_t length = 0;
    const char *text = weir_read_text(reader, &length);

    return text ? weir_strndup(text, length) : NULL;
}

static weir_code cells_load(const void *data, size_t size, weir_fusion_cells *out, weir_error *err)
{
    weir_reader reader = weir_reader_over(data, size);
    uint32_t count = weir_read_u32(&reader);
    weir_fusion_cells cells = {0};

    if (reader.failed || count > CELLS_MOST)
        return weir_fail(err, WEIR_CORRUPT, "a list of cells that is damaged");
    if (!(cells.cells = weir_calloc((size_t)count + 1, sizeof *cells.cells)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for %u cells", (unsigned)count);
    for (cells.count = 0; cells.count < count && !reader.failed;) {
        weir_fusion_cell *cell = &cells.cells[cells.count++];

        cell->host = take_text(&reader);
        cell->cid = take_text(&reader);
        cell->sk = take_text(&reader);
        cell->pid = take_text(&reader);
        if (!cell->host || !cell->cid || !cell->sk || !cell->pid)
            reader.failed = true;
    }
    if (reader.failed || weir_reader_left(&reader)) {
        weir_fusion_cells_free(&cells);
        return weir_fail(err, WEIR_CORRUPT, "a list of cells that is damaged");
    }
    *out = cells;
    return WEIR_OK;
}

/* --- the store. A project that is not persisted has no number and no document. */

static void document_name(int64_t id, char out[24])
{
    snprintf(out, 24, "%" PRId64, id);
}

static weir_code store_cells(weir_fusion *fusion, const char *cid, int64_t id,
                             const weir_fusion_cells *cells, weir_error *err)
{
    weir_store *store = fusion->engine->store;
    weir_bytes plain = {0}, sealed = {0};
    char name[24];
    weir_code code = cells_save(cells, &plain, err);

    if (code || !id)
        goto done;
    document_name(id, name);
    if ((code = seal(fusion->engine->key, name, plain.data, plain.size, &sealed, err)) ||
        (code = store->begin(store, true, err)))
        goto done;
    const weir_store_document document = {
        .cid = cid, .kind = kind, .name = name, .bytes = sealed.data, .size = sealed.size};
    if ((code = store->document_put(store, &document, err)) || (code = store->commit(store, err)))
        store->rollback(store);
done:
    if (plain.data)
        explicit_bzero(plain.data, plain.size);
    weir_bytes_free(&plain);
    weir_bytes_free(&sealed);
    return code;
}

weir_code fusion_unstore(weir_engine *engine, const char *cid, int64_t id, weir_error *err)
{
    char name[24];

    document_name(id, name);
    return engine->store->document_remove(engine->store, cid, kind, name, err);
}

/* --- asking */

static void contacts_close(fused *f)
{
    for (size_t i = 0; f->contacts && i < f->cells.count; i++)
        f->fusion->options.remote->close(f->contacts[i].remote);
    weir_free(f->contacts);
    f->contacts = NULL;
}

static weir_code call_open(const weir_fusion *fusion, const weir_fusion_cell *cell,
                           weir_remote **out, weir_error *err)
{
    static const char behind[] = "/symetry/rest";
    size_t length = strlen(cell->host);
    char *url = weir_malloc(length + sizeof behind);
    weir_code code = WEIR_OK;

    if (!url)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for a URL");
    while (length && cell->host[length - 1] == '/')
        length--;
    memcpy(url, cell->host, length);
    memcpy(url + length, behind, sizeof behind);
    code = fusion->options.remote->open(
        &(weir_remote_options){.url = url,
                               .cid = cell->cid,
                               .secret = cell->sk,
                               .timeout_ms = fusion->options.timeout_ms,
                               .max_answer = fusion->options.max_answer},
        out, err);
    weir_free(url);
    return code;
}

/* What the cell knows now, into the tree, unless that is what it knew before. Caller holds the lock. */
static weir_code ask_cell(fused *f, size_t i, weir_error *err)
{
    const weir_fusion_cell *cell = &f->cells.cells[i];
    contact *at = &f->contacts[i];
    weir_bytes bytes = {0};
    weir_summary *summary = NULL;
    char version[WEIR_REMOTE_VERSION];
    weir_code code = WEIR_OK;

    memcpy(version, at->version, sizeof version);
    if ((!at->remote && (code = call_open(f->fusion, cell, &at->remote, err))) ||
        (code =
             f->fusion->options.remote->project_fetch(at->remote, cell->pid, version, &bytes, err)))
        goto done;
    if (!bytes.size)
        goto done; /* as it was */
    if ((code = weir_summary_load(bytes.data, bytes.size, &summary, err)) ||
        (code = weir_merge_tree_put(f->tree, i, summary, err)))
        goto done;
    summary = NULL; /* the tree's now */
    memcpy(at->version, version, sizeof version);
    f->moved = true;
done:
    weir_summary_free(summary);
    weir_bytes_free(&bytes);
    return code ? weir_explain(err, code, "cell %.60s of %.60s", cell->pid, cell->host) : code;
}

/* "" takes it back. */
static void note_error(fused *f, const char *text)
{
    bool news;

    pthread_mutex_lock(&f->told_lock);
    news = strcmp(f->error, text) != 0;
    snprintf(f->error, sizeof f->error, "%s", text);
    pthread_mutex_unlock(&f->told_lock);
    if (news && *text)
        weir_log(WEIR_LOG_WARN, "fusion", "%s", text);
}

/* Caller holds the lock. */
static void ask_all(fused *f)
{
    weir_error first = {0};
    const weir_summary *whole = NULL;
    double rows, more;
    weir_code code = WEIR_OK;

    for (size_t i = 0; i < f->cells.count; i++) {
        weir_error why = {0};

        if (ask_cell(f, i, &why) && !first.code)
            first = why;
    }
    f->asked_ms = monotonic_ms();
    atomic_store(&f->asked, true);
    if (f->moved || !weir_assembly_holds(f->assembly)) {
        if (!(code = weir_merge_tree_whole(f->tree, &whole, &first))) {
            rows = whole ? weir_summary_rows(whole) : 0;
            more = rows - f->rows;
            code = weir_assembly_adopt(f->assembly, whole, more > 0 ? (uint64_t)more : 0, &first);
        }
        if (!code) {
            f->rows = rows;
            f->moved = false;
        }
    }
    note_error(f, first.message);
}

/* A weir_assembly_options.refresh. Who comes while another asks goes on with what there is. */
static void refresh(void *context)
{
    fused *f = context;

    if (pthread_mutex_trylock(&f->lock)) {
        if (atomic_load(&f->asked))
            return;
        pthread_mutex_lock(&f->lock);
    }
    if (!atomic_load(&f->asked) || monotonic_ms() - f->asked_ms >= f->fusion->options.prefetch_ms)
        ask_all(f);
    pthread_mutex_unlock(&f->lock);
}

/* --- what is told */

static void put_json_text(weir_bytes *out, const char *text)
{
    char escape[8];

    weir_bytes_u8(out, '"');
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;

        if (c == '"' || c == '\\') {
            weir_bytes_u8(out, '\\');
            weir_bytes_u8(out, c);
        } else if (c < 0x20) {
            weir_bytes_append(out, escape, (size_t)snprintf(escape, sizeof escape, "\\u%04x", c));
        } else {
            weir_bytes_u8(out, c);
        }
    }
    weir_bytes_u8(out, '"');
}

/* The list of cells as JSON, as it came. */
static char *list_of(const weir_fusion_cells *cells)
{
    static const char *const names[] = {"{\"host\":", ",\"cid\":", ",\"sk\":", ",\"pid\":"};
    weir_bytes out = {0};

    weir_bytes_append(&out, "{\"values\":[", 11);
    for (size_t i = 0; i < cells->count; i++) {
        const weir_fusion_cell *cell = &cells->cells[i];
        const char *texts[] = {cell->host, cell->cid, cell->sk, cell->pid};

        if (i)
            weir_bytes_u8(&out, ',');
        for (size_t t = 0; t < 4; t++) {
            weir_bytes_append(&out, names[t], strlen(names[t]));
            put_json_text(&out, texts[t]);
        }
        weir_bytes_u8(&out, '}');
    }
    weir_bytes_append(&out, "]}", 3); /* with its terminator */
    if (out.failed)
        weir_bytes_free(&out);
    return (char *)out.data;
}

static void forget_text(char *text)
{
    if (text)
        explicit_bzero(text, strlen(text));
    weir_free(text);
}

/* A weir_assembly_options.describe: why the last round failed, and the cells under the customer's secret. */
static void describe(void *context, weir_assembly_put put, void *sink)
{
    fused *f = context;
    uint8_t secret[WEIR_SECRET_MAX];
    size_t size = sizeof secret;
    weir_bytes hidden = {0};
    char error[sizeof f->error];
    char *list = NULL;

    pthread_mutex_lock(&f->told_lock);
    memcpy(error, f->error, sizeof error);
    list = f->list ? weir_strdup(f->list) : NULL;
    pthread_mutex_unlock(&f->told_lock);
    if (*error)
        put(sink, "fusion_fetch_error", error);
    if (list && !weir_customer_secret(f->fusion->engine, f->cid, secret, &size, NULL) &&
        !weir_envelope_make(secret, size, list, strlen(list), &hidden, NULL)) {
        weir_bytes_u8(&hidden, 0);
        if (!hidden.failed)
            put(sink, WEIR_FUSION_LIST, (const char *)hidden.data);
    }
    explicit_bzero(secret, sizeof secret);
    forget_text(list);
    weir_bytes_free(&hidden);
}

/* --- fusion projects */

static void fused_free(fused *f)
{
    if (!f)
        return;
    weir_assembly_close(f->assembly);
    contacts_close(f);
    weir_fusion_cells_free(&f->cells);
    weir_merge_tree_free(f->tree);
    forget_text(f->list);
    pthread_mutex_destroy(&f->told_lock);
    pthread_mutex_destroy(&f->lock);
    weir_free(f->cid);
    weir_free(f);
}

/* Gives it cells, of which nothing is known yet. Takes them over when it succeeds. Caller holds its lock or is alone. */
static weir_code set_cells(fused *f, weir_fusion_cells *cells, weir_error *err)
{
    contact *contacts = weir_calloc(cells->count + 1, sizeof *contacts);
    char *list = list_of(cells);
    weir_merge_tree *tree = NULL;
    weir_code code = WEIR_OK;

    if (!contacts || !list)
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for %zu cells", cells->count);
    if (code || (code = weir_merge_tree_new(0, &tree, err))) {
        weir_free(contacts);
        forget_text(list);
        return code;
    }
    contacts_close(f);
    weir_fusion_cells_free(&f->cells);
    weir_merge_tree_free(f->tree);
    f->cells = *cells;
    *cells = (weir_fusion_cells){0}; /* the project's now */
    f->contacts = contacts;
    f->tree = tree;
    f->moved = true;
    atomic_store(&f->asked, false);
    pthread_mutex_lock(&f->told_lock);
    forget_text(f->list);
    f->list = list;
    f->error[0] = 0;
    pthread_mutex_unlock(&f->told_lock);
    return WEIR_OK;
}

/* Claims a project and enters it into the list. Takes the cells over when it succeeds. */
static weir_code take_up(weir_fusion *fusion, const char *cid, const char *pid,
                         weir_fusion_cells *cells, weir_error *err)
{
    fused *f = weir_calloc(1, sizeof *f);
    const weir_assembly_options options = {
        .by = "its cells", .context = f, .refresh = refresh, .describe = describe};
    weir_code code = WEIR_OK;

    if (!f)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for a fusion project");
    f->fusion = fusion;
    pthread_mutex_init(&f->lock, NULL);
    pthread_mutex_init(&f->told_lock, NULL);
    atomic_init(&f->asked, false);
    if (!(f->cid = weir_strdup(cid)))
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for a fusion project");
    else
        code = set_cells(f, cells, err);
    /* Readers may come by before the call returns: they wait until f->assembly is there. */
    pthread_mutex_lock(&f->lock);
    if (!code)
        code = weir_assembly_open(fusion->engine, cid, pid, &options, &f->assembly, err);
    pthread_mutex_unlock(&f->lock);
    if (code) {
        fused_free(f);
        return code;
    }
    pthread_mutex_lock(&fusion->lock);
    f->link = fusion->first;
    fusion->first = f;
    pthread_mutex_unlock(&fusion->lock);
    return WEIR_OK;
}

/* Lets go of projects that were deleted. Caller holds fusion->lock. */
static void sweep(weir_fusion *fusion)
{
    for (fused **at = &fusion->first; *at;) {
        fused *f = *at;

        if (weir_assembly_check(f->assembly, NULL) != WEIR_NOT_FOUND) {
            at = &f->link;
            continue;
        }
        *at = f->link;
        fused_free(f);
    }
}

/* --- opening */

typedef struct {
    weir_fusion *fusion;
    const project *p;
    weir_fusion_cells cells;
} finding;

static weir_code see_document(void *context, const weir_store_document *row, weir_error *err)
{
    finding *find = context;
    uint8_t *plain = NULL;
    size_t size = row->size;
    char name[24];
    weir_code code = WEIR_OK;

    document_name(find->p->id, name);
    if (strcmp(row->name, name) != 0)
        return WEIR_OK;
    if (!(plain = weir_malloc(size ? size : 1)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for a list of cells");
    if (!(code = unseal(find->fusion->engine->key, name, row->bytes, row->size, plain, &size, err)))
        code = cells_load(plain, size, &find->cells, err);
    explicit_bzero(plain, row->size);
    weir_free(plain);
    return code;
}

/* A project whose cells cannot be read is served as it was left; its info shows none. */
static weir_code open_one(weir_fusion *fusion, const project *p, weir_error *err)
{
    weir_store *store = fusion->engine->store;
    finding find = {.fusion = fusion, .p = p};
    weir_code code = store->documents(store, p->cid, kind, see_document, &find, err);

    if (!code && !find.cells.cells &&
        !(find.cells.cells = weir_calloc(1, sizeof *find.cells.cells)))
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for a fusion project");
    if (!code)
        code = take_up(fusion, p->cid, p->pid, &find.cells, err);
    weir_fusion_cells_free(&find.cells);
    return code;
}

weir_code weir_fusion_open(weir_engine *engine, const weir_fusion_options *options,
                           weir_fusion **out, weir_error *err)
{
    weir_fusion *fusion = weir_calloc(1, sizeof *fusion);
    project **all = NULL;
    size_t count = 0;
    weir_code code = WEIR_OK;

    if (!fusion)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for fusion projects");
    fusion->engine = engine;
    fusion->options = *options;
    if (!fusion->options.prefetch_ms)
        fusion->options.prefetch_ms = PREFETCH_MS;
    if (!fusion->options.timeout_ms)
        fusion->options.timeout_ms = TIMEOUT_MS;
    if (!fusion->options.max_answer)
        fusion->options.max_answer = ANSWER_MOST;
    pthread_mutex_init(&fusion->lock, NULL);
    code = project_all(engine, &all, &count, err);
    for (size_t i = 0; i < count; i++) {
        weir_error why = {0};

        if (!strcmp(all[i]->head.type, WEIR_FUSION_TYPE) && open_one(fusion, all[i], &why))
            weir_log(WEIR_LOG_ERROR, "fusion", "project %s: %s", all[i]->pid, why.message);
        project_release(all[i]);
    }
    weir_free(all);
    if (code) {
        weir_fusion_close(fusion);
        return code;
    }
    *out = fusion;
    return WEIR_OK;
}

void weir_fusion_close(weir_fusion *fusion)
{
    if (!fusion)
        return;
    while (fusion->first) {
        fused *f = fusion->first;

        fusion->first = f->link;
        fused_free(f);
    }
    pthread_mutex_destroy(&fusion->lock);
    weir_free(fusion);
}

/* --- calls */

weir_code weir_fusion_create(weir_fusion *fusion, const char *cid, const char *pid, bool persist,
                             const weir_fusion_cells *cells, weir_error *err)
{
    const weir_project_options options = {.type = WEIR_FUSION_TYPE, .persist = persist};
    weir_fusion_cells copy = {0};
    project *p = NULL;
    weir_code code = cells_check(fusion, cells, err);

    if (code || (code = cells_copy(cells, &copy, err)) ||
        (code = weir_project_create(fusion->engine, cid, pid, &options, err)))
        goto done;
    if ((code = project_find(fusion->engine, cid, pid, &p, err)) ||
        (code = store_cells(fusion, cid, p->id, &copy, err)) ||
        (code = take_up(fusion, cid, pid, &copy, err)))
        weir_project_delete(fusion->engine, cid, pid, NULL);
    pthread_mutex_lock(&fusion->lock);
    sweep(fusion);
    pthread_mutex_unlock(&fusion->lock);
done:
    project_release(p);
    weir_fusion_cells_free(&copy);
    return code;
}

weir_code weir_fusion_update(weir_fusion *fusion, const char *cid, const char *pid,
                             const weir_fusion_cells *cells, weir_error *err)
{
    weir_fusion_cells copy = {0};
    project *p = NULL;
    fused *f = NULL;
    weir_code code = cells_check(fusion, cells, err);

    if (code || (code = project_find(fusion->engine, cid, pid, &p, err)))
        return code;
    pthread_mutex_lock(&fusion->lock);
    for (f = fusion->first; f && !weir_assembly_of(f->assembly, p);)
        f = f->link;
    if (!f) {
        code = weir_fail(err, WEIR_INVALID, "project %s is no fusion project", pid);
    } else if (!(code = cells_copy(cells, &copy, err))) {
        pthread_mutex_lock(&f->lock);
        if (!(code = store_cells(fusion, cid, p->id, &copy, err)))
            code = set_cells(f, &copy, err);
        pthread_mutex_unlock(&f->lock);
    }
    pthread_mutex_unlock(&fusion->lock);
    weir_fusion_cells_free(&copy);
    project_release(p);
    return code;
}

/* What is the matter with a cell, or "OK". */
static void look_at(const weir_fusion *fusion, const weir_fusion_cell *cell, weir_error *out)
{
    weir_remote *remote = NULL;
    char *filter = NULL;
    bool exists = false;

    *out = (weir_error){0};
    if (!call_open(fusion, cell, &remote, out) &&
        !fusion->options.remote->project_exists(remote, cell->pid, &exists, &filter, out) &&
        !exists)
        weir_fail(out, WEIR_NOT_FOUND, "there is no project %.100s", cell->pid);
    if (!out->code)
        snprintf(out->message, sizeof out->message, "OK");
    weir_free(filter);
    fusion->options.remote->close(remote);
}

weir_code weir_fusion_status(weir_fusion *fusion, const weir_fusion_cells *cells, char ***status,
                             weir_error *err)
{
    char **list = NULL;
    weir_code code = cells_check(fusion, cells, err);

    if (code)
        return code;
    if (!(list = weir_calloc(cells->count + 1, sizeof *list)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the state of %zu cells", cells->count);
    for (size_t i = 0; !code && i < cells->count; i++) {
        weir_error seen;

        look_at(fusion, &cells->cells[i], &seen);
        if (!(list[i] = weir_strdup(seen.message)))
            code = weir_fail(err, WEIR_NO_MEMORY, "no room for the state of a cell");
    }
    if (code)
        weir_list_free(list, cells->count);
    else
        *status = list;
    return code;
}
