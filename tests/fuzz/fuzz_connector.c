/* fuzz_connector.c: configurations of connectors and what is kept of them. A configuration can be read exactly when it
 * has no fault, and no fault repeats the secret.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "connect_keep.h"
#include "fuzz.h"
#include "sink_config.h"
#include "weir/log.h"

static void check_config(const char *text, size_t size)
{
    weir_settings settings = {0}, faults = {0};
    sink_config config = {0};
    weir_error err = {0};
    weir_code code;

    if (weir_settings_json(text, size, &settings, NULL))
        return;
    fuzz_check(!sink_config_faults("c", &settings, &faults, &err), "faults are found", err.message);
    code = sink_config_read("c", &settings, &config, &err);
    fuzz_check(!code == !faults.count, "read when there is no fault, and only then",
               faults.count ? faults.pairs[0].value : err.message);
    if (!code) {
        fuzz_check(config.pattern || config.topic_count, "topics", "");
        fuzz_check(config.target_count && config.target_count <= config.tasks, "targets", "");
    }
    sink_config_free(&config);
    weir_settings_free(&faults);
    weir_settings_free(&settings);
}

static void check_record(const char *text, size_t size)
{
    weir_settings settings = {0}, again = {0};
    connect_record record = {0}, second = {0};
    char *written = NULL;
    weir_error err = {0};

    if (!connect_record_read("c", text, size, &record, &settings, NULL)) {
        fuzz_check(!connect_record_write(&record, &written, &err), "written", err.message);
        fuzz_check(!connect_record_read("c", written, strlen(written), &second, &again, &err),
                   "read again", err.message);
        fuzz_check(second.state == record.state && second.epoch == record.epoch &&
                       again.count == settings.count,
                   "the same", written);
    }
    free(written);
    weir_settings_free(&settings);
    weir_settings_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    weir_log_threshold(WEIR_LOG_ERROR);
    if (!size)
        return 0;
    if (data[0] & 1)
        check_record((const char *)data + 1, size - 1);
    else
        check_config((const char *)data + 1, size - 1);
    return 0;
}
