/* router.h: from method and path to a row of the route table.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef HTTP_ROUTER_H
#define HTTP_ROUTER_H

#include "request.h"

typedef enum { ROUTE_FOUND, ROUTE_NO_PATH, ROUTE_NO_METHOD } route_outcome;

/* Finds the first row whose path and method fit and sets request->route and its params. When only paths fit, allow is
 * their methods as an Allow header wants them. *why: WEIR_INVALID for a path that is not text. */
route_outcome route_find(const weir_route *routes, weir_http_request *request, char allow[64],
                         weir_error *why);

/* True when "GET|POST" holds method; HEAD counts as GET. */
bool route_has_method(const char *methods, const char *method);

#endif
