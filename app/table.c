/* table.c: tables of numbers on a text screen.
 *
 * A number has six significant digits. In each column the digits before the point are as wide as its widest number
 * needs, and so are those behind it, so that points align and no row moves another.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "table.h"

#include <math.h>
#include <string.h>
#include <sys/ioctl.h>

#define USUAL_WIDTH 100
#define GAP 2

typedef struct {
    int before, behind, head; /* characters */
} column_shape;

/* Characters of a UTF-8 text, counted by their first bytes. */
static int text_width(const char *text)
{
    int width = 0;

    for (; *text; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

static void print_padded(FILE *out, const char *text, int width, int right)
{
    int blanks = width - text_width(text);

    fprintf(out, "%*s%s%*s", right && blanks > 0 ? blanks : 0, "", text,
            !right && blanks > 0 ? blanks : 0, "");
}

/* The number as text; *point is how much of it stands before the point or exponent. */
static void format_number(double value, char text[32], int *point)
{
    text[0] = 0;
    if (!isnan(value))
        snprintf(text, 32,
                 fabs(value) >= 1e6 && fabs(value) < 1e15 && value == floor(value) ? "%.0f"
                                                                                   : "%.6g",
                 value);
    *point = (int)strcspn(text, ".e");
}

static column_shape shape_of(const char *head, const double *values, size_t rows, size_t columns)
{
    column_shape shape = {.head = text_width(head)};

    for (size_t row = 0; row < rows; row++) {
        char text[32];
        int point, behind;

        format_number(values[row * columns], text, &point);
        behind = (int)strlen(text) - point;
        shape.before = point > shape.before ? point : shape.before;
        shape.behind = behind > shape.behind ? behind : shape.behind;
    }
    if (shape.before + shape.behind < shape.head)
        shape.before = shape.head - shape.behind;
    return shape;
}

static void print_number(FILE *out, double value, const column_shape *shape)
{
    char text[32];
    int point;

    format_number(value, text, &point);
    fprintf(out, "%*s%s%*s", GAP + shape->before - point, "", text,
            shape->behind - (int)strlen(text + point), "");
}

static int shape_width(const column_shape *shape)
{
    return GAP + shape->before + shape->behind;
}

void table_print(FILE *out, const char *const *row_heads, size_t rows,
                 const char *const *column_heads, size_t columns, const double *values,
                 size_t width)
{
    int head_width = 0;

    for (size_t row = 0; row < rows; row++)
        head_width =
            text_width(row_heads[row]) > head_width ? text_width(row_heads[row]) : head_width;
    for (size_t from = 0, to = 0; from < columns; from = to) {
        size_t used = (size_t)head_width;

        for (to = from; to < columns; to++) {
            column_shape shape = shape_of(column_heads[to], values + to, rows, columns);

            used += (size_t)shape_width(&shape);
            if (used > width && to > from)
                break;
        }
        if (from > 0)
            fputc('\n', out);
        print_padded(out, "", head_width, 0);
        for (size_t i = from; i < to; i++) {
            column_shape shape = shape_of(column_heads[i], values + i, rows, columns);

            print_padded(out, column_heads[i], shape_width(&shape), 1);
        }
        fputc('\n', out);
        for (size_t row = 0; row < rows; row++) {
            print_padded(out, row_heads[row], head_width, 0);
            for (size_t i = from; i < to; i++) {
                column_shape shape = shape_of(column_heads[i], values + i, rows, columns);

                print_number(out, values[row * columns + i], &shape);
            }
            fputc('\n', out);
        }
    }
}

size_t table_width(FILE *out)
{
    struct winsize size;

    if (ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col >= 40)
        return size.ws_col;
    return USUAL_WIDTH;
}
