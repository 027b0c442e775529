/* state.h: the inside of a summary. Private to core/summary.
 *
 * Every row contributes to sums over columns. A column with statistics (types C and B) has a *slot*. What can be absent
 * is a *group*: each plain column is a group of its own, and all values of one category column share the group of
 * their parent. That is the hidden presence column of a category: a value first seen late is a column of zeros in the
 * rows before it in which the parent was present, so it needs no more than a zero entry in every table.
 *
 * With u = x - anchor (0 where absent), p the presence of a group, y a binary column:
 *
 *     products  C[x][z] = sum u_x u_z      slots x slots, lower triangle; its diagonal is the second power sum
 *     mixed     D[x][y] = sum u_x^2 y      continuous x binary
 *     squared   E[x][z] = sum x^2 z^2      of the raw values; slots x slots, lower triangle, up to WIDEST slots
 *     counts    N[g][h] = sum p_g p_h      groups x groups, lower triangle
 *     joint     S[x][g] = sum u_x p_g      slots x groups
 *     joint2    Q[x][g] = sum u_x^2 p_g    continuous x groups (of a binary x it equals S)
 *
 * C, D and E are the same whether rows have gaps or not, since absent is 0, and are always there. N, S and Q are the
 * pairwise block. Rows in which exactly the groups marked in `complete` are present need none of it: for them N is
 * complete_rows, S the column's complete1 and Q its complete2. These are the complete block, which is folded into the
 * pairwise one when the set of groups changes; the pairwise block is allocated by the first row that has a gap.
 *
 * Counts are pairs of doubles like the sums: a summary that is scaled many thousand times holds fractions of rows, and
 * a count that drifted apart from its sums would show as spread that is not there.
 *
 * `ever` totals (rows, u^2, u^4 that went through, learned or forgotten) bound the absolute terms of every sum by
 * Cauchy and Schwarz: sum |u z| <= sqrt(sum u^2 sum z^2). They are what equality and the clamping of tiny variances
 * are measured by, at three doubles a column.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_SUMMARY_STATE_H
#define CORE_SUMMARY_STATE_H

#include "base/dd.h"
#include "summary/sums.h"
#include "weir/summary.h"

enum {
    WIDEST =
        64, /* slots up to which squared is kept, and columns up to which AUTO means extended */
    DEFAULT_ATTRIBUTES = 16384,
    DEFAULT_VALUES = 1024,
};

typedef struct {
    size_t group; /* whose presence is this column's */
    size_t
        rank; /* index among the slots of its type: a row of mixed and joint2, or a column of mixed */
    bool binary; /* its power sums are all joint sums; third, fourth, least, greatest are unused */
    bool anchored; /* the anchor was chosen for good */
    double anchor;
    weir_dd complete1,
        complete2; /* sums of u and u^2 over the complete rows; of a binary one complete2 is unused */
    weir_dd third, fourth;          /* sums of u^3 and u^4 over all rows */
    double least, greatest;         /* of the values learned; NaN before the first */
    double ever2, ever4, ever_raw4; /* sums of u^2, u^4, x^4 that ever went through */
    weir_histogram *histogram;      /* owned; both NULL while histograms are off */
    weir_ddsketch *sketch;
} column;

typedef struct {
    size_t group;
    double covered; /* rows with this category since histograms are on: the zeros of a late value */
} parent_state;

struct weir_summary {
    weir_schema *schema;
    weir_precision wanted, precision; /* precision is AUTO until the first batch decides */
    bool histograms,
        conditional; /* wanted by the options; conditional ones are kept where given is */
    bool subtracted, scaled, squares, pairwise;
    size_t max_attributes, max_values;
    double rows, ever, histogram_rows;
    weir_dd complete_rows;
    size_t slot_count, group_count, parent_count, prepared_slots;
    size_t continuous_count, binary_count;
    size_t slot_room, group_room, parent_room;
    column *columns;
    parent_state *parents;
    uint8_t *complete; /* a group: is it in the complete block? */
    sums products, mixed, squared, counts, joint, joint2;
    sums wider_mixed,
        wider_joint2; /* between prepare and adopt: room for the tables once a column is wider */
    weir_histogram **given; /* conditional.h; owned, as is what it points to; or NULL */
};

/* A copy, with or without the histograms. */
weir_code state_copy(const weir_summary *summary, bool histograms, weir_summary **out,
                     weir_error *err);

/* Makes room for everything a schema that extends the summary's own has more of (new histograms included), wider types
 * too. On failure nothing has changed but room. state_adopt() then takes the schema over and cannot fail;
 * state_cancel() forgets it. */
weir_code state_prepare(weir_summary *summary, const weir_schema *schema, weir_error *err);
void state_cancel(weir_summary *summary);
void state_adopt(weir_summary *summary, weir_schema *schema); /* owns schema from here */

/* Allocates the pairwise block for the summary as prepared. */
weir_code state_prepare_pairwise(weir_summary *summary, const weir_schema *schema, weir_error *err);
/* Moves the complete block into the pairwise one, which is there. */
void state_fold(weir_summary *summary);

/* Decides the precision, which was not decided yet. */
void state_decide(weir_summary *summary, size_t columns);
/* Takes a decision back while there are no columns. */
void state_undecide(weir_summary *summary);
/* From double-double to plain doubles. */
void state_narrow(weir_summary *summary);

/* Moves the anchor of a slot: all sums become those about the new one, in the wide type. */
void state_anchor(weir_summary *summary, size_t slot, double anchor);

/* Sums over all rows, complete or not. */
weir_dd state_exact_count(const weir_summary *summary, size_t group, size_t other);
double state_count(const weir_summary *summary, size_t group, size_t other);
weir_dd state_joint(const weir_summary *summary, size_t slot, size_t group);
weir_dd state_joint2(const weir_summary *summary, size_t slot, size_t group);
/* sum u_x^2 y with the binary y; of a binary x too. */
weir_dd state_mixed(const weir_summary *summary, size_t x, size_t y);

/* The slot's column and its group's number of rows. */
double state_rows_of(const weir_summary *summary, size_t slot);

#endif
