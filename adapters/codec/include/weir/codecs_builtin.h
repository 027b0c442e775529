/* codecs_builtin.h: the codec port on simdjson, jansson and zstd.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_CODECS_BUILTIN_H
#define WEIR_CODECS_BUILTIN_H

#include "weir/codec.h"

extern const weir_codecs weir_codecs_builtin;

#endif
