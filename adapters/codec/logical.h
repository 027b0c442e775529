/* logical.h: numbers that stand for something: dates, times, decimals. Shared by the Avro and the JSON reader.
 *
 * Every time becomes milliseconds, with a fraction where the unit is finer: a date those of its midnight since 1970, a
 * time of day those since midnight, a timestamp those since 1970. So a field keeps its scale when its writer goes from
 * milliseconds to microseconds.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CODEC_LOGICAL_H
#define CODEC_LOGICAL_H

#include <stdint.h>

typedef enum {
    LOGICAL_NONE,
    LOGICAL_DECIMAL, /* an unscaled whole number in bytes, and a scale */
    LOGICAL_DAYS,
    LOGICAL_MILLIS,
    LOGICAL_MICROS,
    LOGICAL_NANOS,
    LOGICAL_DURATION, /* months, days and milliseconds, of which none is so many of another */
    LOGICAL_UUID,     /* as 16 bytes */
} logical_kind;

/* A quotient of whole numbers; beyond 2^53 the value itself is no double, but its two parts are. */
static inline double logical_quotient(int64_t value, int64_t by)
{
    const int64_t limit = (int64_t)1 << 53, whole = value / by, rest = value % by;

    return value > -limit && value < limit ? (double)value / (double)by
                                           : (double)whole + (double)rest / (double)by;
}

/* A whole number in its unit as milliseconds, and itself when it has no unit. */
static inline double logical_number(logical_kind kind, int64_t value)
{
    switch (kind) {
    case LOGICAL_DAYS:
        return (double)value * 86400000.0;
    case LOGICAL_MICROS:
        return logical_quotient(value, 1000);
    case LOGICAL_NANOS:
        return logical_quotient(value, 1000000);
    default:
        return (double)value;
    }
}

#endif
