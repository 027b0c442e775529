/* codecs_builtin.c: the table of the codec port.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "weir/codecs_builtin.h"

#include "avro_write.h"
#include "csv.h"
#include "frame.h"
#include "row_plan.h"

const weir_codecs weir_codecs_builtin = {
    .frame_decode = frame_decode,
    .frame_encode = frame_encode,
    .avro_plan = avro_plan,
    .json_plan = json_plan,
    .csv_plan = csv_plan,
    .plan_free = row_plan_free,
    .plan_fields = row_plan_fields,
    .plan_field = row_plan_field_at,
    .plan_rename = row_plan_rename,
    .plan_look = row_plan_look,
    .plan_bind = row_plan_bind,
    .plan_row = row_plan_row,
    .plan_holds = row_plan_holds,
    .avro_extend_schema = avro_extend_schema,
    .extend_value = row_plan_extend_value,
    .csv_open = csv_open,
    .csv_next = csv_next,
    .csv_close = csv_close,
    .csv_stream = csv_stream,
    .csv_columns = csv_columns,
};
