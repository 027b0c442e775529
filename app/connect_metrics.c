/* connect_metrics.c: the figures of a worker for Prometheus.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "connect_inside.h"
#include "weir/memory.h"

/* Everything that is shown, copied first: one metric's lines stand together, whatever connector they are of. */
typedef struct {
    char *name;
    weir_connect_status status;
    weir_connect_place *places;
    size_t place_count;
} shown;

static void put(weir_bytes *out, const char *text)
{
    weir_bytes_append(out, text, strlen(text));
}

/* A value of a label, quoted. */
static void put_label(weir_bytes *out, const char *name, const char *value)
{
    put(out, name);
    put(out, "=\"");
    for (; *value; value++) {
        if (*value == '"' || *value == '\\')
            put(out, "\\");
        weir_bytes_append(out, value, 1);
    }
    put(out, "\"");
}

static void head(weir_bytes *out, const char *name, const char *kind, const char *help)
{
    char line[300];

    snprintf(line, sizeof line, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind);
    put(out, line);
}

static void open_task(weir_bytes *out, const char *name, const char *connector, size_t task)
{
    char number[32];

    put(out, name);
    put(out, "{");
    put_label(out, "connector", connector);
    snprintf(number, sizeof number, "%zu", task);
    put(out, ",");
    put_label(out, "task", number);
}

static void value(weir_bytes *out, int64_t number)
{
    char line[40];

    snprintf(line, sizeof line, "} %" PRId64 "\n", number);
    put(out, line);
}

static const struct {
    const char *name, *help;
    size_t offset;
} counters[] = {
    {"weir_connect_rows_total", "Rows learned.", offsetof(weir_connect_task, rows)},
    {"weir_connect_filtered_total", "Rows that the project's filter left out.",
     offsetof(weir_connect_task, filtered)},
    {"weir_connect_skipped_total", "Records that could not be read.",
     offsetof(weir_connect_task, skipped)},
    {"weir_connect_bad_cells_total", "Cells left out of rows that were learned.",
     offsetof(weir_connect_task, bad_cells)},
    {"weir_connect_requests_total", "Learn requests answered.",
     offsetof(weir_connect_task, requests)},
    {"weir_connect_repeats_total", "Learn requests whose rows the server had already.",
     offsetof(weir_connect_task, repeats)},
    {"weir_connect_retries_total", "Calls tried again.", offsetof(weir_connect_task, retries)},
};

static void put_counters(weir_bytes *out, const shown *all, size_t count)
{
    for (size_t c = 0; c < sizeof counters / sizeof *counters; c++) {
        head(out, counters[c].name, "counter", counters[c].help);
        for (size_t i = 0; i < count; i++)
            for (size_t t = 0; t < all[i].status.task_count; t++) {
                uint64_t number = 0;

                memcpy(&number, (const char *)&all[i].status.tasks[t] + counters[c].offset,
                       sizeof number);
                open_task(out, counters[c].name, all[i].name, t);
                value(out, (int64_t)number);
            }
    }
}

static void put_states(weir_bytes *out, const shown *all, size_t count)
{
    static const char connector[] = "weir_connect_connector_state";
    static const char task[] = "weir_connect_task_state", waiting[] = "weir_connect_task_waiting";

    head(out, connector, "gauge", "1 for the state that the connector is in.");
    for (size_t i = 0; i < count; i++) {
        put(out, connector);
        put(out, "{");
        put_label(out, "connector", all[i].name);
        put(out, ",");
        put_label(out, "state", weir_connect_state_text(all[i].status.state));
        value(out, 1);
    }
    head(out, task, "gauge", "1 for the state that the task is in.");
    for (size_t i = 0; i < count; i++)
        for (size_t t = 0; t < all[i].status.task_count; t++) {
            open_task(out, task, all[i].name, t);
            put(out, ",");
            put_label(out, "state", weir_connect_state_text(all[i].status.tasks[t].state));
            value(out, 1);
        }
    head(out, waiting, "gauge", "1 while the task waits for something; its status says for what.");
    for (size_t i = 0; i < count; i++)
        for (size_t t = 0; t < all[i].status.task_count; t++) {
            const weir_connect_task *of = &all[i].status.tasks[t];

            open_task(out, waiting, all[i].name, t);
            value(out, of->state != WEIR_TASK_FAILED && *of->reason);
        }
}

static void put_places(weir_bytes *out, const shown *all, size_t count)
{
    static const char *const names[] = {"weir_connect_position", "weir_connect_lag"};
    static const char *const helps[] = {
        "Offset of the next record that is not with the server.",
        "Records of the partition that are not with the server, as of the last fetch."};
    char number[32];

    for (size_t n = 0; n < 2; n++) {
        head(out, names[n], "gauge", helps[n]);
        for (size_t i = 0; i < count; i++)
            for (size_t p = 0; p < all[i].place_count; p++) {
                const weir_connect_place *place = &all[i].places[p];
                int64_t lag = place->end > place->position ? place->end - place->position : 0;

                if (place->position < 0 || (n && place->end < 0))
                    continue;
                open_task(out, names[n], all[i].name, place->task);
                put(out, ",");
                put_label(out, "topic", place->topic);
                snprintf(number, sizeof number, "%d", (int)place->partition);
                put(out, ",");
                put_label(out, "partition", number);
                value(out, n ? lag : place->position);
            }
    }
}

void connect_get_metrics(const weir_http_request *request, weir_http_reply *reply)
{
    weir_connect *worker = connect_of(request)->worker;
    char **names = NULL;
    shown *all = NULL;
    size_t count = 0, made = 0;
    weir_error err = {0};

    if (weir_connect_names(worker, &names, &count, &err)) {
        connect_fail(reply, &err);
        return;
    }
    if (!(all = weir_calloc(count + 1, sizeof *all))) {
        connect_refuse(reply, 500, "out of memory");
        goto done;
    }
    for (size_t i = 0; i < count; i++) { /* one that went meanwhile is not shown */
        all[made] = (shown){.name = names[i]};
        if (weir_connect_status_of(worker, names[i], &all[made].status, NULL))
            continue;
        weir_connect_places(worker, names[i], &all[made].places, &all[made].place_count, NULL);
        made++;
    }
    reply->status = 200;
    reply->content_type = "text/plain; version=0.0.4; charset=utf-8";
    put_states(&reply->body, all, made);
    put_counters(&reply->body, all, made);
    put_places(&reply->body, all, made);
done:
    for (size_t i = 0; i < made; i++) {
        weir_free(all[i].status.tasks);
        weir_free(all[i].places);
    }
    weir_free(all);
    for (size_t i = 0; i < count; i++)
        weir_free(names[i]);
    weir_free(names);
}
