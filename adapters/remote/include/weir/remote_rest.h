/* remote_rest.h: the remote and registry ports of the engine, over libcurl.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_REMOTE_REST_H
#define WEIR_REMOTE_REST_H

#include "weir/registry.h"
#include "weir/remote.h"

extern const weir_remote_calls weir_remote_rest;
extern const weir_registry_calls weir_registry_http;

#endif
