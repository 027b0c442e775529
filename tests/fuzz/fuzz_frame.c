/* fuzz_frame.c: DataFrame JSON. The first byte chooses the policy; a frame that was read must be written to what reads
 * as the same frame.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "rows.h"

static void check_round_trip(const weir_frame *frame)
{
    const weir_codecs *codecs = &weir_codecs_builtin;
    weir_bytes json = {0};
    weir_frame back = {0};
    weir_error err = {0};

    for (size_t i = 0; i < frame->batch->column_count; i++)
        frame->batch->columns[i].hidden =
            false; /* it would be written as X, and read without cells */
    fuzz_check(
        !codecs->frame_encode(frame->batch, frame->has_source ? &frame->source : NULL, &json, &err),
        "encode", err.message);
    fuzz_check(!codecs->frame_decode((const char *)json.data, json.size, WEIR_BAD_REJECT, NULL,
                                     NULL, &back, &err),
               "decode what was encoded", err.message);
    fuzz_check(back.rejects.cells == 0 && back.rejects.rows == 0, "nothing refused",
               back.rejects.first);
    fuzz_check(fuzz_same_rows(frame->batch, back.batch), "the same rows", "");
    fuzz_check(back.source.offset_count == frame->source.offset_count, "the same offsets", "");
    weir_frame_free(&back);
    weir_bytes_free(&json);
}

static weir_type read_as_number(void *context, const char *name, size_t length, weir_type sent)
{
    (void)context, (void)name, (void)sent;
    return length % 2 ? WEIR_C : WEIR_T;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const weir_codecs *codecs = &weir_codecs_builtin;
    weir_frame frame = {0};

    if (size == 0)
        return 0;
    if (!codecs->frame_decode((const char *)data + 1, size - 1, (weir_bad_policy)(data[0] % 3),
                              data[0] & 4 ? read_as_number : NULL, NULL, &frame, NULL))
        check_round_trip(&frame);
    weir_frame_free(&frame);
    return 0;
}
