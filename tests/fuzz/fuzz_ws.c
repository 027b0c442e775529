/* fuzz_ws.c: WebSocket messages in all their framings; a payload that is a DataFrame is read too.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "rows.h"

#include "ws_call.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ws_call call = {0};
    weir_frame frame = {0};

    if (!ws_call_parse((const char *)data, size, &call, NULL)) {
        fuzz_check(call.payload_size == 0 ||
                       (call.payload >= (const char *)data &&
                        call.payload + call.payload_size <= (const char *)data + size),
                   "the payload lies in the message", "");
        fuzz_check(call.key_count <= WS_CALL_KEYS, "few keys", "");
        weir_codecs_builtin.frame_decode(call.payload, call.payload_size, WEIR_BAD_CELL, NULL, NULL,
                                         &frame, NULL);
    }
    weir_frame_free(&frame);
    ws_call_free(&call);
    return 0;
}
