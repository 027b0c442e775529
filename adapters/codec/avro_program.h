/* avro_program.h: an Avro record schema as a program that reads its bodies.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CODEC_AVRO_PROGRAM_H
#define CODEC_AVRO_PROGRAM_H

#include "avro_schema.h"
#include "row_plan.h"

typedef enum {
    AVRO_PUT,     /* the value of a type into the field's column */
    AVRO_PUT_U32, /* a part of a duration into the field's column */
    AVRO_DOUBLES, /* PUT of a double, and so are the steps behind it for the columns behind its own: to tells how many,
                   * itself included */
    AVRO_SKIP,    /* over a value that no column takes */
    AVRO_REFUSE,  /* over a value that the field's column cannot take: a bad cell */
    AVRO_NULLABLE, /* reads the branch of a union of null and another; null: goes to */
    AVRO_UNION,    /* reads the branch of any other union; goes to targets[to + branch] */
    AVRO_JUMP,     /* goes to */
} avro_op;

typedef struct {
    uint8_t op;
    uint8_t null_branch; /* NULLABLE */
    uint8_t depth;       /* of the value below the body */
    uint32_t type;       /* of the value; UNION: the union */
    uint32_t field;      /* of the plan; for messages where none is filled */
    uint32_t to;         /* a step, or as above */
} avro_step;

typedef struct {
    avro_step *steps;
    size_t count, capacity;
    uint32_t *targets;
    size_t target_count, target_capacity;
} avro_program; /* {0} is empty */

/* Writes the program of a compiled record schema and adds its fields to the plan. out is zeros before;
 * avro_program_clear() whatever the outcome. */
weir_code avro_program_make(const avro_schema_table *table, weir_row_plan *plan, avro_program *out,
                            weir_error *err);
void avro_program_clear(avro_program *program);

#endif
