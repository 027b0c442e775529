/* block.c: up to 512 rows become sums of products.
 *
 * The cells of the block are laid out as panels, one row of a panel a column of the batch: u (distance to the anchor),
 * its exact square q, the exact square r of the raw value (the same as q where the anchor is 0) and, when there are
 * gaps, p (presence). Then the tables of state.h are products of panels: C = u u', E = r r', D = q y', S = u p',
 * Q = q p', N = p p'; in extended precision by the kernels, otherwise one BLAS call each. Block sums are made first and
 * added to the totals once: fewer roundings, and the same code for learning and forgetting.
 *
 * Category columns are not laid out: the rows of a block are chained by value, and what a value adds are sums
 * over its own rows, so that a thousand values cost no more than one.
 *
 * Cells below WEIR_CELL_TINY enter as 0. Distances to an anchor are pairs of doubles, exact; where all lower halves
 * of a block are 0, as they are near the anchor (Sterbenz), the shorter kernel is used.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "summary/block.h"

#include <cblas.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "weir/memory.h"

#define NO_ROW UINT32_MAX

enum { QUEUE = 64 };

/* The sums that each continuous column makes while it is laid out. SECOND and RAW only where no product of panels has
 * them on its diagonal, FOURTH likewise. */
enum { SUM, CUBES, SECOND, FOURTH, RAW, POWERS };

/* The rows of a block by value of one category. */
typedef struct {
    uint32_t *heads;   /* first row of each word; NO_ROW for the words the block has not */
    uint32_t *touched; /* the words it has, at most one a row */
    size_t touched_count;
    uint32_t next[KERNEL_ROWS];
} chains;

struct block {
    const weir_batch *batch;
    const plan *plan;
    const kernel *kernel;
    double sign;
    bool gaps, extended, squares;
    bool anchored;                      /* some anchor is not 0 */
    bool low;                           /* some lower half of u is not 0 in this block */
    size_t numbers, continuous, groups; /* strands of u and r, of q, of p */
    size_t first, rows, padded;         /* the block in the batch; padded to whole lanes */
    double *panels;                     /* aligned, in panel_memory */
    strand *u, *q, *r, *p; /* into panels; for BLAS each lies KERNEL_ROWS behind the one before */
    lanes *queue;          /* QUEUE sums of a product that wait to be folded; aligned */
    lanes *power_lanes;    /* POWERS a continuous column; aligned */
    weir_dd *powers;       /* the same, folded */
    double *hi, *lo;       /* a product of panels, before it is added */
    size_t *slots, *ranks, *group_ids;
    chains *chains;
    void *panel_memory;
};

void block_free(block *b)
{
    if (!b)
        return;
    for (size_t i = 0; b->chains && i < b->plan->category_count; i++) {
        weir_free(b->chains[i].heads);
        weir_free(b->chains[i].touched);
    }
    weir_free(b->chains);
    weir_free(b->panel_memory);
    weir_free(b->u);
    weir_free(b->powers);
    weir_free(b->hi);
    weir_free(b->slots);
    weir_free(b);
}

/* Points strands at the next count rows of the panel memory. */
static void lay_out(strand *strands, size_t count, double **at, bool wide)
{
    double *hi = *at, *lo = wide ? hi + count * KERNEL_ROWS : NULL;

    for (size_t i = 0; i < count; i++)
        strands[i] = (strand){hi + i * KERNEL_ROWS, wide ? lo + i * KERNEL_ROWS : NULL};
    *at += count * KERNEL_ROWS * (wide ? 2 : 1);
}

/* How many sums the continuous columns make, in whole steps of fold(). */
static size_t power_count(const block *b)
{
    return (POWERS * b->continuous + KERNEL_LANES - 1) / KERNEL_LANES * KERNEL_LANES;
}

static bool make_panels(block *b)
{
    size_t rows = 4 * b->numbers + 2 * b->continuous + b->groups;
    size_t waiting = QUEUE + power_count(b);

    b->u = weir_calloc(2 * b->numbers + b->continuous + b->groups + 1, sizeof *b->u);
    b->powers = weir_calloc(power_count(b), sizeof *b->powers);
    b->panel_memory =
        weir_malloc(rows * KERNEL_ROWS * sizeof(double) + waiting * sizeof(lanes) + KERNEL_ALIGN);
    if (!b->u || !b->powers || !b->panel_memory)
        return false;
    b->r = b->u + b->numbers;
    b->q = b->r + b->numbers;
    b->p = b->q + b->continuous;
    return true;
}

/* r is q, and u where that is 0 or 1, unless BLAS wants it in one piece or anchors make it another thing. Where no
 * product needs q, its columns share one strand. */
static void lay_out_panels(block *b)
{
    uintptr_t start =
        ((uintptr_t)b->panel_memory + KERNEL_ALIGN - 1) & ~(uintptr_t)(KERNEL_ALIGN - 1);
    double *at;

    b->queue = (lanes *)start;
    b->power_lanes = b->queue + QUEUE;
    memset(b->queue, 0, (QUEUE + power_count(b)) * sizeof *b->queue);
    at = (double *)(b->power_lanes + power_count(b));
    lay_out(b->u, b->numbers, &at, true);
    lay_out(b->q, b->continuous, &at, true);
    lay_out(b->p, b->groups, &at, false);
    for (size_t i = b->continuous; i < b->numbers; i++)
        b->u[i].lo = NULL;
    for (size_t i = 0; i < b->numbers; i++)
        b->r[i] = i < b->continuous ? b->q[i] : b->u[i];
    if (b->squares && (b->anchored || !b->extended))
        lay_out(b->r, b->numbers, &at, true);
    for (size_t i = 1; i < b->continuous; i++)
        if (!b->squares && !b->gaps && b->continuous == b->numbers && b->plan->category_count == 0)
            b->q[i] = b->q[0];
}

static bool make_chains(block *b)
{
    const plan *p = b->plan;

    b->chains = weir_calloc(p->category_count, sizeof *b->chains);
    for (size_t i = 0; b->chains && i < p->category_count; i++) {
        size_t words = p->categories[i].from->word_count;
        chains *s = &b->chains[i];

        s->heads = weir_malloc(words * sizeof *s->heads);
        s->touched = weir_malloc(KERNEL_ROWS * sizeof *s->touched);
        if (!s->heads || !s->touched)
            return false;
        memset(s->heads, 0xff, words * sizeof *s->heads);
    }
    return b->chains != NULL;
}

/* Whether products of u go straight into the table: plain doubles, and the slots lie in a row. */
static bool in_place(const block *b)
{
    for (size_t i = 1; i < b->numbers; i++)
        if (b->slots[i] != b->slots[0] + i)
            return false;
    return !b->extended && b->numbers > 0;
}

/* Room for a product of panels, unless the only one there is goes straight into its table. */
static bool make_product(block *b)
{
    size_t side = b->groups > b->numbers ? b->groups : b->numbers;

    if (in_place(b) && !b->gaps && !b->squares && b->continuous == b->numbers)
        return true;
    if (side > 0 && side > SIZE_MAX / (2 * sizeof *b->hi) / side)
        return false;
    b->hi = weir_malloc((b->extended ? 2 : 1) * side * side * sizeof *b->hi);
    b->lo = b->hi && b->extended ? b->hi + side * side : NULL;
    return b->hi != NULL;
}

weir_code block_new(const weir_summary *summary, const weir_batch *batch, const plan *p, bool gaps,
                    double sign, const kernel *with, block **out, weir_error *err)
{
    block *b = weir_calloc(1, sizeof *b);
    size_t numbers = p->number_count, groups = numbers + p->category_count;

    if (!b)
        goto no_room;
    *b = (block){.batch = batch, .plan = p, .kernel = with, .sign = sign, .gaps = gaps};
    b->extended = summary->precision == WEIR_PRECISION_EXTENDED;
    b->squares = summary->squares;
    b->numbers = numbers;
    b->continuous = p->continuous_count;
    b->groups = gaps ? groups : 0;
    b->slots = weir_malloc((2 * numbers + groups) * sizeof *b->slots);
    if (!b->slots)
        goto no_room;
    for (size_t i = 0; i < numbers; i++)
        b->slots[i] = p->numbers[i].slot;
    if (!make_product(b) || !make_panels(b) || !make_chains(b))
        goto no_room;
    *out = b;
    return WEIR_OK;
no_room:
    block_free(b);
    return weir_fail(err, WEIR_NO_MEMORY, "no room to take in %zu columns", numbers);
}

double block_sign(const block *b)
{
    return b->sign;
}

/* What is known only now that the summary has the columns and their anchors. */
static void begin(block *b, const weir_summary *summary)
{
    const plan *p = b->plan;

    b->squares = summary->squares;
    b->ranks = b->slots + b->numbers;
    b->group_ids = b->ranks + b->numbers;
    for (size_t i = 0; i < b->numbers; i++) {
        const column *c = &summary->columns[b->slots[i]];

        b->ranks[i] = c->rank;
        b->group_ids[i] = c->group;
        b->anchored = b->anchored || c->anchor != 0;
    }
    for (size_t i = 0; i < p->category_count; i++)
        b->group_ids[b->numbers + i] = summary->parents[p->categories[i].parent].group;
    lay_out_panels(b);
}

/* --- laying out the cells */

/* Turns cells into distances to the anchor, 0 where absent. True when a lower half is not 0. */
static bool shift_cells(double *hi, double *lo, const uint8_t *present, size_t count, double anchor)
{
    bool low = false;

    for (size_t r = 0; r < count; r++) {
        weir_dd u = present[r] ? weir_dd_sum(hi[r], -anchor) : weir_dd_of(0);

        hi[r] = u.hi;
        lo[r] = u.lo;
        low = low || u.lo != 0;
    }
    return low;
}

static lanes *power_of(const block *b, size_t i, size_t power)
{
    return b->power_lanes + POWERS * i + power;
}

/* The squares and sums of a column whose distances have lower halves: too rare for a kernel. */
static void column_of_pairs(const block *b, size_t i)
{
    double *hi = (double *)b->q[i].hi, *lo = (double *)b->q[i].lo;
    lanes *sum = power_of(b, i, SUM);
    weir_dd total = weir_dd_of(0);

    for (size_t r = 0; r < b->padded; r++) {
        weir_dd u = {b->u[i].hi[r], b->u[i].lo[r]}, square = weir_dd_multiply(u, u);

        hi[r] = square.hi;
        lo[r] = square.lo;
        total = weir_dd_add(total, u);
    }
    *sum = (lanes){.s = {total.hi}, .c = {total.lo}};
    b->kernel->wide(b->q[i], b->u + i, 1, b->padded, power_of(b, i, CUBES));
}

/* The power sums that no product of panels gives. */
static void column_powers(const block *b, size_t i, bool low, double anchor)
{
    strand u = {b->u[i].hi, low ? b->u[i].lo : NULL};

    if (!b->extended)
        b->kernel->wide(u, &u, 1, b->padded, power_of(b, i, SECOND));
    if (!b->squares || !b->extended || anchor != 0)
        b->kernel->wide(b->q[i], b->q + i, 1, b->padded, power_of(b, i, FOURTH));
    if (b->squares && !b->extended)
        b->kernel->wide(b->r[i], b->r + i, 1, b->padded, power_of(b, i, RAW));
}

/* The least and greatest cells of the block, where some are absent. */
static void ends_with_gaps(const double *values, const uint8_t *present, size_t count, double *ends)
{
    ends[0] = ends[1] = NAN;
    for (size_t r = 0; r < count; r++)
        if (present[r]) {
            ends[0] = fmin(ends[0], values[r]);
            ends[1] = fmax(ends[1], values[r]);
        }
}

static void lay_out_continuous(block *b, weir_summary *summary, size_t i)
{
    const weir_batch_column *from = b->plan->numbers[i].from;
    column *c = &summary->columns[b->slots[i]];
    double *hi = (double *)b->u[i].hi, *lo = (double *)b->u[i].lo, ends[2];
    bool low = false;

    b->kernel->copy(from->values + b->first, b->rows, b->padded, hi, ends);
    if (from->absent)
        ends_with_gaps(from->values + b->first, from->present + b->first, b->rows, ends);
    if (b->sign > 0) { /* fmin and fmax pass over the NaN of a column that is still empty */
        c->least = fmin(c->least, ends[0]);
        c->greatest = fmax(c->greatest, ends[1]);
    }
    if (b->squares &&
        b->r[i].hi != b->q[i].hi) /* the raw squares first; the sums are made anew below */
        b->kernel->column(hi, b->padded, (double *)b->r[i].hi, (double *)b->r[i].lo,
                          power_of(b, i, SUM));
    if (b->anchored) {
        memset(lo, 0, b->padded * sizeof *lo);
        if (c->anchor != 0)
            low = shift_cells(hi, lo, from->present + b->first, b->rows, c->anchor);
    }
    b->low = b->low || low;
    if (low)
        column_of_pairs(b, i);
    else
        b->kernel->column(hi, b->padded, (double *)b->q[i].hi, (double *)b->q[i].lo,
                          power_of(b, i, SUM));
    column_powers(b, i, low, c->anchor);
}

static void lay_out_binary(block *b, size_t i)
{
    const weir_batch_column *from = b->plan->numbers[i].from;
    double *hi = (double *)b->u[i].hi, ends[2];

    b->kernel->copy(from->values + b->first, b->rows, b->padded, hi, ends);
    if (b->r[i].lo) {
        memcpy((double *)b->r[i].hi, hi, b->padded * sizeof *hi);
        memset((double *)b->r[i].lo, 0, b->padded * sizeof *hi);
    }
}

static void lay_out_presence(const block *b, size_t g)
{
    const weir_batch_column *from =
        g < b->numbers ? b->plan->numbers[g].from : b->plan->categories[g - b->numbers].from;
    double *p = (double *)b->p[g].hi;

    for (size_t r = 0; r < b->rows; r++)
        p[r] = from->present[b->first + r];
    for (size_t r = b->rows; r < b->padded; r++)
        p[r] = 0;
}

/* Chains the rows of each category together, in order. */
static void chain_rows(const block *b, size_t i)
{
    const weir_batch_column *from = b->plan->categories[i].from;
    chains *s = &b->chains[i];

    for (size_t k = 0; k < s->touched_count; k++)
        s->heads[s->touched[k]] = NO_ROW;
    s->touched_count = 0;
    for (size_t r = b->rows; r-- > 0;) {
        if (!from->present[b->first + r])
            continue;
        uint32_t word = from->codes[b->first + r];

        if (s->heads[word] == NO_ROW)
            s->touched[s->touched_count++] = word;
        s->next[r] = s->heads[word];
        s->heads[word] = (uint32_t)r;
    }
}

static void lay_out_block(block *b, weir_summary *summary)
{
    b->low = false;
    for (size_t i = 0; i < b->continuous; i++)
        lay_out_continuous(b, summary, i);
    if (b->continuous > 0)
        b->kernel->fold(b->power_lanes, POWERS * b->continuous, b->powers);
    for (size_t i = b->continuous; i < b->numbers; i++)
        lay_out_binary(b, i);
    for (size_t g = 0; g < b->groups; g++)
        lay_out_presence(b, g);
    for (size_t i = 0; i < b->plan->category_count; i++)
        chain_rows(b, i);
}

/* --- products of panels */

/* Folds the sums in the queue and puts them where they belong. */
static void empty_queue(const block *b, const size_t *places, size_t count)
{
    weir_dd folded[QUEUE];

    b->kernel->fold(b->queue, count, folded);
    for (size_t k = 0; k < count; k++) {
        b->hi[places[k]] = folded[k].hi;
        b->lo[places[k]] = folded[k].lo;
    }
}

/* hi + lo = a b', of which the lower triangle when a is b. A row of the product has `columns` entries. */
static void multiply_extended(const block *b, const strand *a, size_t rows, const strand *with,
                              size_t columns, bool low)
{
    size_t places[QUEUE], waiting = 0;

    for (size_t i = 0; i < rows; i++) {
        size_t end = a == with ? i + 1 : columns;

        for (size_t j = 0; j < end; j += KERNEL_STRIP) {
            size_t count = end - j < KERNEL_STRIP ? end - j : KERNEL_STRIP;
            const double *plain[KERNEL_STRIP] = {NULL};

            if (waiting + count > QUEUE) {
                empty_queue(b, places, waiting);
                waiting = 0;
            }
            for (size_t k = 0; k < count; k++) {
                plain[k] = with[j + k].hi;
                places[waiting + k] = i * columns + j + k;
            }
            if (low)
                b->kernel->wide(a[i], with + j, count, b->padded, b->queue + waiting);
            else
                b->kernel->plain(a[i].hi, plain, count, b->padded, b->queue + waiting);
            waiting += count;
        }
    }
    empty_queue(b, places, waiting);
}

static void multiply_double(const block *b, const strand *a, size_t rows, const strand *with,
                            size_t columns)
{
    int m = (int)rows, n = (int)columns, k = (int)b->padded;

    if (a == with)
        cblas_dsyrk(CblasRowMajor, CblasLower, CblasNoTrans, n, k, 1, a[0].hi, KERNEL_ROWS, 0,
                    b->hi, n);
    else
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, m, n, k, 1, a[0].hi, KERNEL_ROWS,
                    with[0].hi, KERNEL_ROWS, 0, b->hi, n);
}

/* Where the entries of a product go. */
typedef struct {
    sums *table;
    const size_t *rows, *columns; /* in the table, of the rows and columns of the product */
    bool symmetric;
} target;

static void add_entry(const block *b, const target *to, size_t i, size_t j, size_t at)
{
    weir_dd value = {b->sign * b->hi[at], b->extended ? b->sign * b->lo[at] : 0};
    size_t row = to->rows[i], place = to->columns[j];

    if (to->symmetric && row < place) {
        row = to->columns[j];
        place = to->rows[i];
    }
    if (to->table->lo)
        sums_add(to->table, row, place, value);
    else
        to->table->hi[row * to->table->stride + place] += value.hi;
}

/* to += sign a with'. low: some strand has lower halves. */
static void add_product(const block *b, const strand *a, size_t rows, const strand *with,
                        size_t columns, bool low, const target *to)
{
    if (rows == 0 || columns == 0)
        return;
    if (b->extended)
        multiply_extended(b, a, rows, with, columns, low);
    else
        multiply_double(b, a, rows, with, columns);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < (a == with ? i + 1 : columns); j++)
            add_entry(b, to, i, j, i * columns + j);
}

static weir_dd signed_sum(const block *b, weir_dd value)
{
    return b->sign < 0 ? weir_dd_negate(value) : value;
}

static void add_signed(const block *b, weir_dd *to, weir_dd value)
{
    *to = weir_dd_add(*to, signed_sum(b, value));
}

/* C; its diagonal is the second power sum of each column. */
static void add_products(const block *b, weir_summary *summary)
{
    target to = {&summary->products, b->slots, b->slots, true};
    sums *table = &summary->products;
    size_t corner;

    if (!in_place(b)) {
        add_product(b, b->u, b->numbers, b->u, b->numbers, b->low, &to);
        return;
    }
    corner = b->slots[0] * table->stride + b->slots[0];
    cblas_dsyrk(CblasRowMajor, CblasLower, CblasNoTrans, (int)b->numbers, (int)b->padded, b->sign,
                b->u[0].hi, KERNEL_ROWS, 1, table->hi + corner, (int)table->stride);
}

/* A sum of squares: an entry of the diagonal of the last product in extended precision, else a sum of its own. */
static weir_dd sum_of_squares(const block *b, size_t i, size_t power)
{
    size_t at = i * b->numbers + i;

    return b->extended ? (weir_dd){b->hi[at], b->lo[at]} : b->powers[POWERS * i + power];
}

/* The ones of a binary column. */
static weir_dd count_ones(const block *b, size_t i)
{
    double ones = 0;

    for (size_t r = 0; r < b->rows; r++)
        ones += b->u[i].hi[r];
    return weir_dd_of(ones);
}

/* First and second power sums of all columns; the products of u are still there. */
static void add_low_powers(const block *b, weir_summary *summary)
{
    for (size_t i = 0; i < b->numbers; i++) {
        column *c = &summary->columns[b->slots[i]];
        weir_dd second = c->binary ? count_ones(b, i) : sum_of_squares(b, i, SECOND);

        c->ever2 += second.hi;
        if (b->gaps)
            continue;
        add_signed(b, &c->complete1, c->binary ? second : b->powers[POWERS * i + SUM]);
        if (!c->binary)
            add_signed(b, &c->complete2, second);
    }
}

/* Third and fourth ones; the products of r, where they are kept, are still there. */
static void add_high_powers(const block *b, weir_summary *summary)
{
    for (size_t i = 0; i < b->continuous; i++) {
        column *c = &summary->columns[b->slots[i]];
        weir_dd fourth = b->powers[POWERS * i + FOURTH], raw = fourth;

        if (b->squares)
            raw = sum_of_squares(b, i, RAW);
        if (b->squares && b->extended && c->anchor == 0)
            fourth = raw;
        add_signed(b, &c->third, b->powers[POWERS * i + CUBES]);
        add_signed(b, &c->fourth, fourth);
        c->ever4 += fourth.hi;
        c->ever_raw4 += raw.hi;
    }
}

/* D, of the continuous and the binary columns of the batch. */
static void add_mixed(const block *b, weir_summary *summary)
{
    target to = {&summary->mixed, b->ranks, b->ranks + b->continuous, false};

    add_product(b, b->q, b->continuous, b->u + b->continuous, b->numbers - b->continuous, true,
                &to);
}

/* N, S and Q, of everything in the batch. */
static void add_pairwise(const block *b, weir_summary *summary)
{
    target counts = {&summary->counts, b->group_ids, b->group_ids, true};
    target joint = {&summary->joint, b->slots, b->group_ids, false};
    target joint2 = {&summary->joint2, b->ranks, b->group_ids, false};

    add_product(b, b->p, b->groups, b->p, b->groups, false, &counts);
    add_product(b, b->u, b->numbers, b->p, b->groups, b->low, &joint);
    add_product(b, b->q, b->continuous, b->p, b->groups, true, &joint2);
}

/* --- categories */

/* The sum of a strand over one chain of rows; renormalised at each step, for a chain may be long. */
static weir_dd sum_along(const chains *s, uint32_t head, const strand *a)
{
    weir_dd sum = {0, 0};

    for (uint32_t r = head; r != NO_ROW; r = s->next[r]) {
        weir_dd step = weir_dd_sum(sum.hi, a->hi[r]);

        sum = weir_dd_quick_sum(step.hi, sum.lo + step.lo + (a->lo ? a->lo[r] : 0));
    }
    return sum;
}

/* What one value adds together with the C and B columns: entries of C, D and E. */
static void add_value_numbers(const block *b, weir_summary *summary, const chains *s, uint32_t head,
                              size_t slot)
{
    size_t rank = summary->columns[slot].rank;

    for (size_t i = 0; i < b->numbers; i++) {
        strand u = {b->u[i].hi, b->low && i < b->continuous ? b->u[i].lo : NULL};
        weir_dd sum = signed_sum(b, sum_along(s, head, &u));

        sums_add_pair(&summary->products, b->slots[i], slot, sum);
        if (i < b->continuous) {
            sums_add(&summary->mixed, b->ranks[i], rank,
                     signed_sum(b, sum_along(s, head, &b->q[i])));
            sum = b->squares ? signed_sum(b, sum_along(s, head, &b->r[i])) : sum;
        }
        if (b->squares)
            sums_add_pair(&summary->squared, b->slots[i], slot, sum);
    }
}

/* What it adds together with itself and with the values of the categories before its own. */
static void add_value_values(const block *b, weir_summary *summary, size_t category, uint32_t head,
                             size_t slot)
{
    const chains *s = &b->chains[category];
    weir_dd one = weir_dd_of(b->sign);

    for (uint32_t r = head; r != NO_ROW; r = s->next[r]) {
        for (size_t k = 0; k <= category; k++) {
            const plan_category *c = &b->plan->categories[k];
            size_t other;

            if (!c->from->present[b->first + r])
                continue;
            other = c->slots[c->from->codes[b->first + r]];
            sums_add_pair(&summary->products, slot, other, one);
            if (b->squares)
                sums_add_pair(&summary->squared, slot, other, one);
        }
    }
}

static void add_value(const block *b, weir_summary *summary, size_t category, uint32_t word)
{
    const chains *s = &b->chains[category];
    size_t slot = b->plan->categories[category].slots[word];
    column *c = &summary->columns[slot];
    double rows = 0;

    for (uint32_t r = s->heads[word]; r != NO_ROW; r = s->next[r])
        rows++;
    c->ever2 += rows;
    add_value_numbers(b, summary, s, s->heads[word], slot);
    add_value_values(b, summary, category, s->heads[word], slot);
    if (!b->gaps)
        add_signed(b, &c->complete1, weir_dd_of(rows));
    for (size_t g = 0; g < b->groups; g++)
        sums_add(&summary->joint, slot, b->group_ids[g],
                 signed_sum(b, sum_along(s, s->heads[word], &b->p[g])));
}

static void add_categories(const block *b, weir_summary *summary)
{
    for (size_t i = 0; i < b->plan->category_count; i++)
        for (size_t k = 0; k < b->chains[i].touched_count; k++)
            add_value(b, summary, i, b->chains[i].touched[k]);
}

void block_absorb(block *b, weir_summary *summary)
{
    target squared = {&summary->squared, b->slots, b->slots, true};

    begin(b, summary);
    for (b->first = 0; b->first < b->batch->rows; b->first += b->rows) {
        b->rows = b->batch->rows - b->first;
        if (b->rows > KERNEL_ROWS)
            b->rows = KERNEL_ROWS;
        b->padded = (b->rows + KERNEL_LANES - 1) / KERNEL_LANES * KERNEL_LANES;
        lay_out_block(b, summary);
        add_products(b, summary);
        add_low_powers(b, summary);
        if (b->squares)
            add_product(b, b->r, b->numbers, b->r, b->numbers, true, &squared);
        add_high_powers(b, summary);
        add_mixed(b, summary);
        if (b->gaps)
            add_pairwise(b, summary);
        add_categories(b, summary);
        if (!b->gaps)
            add_signed(b, &summary->complete_rows, weir_dd_of((double)b->rows));
    }
}
