/* bench.c: see bench.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bench.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

double bench_uniform(void)
{
    static uint64_t seed = 88172645463325252u; /* xorshift */

    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (double)(seed >> 11) * 0x1p-53;
}

double bench_normal(void)
{
    return sqrt(-2 * log(1 - bench_uniform())) * cos(6.283185307179586 * bench_uniform());
}

static double seconds_of(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

double bench_wall(void)
{
    return seconds_of(CLOCK_MONOTONIC);
}

double bench_cpu(void)
{
    return seconds_of(CLOCK_PROCESS_CPUTIME_ID);
}

/* Fields 14 and 15 of the process's stat line; its name, which may hold anything, ends at the last parenthesis. */
double bench_cpu_of(pid_t process)
{
    char path[64], line[1024];
    unsigned long user = 0, system = 0;
    const char *after;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)process);
    if (!(file = fopen(path, "r")) || !fgets(line, sizeof line, file))
        bench_die(path);
    fclose(file);
    after = strrchr(line, ')');
    if (!after || sscanf(after + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
                         &system) != 2)
        bench_die(path);
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

void bench_must(weir_code code, const weir_error *err)
{
    if (!code)
        return;
    fprintf(stderr, "bench: %s\n", err->message);
    exit(1);
}

_Noreturn void bench_die(const char *what)
{
    fprintf(stderr, "bench: %s%s%s\n", what, errno ? ": " : "", errno ? strerror(errno) : "");
    exit(1);
}

static int by_value(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;

    return (a > b) - (a < b);
}

double bench_median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, by_value);
    return values[count / 2];
}

bool bench_json(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (!strcmp(argv[i], "--json"))
            return true;
    return false;
}

static void print_json(const bench_row *row)
{
    printf("{\"name\":\"%s\",\"ratio\":%.4f", row->name, row->ratio);
    if (row->target > 0)
        printf(",\"target\":%g,\"target_is\":\"%s\"", row->target,
               row->at_most ? "at most" : "at least");
    for (const bench_figure *f = row->figures; f->name; f++)
        printf(",\"%s\":%.6g", f->name, f->value);
    printf("}");
}

static void print_line(const bench_row *row)
{
    bool met = row->at_most ? row->ratio <= row->target : row->ratio >= row->target;

    printf("%-44s %7.3f", row->name, row->ratio);
    if (row->target > 0)
        printf("  %s %-5g %-6s", row->at_most ? "at most " : "at least", row->target,
               met ? "met" : "missed");
    for (const bench_figure *f = row->figures; f->name; f++)
        printf("%s %.4g %s", f == row->figures ? "  " : ",", f->value, f->unit);
    printf("\n");
}

void bench_print(const bench_row *rows, size_t count, bool json)
{
    if (json)
        printf("{\"rows\":[");
    for (size_t i = 0; i < count; i++) {
        if (json && i)
            printf(",");
        if (json)
            print_json(&rows[i]);
        else
            print_line(&rows[i]);
    }
    if (json)
        printf("]}\n");
}
