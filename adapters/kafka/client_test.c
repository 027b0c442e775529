/* client_test.c: who may send offsets in a transaction, and clients that cannot be made.
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

/* A mechanism that librdkafka does not have is seen only when the client is made. */
static void a_client_that_cannot_be_made_is_refused(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        rd_kafka_conf_t *conf = NULL;
        rd_kafka_t *consumer = NULL;
        weir_error err = {0};

        assert_int_equal(kafka_conf("127.0.0.1:1", "test", &conf, &err), WEIR_OK);
        assert_int_equal(kafka_conf_put(conf, "security.protocol", "SASL_PLAINTEXT", &err),
                         WEIR_OK);
        assert_int_equal(kafka_conf_put(conf, "sasl.mechanism", "NOPE", &err), WEIR_OK);
        assert_int_equal(kafka_client(RD_KAFKA_CONSUMER, conf, &consumer, &err), WEIR_INVALID);
        assert_null(consumer);
        assert_non_null(strstr(err.message, "NOPE"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(no_member_has_no_membership),
                                       cmocka_unit_test(a_client_that_cannot_be_made_is_refused)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
