/* connect_inside.h: what the files of Kafka Connect's REST API share.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_CONNECT_INSIDE_H
#define WEIR_CONNECT_INSIDE_H

#include <jansson.h>

#include "connect_rest.h"

#define CONNECT_HIDDEN "[hidden]" /* in place of a secret */

connect_rest *connect_of(const weir_http_request *request);
/* Answers with JSON, which it takes. */
void connect_answer(weir_http_reply *reply, int status, json_t *json);
/* {"error_code", "message"} */
void connect_refuse(weir_http_reply *reply, int status, const char *message);
void connect_fail(weir_http_reply *reply, const weir_error *err);

/* A configuration without its secrets. */
json_t *connect_config_json(const weir_settings *settings);
/* The body, a flat JSON object. */
weir_code connect_body_settings(const weir_http_request *request, weir_settings *out,
                                weir_error *err);
/* A configuration that came back as it was shown keeps its secrets. */
weir_code connect_restore_secrets(weir_connect *worker, const char *name, weir_settings *settings,
                                  weir_error *err);

/* Answers with all faults of a configuration, as Connect does when it refuses to make a connector. False: none. */
bool connect_refuse_faults(const char *name, const weir_settings *settings, weir_http_reply *reply);

/* --- handlers */

/* connect_connectors.c */
void connect_get_connectors(const weir_http_request *request, weir_http_reply *reply);
void connect_post_connectors(const weir_http_request *request, weir_http_reply *reply);
void connect_get_connector(const weir_http_request *request, weir_http_reply *reply);
void connect_delete_connector(const weir_http_request *request, weir_http_reply *reply);
void connect_get_config(const weir_http_request *request, weir_http_reply *reply);
void connect_put_config(const weir_http_request *request, weir_http_reply *reply);
void connect_patch_config(const weir_http_request *request, weir_http_reply *reply);

/* connect_state.c */
void connect_get_status(const weir_http_request *request, weir_http_reply *reply);
void connect_get_tasks(const weir_http_request *request, weir_http_reply *reply);
void connect_get_task_status(const weir_http_request *request, weir_http_reply *reply);
void connect_post_task_restart(const weir_http_request *request, weir_http_reply *reply);
void connect_put_pause(const weir_http_request *request, weir_http_reply *reply);
void connect_put_resume(const weir_http_request *request, weir_http_reply *reply);
void connect_put_stop(const weir_http_request *request, weir_http_reply *reply);
void connect_post_restart(const weir_http_request *request, weir_http_reply *reply);
weir_code connect_status_json(const connect_rest *rest, const char *name, json_t **out,
                              weir_error *err);

/* connect_offsets.c */
void connect_get_offsets(const weir_http_request *request, weir_http_reply *reply);
void connect_patch_offsets(const weir_http_request *request, weir_http_reply *reply);
void connect_delete_offsets(const weir_http_request *request, weir_http_reply *reply);
void connect_get_topics(const weir_http_request *request, weir_http_reply *reply);
void connect_put_topics_reset(const weir_http_request *request, weir_http_reply *reply);

/* connect_plugins.c */
void connect_get_plugins(const weir_http_request *request, weir_http_reply *reply);
void connect_get_plugin_config(const weir_http_request *request, weir_http_reply *reply);
void connect_put_validate(const weir_http_request *request, weir_http_reply *reply);

/* connect_metrics.c */
void connect_get_metrics(const weir_http_request *request, weir_http_reply *reply);

#endif
