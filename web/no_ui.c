/* no_ui.c: what the server shows at / when it was built without the UI.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "weir/web_assets.h"

static const unsigned char page[] =
    "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>weir</title>"
    "<h1>weir</h1><p>This server runs; it was built without its web pages. The REST API is below "
    "<code>/symetry/rest/</code>.</p><p>To have the pages, install Node.js and npm and build "
    "with <code>cmake -DWEIR_WEB=ON</code>.</p></html>\n";

const weir_web_asset weir_web_assets[] = {
    {"/", "text/html; charset=utf-8", page, sizeof page - 1, NULL, "\"no-ui-1\""},
    {NULL, NULL, NULL, 0, NULL, NULL},
};
