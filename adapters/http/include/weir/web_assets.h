/* web_assets.h: the files of the web UI, made by web/ and put into the binary.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_WEB_ASSETS_H
#define WEIR_WEB_ASSETS_H

#include <stddef.h>

typedef struct {
    const char *path;         /* "/", "/index.html", "/assets/index-Bx81.js" */
    const char *content_type; /* "text/html; charset=utf-8" */
    const unsigned char *data;
    size_t size;
    const char *encoding; /* "gzip", or NULL when data is as it is */
    const char *etag;     /* with its quotes; changes whenever the content does */
} weir_web_asset;

extern const weir_web_asset weir_web_assets[]; /* ended by a row without a path */

#endif
