/* connect_group.h: the offsets that a connector's consumer group has committed.
 *
 * Each call makes a client, asks the brokers and ends it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_CONNECT_GROUP_H
#define WEIR_CONNECT_GROUP_H

#include "sink_config.h"
#include "weir/connect.h"

/* Partitions with an offset; position is it. *places is for weir_free(). */
weir_code connect_group_offsets(const sink_config *config, const char *bootstrap,
                                weir_connect_place **places, size_t *count, weir_error *err);
/* Sets the offsets of partitions. The group may have no member: WEIR_CONFLICT. */
weir_code connect_group_move(const sink_config *config, const char *bootstrap,
                             const weir_connect_place *places, size_t count, weir_error *err);
/* Deletes the group with its offsets; fine when there is none. One with members stays: WEIR_CONFLICT. */
weir_code connect_group_forget(const sink_config *config, const char *bootstrap, weir_error *err);
/* The id of the cluster, "" when it does not tell. */
weir_code connect_group_cluster(const char *bootstrap, const weir_settings *worker, char *out,
                                size_t room, weir_error *err);

#endif
