/* exploration.h: what weir explore was asked, for the files that answer it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_EXPLORATION_H
#define WEIR_EXPLORATION_H

#include <jansson.h>

#include "weir/ids.h"
#include "weir/multivariate.h"

/* Attributes by name, with the names as they were given. */
typedef struct {
    char *text; /* the names, cut at their commas */
    weir_ids ids;
    weir_term *terms;
    size_t term_count;
} attribute_list;

/* What the questions are about. One of metric and multivariate, or neither: densities. */
typedef struct {
    const weir_metric *metric;
    const weir_multivariate *multivariate;
    weir_summary *summary;
    attribute_list inputs, targets;
    weir_setting *settings;
    size_t setting_count;
    char *setting_text;
    size_t bins;
    bool json;
} exploration;

const char *exploration_name(const exploration *e, size_t id); /* of an attribute */
weir_code exploration_no_room(weir_error *err);
/* The question about all inputs and targets. */
weir_question exploration_question(const exploration *e);
/* Prints and frees a value; NULL is a lack of memory. */
weir_code exploration_print(json_t *value, weir_error *err);

weir_code explore_metric(const exploration *e, weir_error *err);       /* explore_metric.c */
weir_code explore_multivariate(const exploration *e, weir_error *err); /* explore_matrix.c */
weir_code explore_densities(const exploration *e, weir_error *err);    /* explore_density.c */

#endif
