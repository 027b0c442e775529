/* cells.c: see cells.h.
 *
 * What sensors and files send are short decimals, and a short decimal is a whole number over a power of ten: two bytes
 * where a double takes eight. Whether a form gives the same doubles back is not argued but tried, cell by cell; the
 * form is a function of the cells, so the same batch has the same bytes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "data/cells.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { PRESENT_ALL = 0, PRESENT_BITMAP = 1 };
enum { FORM_DOUBLES = 0, FORM_FLOATS = 1, FORM_DECIMALS = 2 };
enum { PLACES_MOST = 6, PLACES_NONE = PLACES_MOST + 1 };

static const double powers_of_ten[] = {1, 10, 100, 1e3, 1e4, 1e5, 1e6};

/* How the numbers of a column are written. */
typedef struct {
    uint8_t form, places, width;
} shape;

/* --- choosing a form */

/* True when x is n / scale with a whole n of four bytes. A number that is too large for llrint() gives an n that is
 * not x again. */
static inline bool whole_of(double x, double scale, int64_t *n)
{
    *n = llrint(x * scale);
    return *n >= INT32_MIN && *n <= INT32_MAX && (double)*n / scale == x;
}

static bool is_float(double x)
{
    return fabs(x) <= FLT_MAX && (double)(float)x == x;
}

/* Decimals, if each cell is one. More places are tried as cells ask for them: the cells before still fit, n being ten
 * times as large for each place, unless that is more than four bytes. */
static bool shape_decimals(const weir_batch_column *column, size_t rows, shape *out)
{
    const uint8_t *present = column->absent ? column->present : NULL;
    const double *values = column->values;
    int64_t least = 0, most = 0, n = 0;
    uint8_t places = 0;

    for (size_t r = 0; r < rows; r++) {
        if (present && !present[r])
            continue;
        while (!whole_of(values[r], powers_of_ten[places], &n)) {
            if (++places == PLACES_NONE)
                return false;
            least *= 10;
            most *= 10;
        }
        least = n < least ? n : least;
        most = n > most ? n : most;
    }
    if (least < INT32_MIN || most > INT32_MAX)
        return false;
    out->form = FORM_DECIMALS;
    out->places = places;
    out->width = least >= INT8_MIN && most <= INT8_MAX     ? 1
                 : least >= INT16_MIN && most <= INT16_MAX ? 2
                                                           : 4;
    return true;
}

static shape shape_of(const weir_batch_column *column, size_t rows)
{
    shape chosen = {.form = FORM_FLOATS, .width = sizeof(float)};

    if (shape_decimals(column, rows, &chosen))
        return chosen;
    for (size_t r = 0; r < rows; r++)
        if (!is_float(column->values[r])) /* 0 where absent */
            return (shape){.form = FORM_DOUBLES, .width = sizeof(double)};
    return chosen;
}

static size_t code_width(const weir_batch_column *column)
{
    return column->word_count <= 1u << 8 ? 1 : column->word_count <= 1u << 16 ? 2 : 4;
}

/* --- writing */

static inline uint8_t *put(uint8_t *to, uint64_t bits, size_t width)
{
    for (size_t i = 0; i < width; i++)
        to[i] = (uint8_t)(bits >> (8 * i));
    return to + width;
}

static inline uint64_t number_bits(double x, double scale, unsigned form)
{
    uint64_t bits = 0;
    uint32_t half = 0;
    float narrow;

    switch (form) {
    case FORM_DOUBLES:
        memcpy(&bits, &x, sizeof bits);
        return bits;
    case FORM_FLOATS:
        narrow = (float)x;
        memcpy(&half, &narrow, sizeof half);
        return half;
    default:
        return (uint64_t)llrint(x * scale);
    }
}

/* The loop that every number passes through: always_inline makes one copy for each form and width. */
static inline __attribute__((always_inline)) void write_numbers_as(const weir_batch_column *column,
                                                                   size_t rows, uint8_t *to,
                                                                   double scale, unsigned form,
                                                                   size_t width)
{
    const uint8_t *present = column->absent ? column->present : NULL;
    const double *values = column->values;

    for (size_t r = 0; r < rows; r++)
        if (!present || present[r])
            to = put(to, number_bits(values[r], scale, form), width);
}

static void write_numbers(const weir_batch_column *column, size_t rows, uint8_t *to, shape as)
{
    const double scale = powers_of_ten[as.places];

    if (as.form == FORM_DOUBLES)
        write_numbers_as(column, rows, to, scale, FORM_DOUBLES, 8);
    else if (as.form == FORM_FLOATS)
        write_numbers_as(column, rows, to, scale, FORM_FLOATS, 4);
    else if (as.width == 1)
        write_numbers_as(column, rows, to, scale, FORM_DECIMALS, 1);
    else if (as.width == 2)
        write_numbers_as(column, rows, to, scale, FORM_DECIMALS, 2);
    else
        write_numbers_as(column, rows, to, scale, FORM_DECIMALS, 4);
}

static void write_codes(const weir_batch_column *column, size_t rows, uint8_t *to, size_t width)
{
    for (size_t r = 0; r < rows; r++)
        if (column->present[r])
            to = put(to, column->codes[r], width);
}

static void write_bitmap(const weir_batch_column *column, size_t rows, weir_bytes *out)
{
    for (size_t r = 0; r < rows; r += 8) {
        uint8_t bits = 0;

        for (size_t k = 0; k < 8 && r + k < rows; k++)
            bits |= (uint8_t)((column->present[r + k] != 0) << k);
        weir_bytes_u8(out, bits);
    }
}

void cells_write(const weir_batch_column *column, size_t rows, weir_bytes *out)
{
    size_t there = rows - column->absent, width;
    shape as = {0};

    if (column->type == WEIR_X)
        return;
    weir_bytes_u8(out, column->absent ? PRESENT_BITMAP : PRESENT_ALL);
    if (column->absent)
        write_bitmap(column, rows, out);
    if (column->values) {
        as = shape_of(column, rows);
        weir_bytes_u8(out, as.form);
        if (as.form == FORM_DECIMALS) {
            weir_bytes_u8(out, as.places);
            weir_bytes_u8(out, as.width);
        }
    }
    width = column->values ? as.width : code_width(column);
    if (!weir_bytes_reserve(out, there * width))
        return;
    if (column->values)
        write_numbers(column, rows, out->data + out->size, as);
    else
        write_codes(column, rows, out->data + out->size, width);
    out->size += there * width;
}

/* --- reading */

static uint64_t get(const uint8_t **from, size_t width)
{
    uint64_t bits = 0;

    for (size_t i = 0; i < width; i++)
        bits |= (uint64_t)(*from)[i] << (8 * i);
    *from += width;
    return bits;
}

static double get_number(const uint8_t **from, shape as)
{
    uint64_t bits = get(from, as.width);
    uint32_t half = (uint32_t)bits;
    unsigned unused = 64 - 8u * as.width;
    double x;
    float narrow;

    switch (as.form) {
    case FORM_DOUBLES:
        memcpy(&x, &bits, sizeof x);
        return x;
    case FORM_FLOATS:
        memcpy(&narrow, &half, sizeof narrow);
        return (double)narrow;
    default: /* the highest bit that was written is the sign */
        return (double)((int64_t)(bits << unused) >> unused) / powers_of_ten[as.places];
    }
}

/* False when no writer could have chosen it. */
static bool read_shape(weir_reader *reader, shape *as)
{
    as->form = weir_read_u8(reader);
    if (as->form == FORM_DECIMALS) {
        as->places = weir_read_u8(reader);
        as->width = weir_read_u8(reader);
        return as->places <= PLACES_MOST && (as->width == 1 || as->width == 2 || as->width == 4);
    }
    as->width = as->form == FORM_FLOATS ? sizeof(float) : sizeof(double);
    return as->form == FORM_DOUBLES || as->form == FORM_FLOATS;
}

static bool read_presence(weir_reader *reader, weir_batch_column *column, size_t rows)
{
    uint8_t kind = weir_read_u8(reader);
    const uint8_t *bits = NULL;

    if (kind == PRESENT_BITMAP)
        bits = weir_read_bytes(reader, (rows + 7) / 8);
    if (reader->failed || kind > PRESENT_BITMAP)
        return false;
    for (size_t r = 0; r < rows; r++) {
        column->present[r] = bits ? (bits[r / 8] >> (r % 8)) & 1 : 1;
        column->absent += !column->present[r];
    }
    return (column->absent > 0) == (kind == PRESENT_BITMAP);
}

static bool read_numbers(weir_reader *reader, weir_batch_column *column, size_t rows)
{
    shape as = {0};
    const uint8_t *from = NULL;

    if (!read_shape(reader, &as))
        return false;
    from = weir_read_bytes(reader, (rows - column->absent) * as.width);
    for (size_t r = 0; from && r < rows; r++) {
        double value = column->present[r] ? get_number(&from, as) : 0;

        if (!(fabs(value) <= WEIR_CELL_MAX) || (value == 0 && signbit(value)) ||
            (column->type == WEIR_B && value != 0 && value != 1))
            return false;
        column->values[r] = value;
    }
    return from != NULL;
}

static bool read_codes(weir_reader *reader, weir_batch_column *column, size_t rows)
{
    size_t width = code_width(column);
    const uint8_t *from = weir_read_bytes(reader, (rows - column->absent) * width);

    for (size_t r = 0; from && r < rows; r++) {
        column->codes[r] = column->present[r] ? (uint32_t)get(&from, width) : 0;
        if (column->present[r] && column->codes[r] >= column->word_count)
            return false;
    }
    return from != NULL;
}

bool cells_read(weir_reader *reader, weir_batch_column *column, size_t rows)
{
    if (column->type == WEIR_X) {
        column->absent = rows;
        return true;
    }
    column->absent = 0;
    if (!read_presence(reader, column, rows))
        return false;
    return column->codes ? read_codes(reader, column, rows) : read_numbers(reader, column, rows);
}
