/* codec.c: letting go of what a codec decoded.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "weir/codec.h"

#include "weir/memory.h"

void weir_source_free(weir_source *source)
{
    weir_free(source->id);
    weir_free(source->topic);
    weir_free(source->offsets);
    *source = (weir_source){0};
}

void weir_frame_free(weir_frame *frame)
{
    weir_batch_free(frame->batch);
    weir_source_free(&frame->source);
    *frame = (weir_frame){0};
}
