/* rest_parameters.c: what a project can be told at its creation.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "rest_inside.h"
#include "weir/parameters.h"

void rest_parameters(const weir_http_request *request, weir_http_reply *reply)
{
    json_out json;

    (void)request;
    rest_begin(reply, 200, "OK", &json);
    rest_write_options(&json, weir_project_parameters());
    rest_end(&json);
}
