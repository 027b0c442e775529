// SPDX-License-Identifier: Apache-2.0
package com.sml.kafka.connector;

import java.util.function.DoubleSupplier;

/**
 * How long to wait before the next try, and when to give up: full jitter, min(floor(base * 2^tries * u), max)
 * milliseconds with tries from 0 and u uniform in [0, 1), for as many retries as are configured.
 */
final class Backoff {
    private final long base;
    private final long max;
    private final long retries;
    private final DoubleSupplier random;
    private int tries;

    Backoff(long base, long max, long retries, DoubleSupplier random) {
        this.base = base;
        this.max = max;
        this.retries = retries;
        this.random = random;
    }

    /** Tries that have failed since the last success. */
    int tries() {
        return tries;
    }

    boolean exhausted() {
        return tries >= retries;
    }

    void succeeded() {
        tries = 0;
    }

    /** Counts a failed try and tells the milliseconds to wait before the next one. */
    long failed() {
        double wait = Math.floor(base * Math.pow(2, tries++) * random.getAsDouble());
        return (long) Math.min(wait, max);
    }
}
