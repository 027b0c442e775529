/* jaas.h: the value of sasl.jaas.config, in which the Java client takes its user and password.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_JAAS_H
#define WEIR_JAAS_H

#include "weir/settings.h"

/* Reads "CLASS required NAME="VALUE" ...;". *module becomes the class, for weir_free(), and out its options. */
weir_code jaas_read(const char *text, char **module, weir_settings *out, weir_error *err);

#endif
