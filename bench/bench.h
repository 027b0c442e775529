/* bench.h: what every program here needs: values to work on, clocks, medians, and rows of figures printed as a table or
 * as JSON.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "weir/error.h"

/* Uniform in [0, 1), and of mean 0 and variance 1. The same sequence in every run. */
double bench_uniform(void);
double bench_normal(void);

double bench_wall(void);            /* seconds since some moment */
double bench_cpu(void);             /* CPU seconds of this process so far */
double bench_cpu_of(pid_t process); /* those of another one, in steps of a hundredth */

/* Ends the program with what went wrong: a weir call's error, or a sentence. */
void bench_must(weir_code code, const weir_error *err);
_Noreturn void bench_die(const char *what);

double bench_median(double *values, size_t count); /* sorts them */

bool bench_json(int argc, char **argv); /* whether --json is among the arguments */

typedef struct {
    const char *name; /* a word or several, no quotes */
    double value;
    const char *unit; /* of the table; JSON has the name alone */
} bench_figure;

enum { BENCH_FIGURES = 6 };

typedef struct {
    const char *name;
    double ratio;
    double target;                           /* 0: none */
    bool at_most;                            /* the target is a ceiling, not a floor */
    bench_figure figures[BENCH_FIGURES + 1]; /* ended by one without a name */
} bench_row;

/* One row a line: name, ratio, target and whether it is met, figures; or {"rows":[...]}. */
void bench_print(const bench_row *rows, size_t count, bool json);

#endif
