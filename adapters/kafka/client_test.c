/* client_test.c: who may send offsets in a transaction.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "client.h"

/* Brokers would take the offsets of one that names no member. */
static void no_member_has_no_membership(void **state)
{
    rd_kafka_conf_t *conf = NULL;
    rd_kafka_t *consumer = NULL;
    rd_kafka_consumer_group_metadata_t *group = NULL;
    weir_error err = {0};

    (void)state;
    assert_int_equal(kafka_conf("127.0.0.1:1", "test", &conf, &err), WEIR_OK);
    assert_int_equal(kafka_conf_put(conf, "group.id", "g", &err), WEIR_OK);
    assert_int_equal(kafka_client(RD_KAFKA_CONSUMER, conf, &consumer, &err), WEIR_OK);
    assert_int_equal(kafka_membership(consumer, &group, &err), WEIR_BUSY);
    assert_null(group);
    assert_non_null(strstr(err.message, "no member of its group"));
    kafka_consumer_end(consumer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(no_member_has_no_membership)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
