/* cmd_openapi.c: weir openapi: the description of the API, made from its routes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>

#include "command.h"
#include "weir/rest.h"

static int print_openapi(const command_args *args)
{
    weir_bytes text = {0};
    int status = EXIT_DONE;
    weir_error err = {0};

    (void)args;
    if (weir_rest_openapi(WEIR_VERSION, &text, &err))
        status = report_failure("openapi", &err);
    else if (fwrite(text.data, 1, text.size, stdout) != text.size)
        status = EXIT_FAILED; /* main() says why */
    weir_bytes_free(&text);
    return status;
}

const command cmd_openapi = {
    .name = "openapi",
    .summary = "print the API as OpenAPI 3.1",
    .operands = "",
    .flags = NULL,
    .help = "Prints a JSON document made from the table of routes, so that it always tells what "
            "this program serves.",
    .run = print_openapi,
};
