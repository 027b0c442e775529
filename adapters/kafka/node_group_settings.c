/* node_group_settings.c: the settings of a node group, a row each.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <string.h>

#include "node_group_inside.h"
#include "weir/server_stream.h"

#define AT(field) offsetof(group_settings, field)

const weir_option node_group_rows[] = {
    {.name = "node.group.node",
     .kind = WEIR_OPTION_TEXT,
     .offset = AT(node),
     .greatest = CELL_WRITER_MAX,
     .fallback = "",
     .help = "Name of this node in the group; when not given, one that the data directory has made "
             "for itself."},
    {.name = "node.group.changelog.topic",
     .kind = WEIR_OPTION_TEXT,
     .offset = AT(changelog),
     .greatest = CELL_TOPIC_MAX,
     .fallback = "",
     .help = "The compacted topic of the cells; when not given, the group's name and \"-cells\". "
             "Made when it is missing."},
    {.name = "node.group.changelog.partitions",
     .kind = WEIR_OPTION_INTEGER,
     .offset = AT(partitions),
     .least = 1,
     .greatest = 10000,
     .fallback = "4",
     .help = "Its partitions where it is made."},
    {.name = "node.group.changelog.replication",
     .kind = WEIR_OPTION_INTEGER,
     .offset = AT(replication),
     .least = -1,
     .greatest = 100,
     .fallback = "-1",
     .help = "Its replication where it is made; -1: as the brokers have it."},
    {.name = "node.group.changelog.share",
     .kind = WEIR_OPTION_NUMBER,
     .offset = AT(share),
     .least = 0.0001,
     .greatest = 10,
     .fallback = "0.05",
     .help = "Bytes of cells written, at most, for each byte read; within the two intervals."},
    {.name = "node.group.interval.min.ms",
     .kind = WEIR_OPTION_INTEGER,
     .offset = AT(least_ms),
     .least = 50,
     .greatest = 3600000,
     .fallback = "1000",
     .help = "A cell that has changed is not written again before."},
    {.name = "node.group.interval.max.ms",
     .kind = WEIR_OPTION_INTEGER,
     .offset = AT(most_ms),
     .least = 50,
     .greatest = 3600000,
     .fallback = "10000",
     .help = "A cell that has changed is written at the latest after."},
    {.name = "node.group.refresh.ms",
     .kind = WEIR_OPTION_INTEGER,
     .offset = AT(refresh_ms),
     .least = 10,
     .greatest = 3600000,
     .fallback = "500",
     .help = "How often the project is made the merge of the cells, at most."},
    {.name = "node.group.record.bytes",
     .kind = WEIR_OPTION_INTEGER,
     .offset = AT(record_bytes),
     .least = 1024,
     .greatest = 900000,
     .fallback = "524288",
     .help = "A cell is cut into records of so many bytes; below what the brokers take."},
    {0},
};

const weir_option *weir_node_group_options(void)
{
    return node_group_rows;
}

bool node_group_key(const char *key)
{
    return !strcmp(key, NODE_GROUP_KEY) || !strncmp(key, NODE_GROUP_KEY ".", sizeof NODE_GROUP_KEY);
}

weir_code group_settings_read(const weir_data_source *source, group_settings *out, weir_error *err)
{
    const char *name = weir_data_source_get(source, NODE_GROUP_KEY);
    weir_code code = weir_options_default(node_group_rows, out, err);

    if (code)
        return code;
    if (!name || !*name ||
        strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") !=
            strlen(name) ||
        strlen(name) > 200)
        return weir_fail(err, WEIR_INVALID,
                         NODE_GROUP_KEY " is \"%.100s\"; it has 1 to 200 of the letters A-Z a-z "
                                        "0-9 . _ -",
                         name ? name : "");
    for (size_t i = 0; !code && i < source->count; i++) {
        bool known = true;

        if (!node_group_key(source->keys[i]) || !strcmp(source->keys[i], NODE_GROUP_KEY))
            continue;
        code =
            weir_options_set(node_group_rows, out, source->keys[i], source->values[i], &known, err);
        if (!code && !known)
            code = weir_fail(err, WEIR_INVALID, "%.100s is no setting of a node group",
                             source->keys[i]);
    }
    if (!code && out->least_ms > out->most_ms)
        code = weir_fail(err, WEIR_INVALID,
                         "node.group.interval.min.ms (%lld) is above node.group.interval.max.ms "
                         "(%lld)",
                         (long long)out->least_ms, (long long)out->most_ms);
    return code;
}

weir_code node_group_check(const weir_data_source *source, weir_error *err)
{
    group_settings settings;

    return group_settings_read(source, &settings, err);
}
