// SPDX-License-Identifier: Apache-2.0
package com.sml.kafka.connector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class BackoffTest {
    /** The documented table: base 5000, cap 10000. */
    @Test
    void delaysAreFullJitter() {
        double[] u = {0};
        Backoff backoff = new Backoff(5000, 10000, 100, () -> u[0]);
        long[][] wanted = {{0, 2500, 4999}, {0, 5000, 9999}, {0, 10000, 10000}, {0, 10000, 10000}};
        for (long[] delays : wanted) {
            backoff.failed(false);
            for (int i = 0; i < 3; i++) {
                u[0] = new double[] {0, 0.5, 0.99999}[i];
                assertEquals(delays[i], backoff.delay());
            }
        }
    }

    @Test
    void manyTriesDoNotOverflow() {
        Backoff backoff = new Backoff(Integer.MAX_VALUE, Integer.MAX_VALUE, 0, () -> 0.9);
        for (int i = 0; i < 5000; i++) {
            backoff.failed(true);
        }
        assertEquals(Integer.MAX_VALUE, backoff.delay());
    }

    @Test
    void retriesAreTriesAfterTheFirst() {
        Backoff backoff = new Backoff(1, 1, 2, () -> 0);
        assertFalse(backoff.failed(false));
        assertFalse(backoff.failed(false));
        assertTrue(backoff.failed(false));
        assertEquals(3, backoff.tries());
        backoff.succeeded();
        assertFalse(backoff.failed(false));
    }

    @Test
    void aServerThatAnswersIsWaitedForWithoutEnd() {
        Backoff backoff = new Backoff(1, 1, 0, () -> 0);
        for (int i = 0; i < 1000; i++) {
            assertFalse(backoff.failed(true));
        }
        assertTrue(backoff.failed(false));
    }
}
